/** The page: signs in, connects, sends files, and leaves the drawing to the list. */

import {UnauthorizedError, UploadProgress, hasEnded} from "./upload-progress.js";
import {formatBytes, formatSeconds, isQuiet, isStalled} from "./upload-progress-list.js";

const STORED = "upload-page";
const WEBSOCKET_URL = find("meta[name=websocket-url]").content;
const SUMMARY_MS = 250;
const MAX_UPLOAD_BYTES = Number(find("meta[name=max-upload-bytes]").content);
/** Browsers open six connections to a server (HTTP/1.1). Two stay free, so that a cancel never waits behind files. */
const MAX_SENDING = 4;

const list = find("upload-progress-list");
const drop = find("#drop");
const chooser = find("#files");

/** The files of this tab by upload, kept for another try. */
const files = new Map();
/** The files that are not at the server yet, by upload. @type {Map<string, Transfer>} */
const transfers = new Map();
/** The transfers whose turn has not come, in their order. @type {(() => void)[]} */
const waiting = [];
let sending = 0;
/** @type {{user: string, session: string} | undefined} */
let account;
/** @type {UploadProgress | undefined} */
let progress;
/** Why the last token could not be had. */
let trouble = "";
let summaryTimer = 0;

function find(selector) {
  return document.querySelector(selector);
}

/** An answer of the server that is not what was asked for. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** One attempt to bring a file to the server. */
class Transfer extends AbortController {
  /** Whether the server has not been asked yet. */
  isWaiting = true;

  constructor(attempt) {
    super();
    this.attempt = attempt;
  }

  /** Wait for a turn, then act; rejects with an AbortError if it was called off. */
  async inTurn(act) {
    if (sending < MAX_SENDING) sending++;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      this.signal.throwIfAborted();
      this.isWaiting = false;
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else sending--;
    }
  }
}

async function ask(path, options = {}) {
  const headers = {...options.headers, ...(account && {Authorization: `Bearer ${account.session}`})};
  const response = await fetch(path, {...options, headers});
  const answer = await response.json().catch(() => ({}));
  if (!response.ok)
    throw new Refused(response.status, answer.error?.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** The tab's own account: a reload keeps it, another tab may be somebody else. */
async function signIn(user) {
  account = undefined;
  account = await ask("sign-in", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({user}),
  });
  sessionStorage.setItem(STORED, JSON.stringify(account));
}

function signOut() {
  progress?.close();
  progress = account = list.source = undefined;
  for (const one of transfers.values()) if (one.isWaiting) one.abort();
  files.clear();
  sessionStorage.removeItem(STORED);
  history.replaceState(null, "", location.pathname);
  show();
}

async function getToken() {
  try {
    trouble = "";
    return (await ask("token").catch(signInAnew)).token;
  } catch (error) {
    trouble = error instanceof Refused ? error.message : "the server cannot be reached";
    if ([400, 401, 403].includes(error.status)) throw new UnauthorizedError(trouble);
    throw error;
  }
}

/** A server that was started anew has forgotten who signed in. */
async function signInAnew(error) {
  if (error.status !== 401) throw error;
  await signIn(account.user);
  return ask("token");
}

function connect() {
  progress = new UploadProgress({url: WEBSOCKET_URL, getToken});
  progress.addEventListener("connection", drawConnection);
  progress.addEventListener("upload", ({detail}) => stopIfCanceled(detail.upload));
  for (const type of ["upload", "uploads"]) progress.addEventListener(type, drawSummarySoon);
  list.source = progress;
  drawConnection();
}

const STATES = {
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
  unauthorized: "Not signed in",
  closed: "Not connected",
};

const CLOSED = {
  idle_timeout: "Paused because nothing happened for a while.",
  connection_limit: "Too many tabs are open; this one stopped following.",
  replaced: "Another connection of this tab took over.",
};

function drawConnection() {
  if (!progress) return;
  const {state, reason, message, retryInMs} = progress.connection;
  drawSummary();
  find("#connection").dataset.state = state;
  find("#connection-text").textContent = STATES[state];
  const why = trouble && `: ${trouble}`;
  find("#notice").classList.toggle("waiting", state === "reconnecting" || state === "connecting");
  if (state === "reconnecting") notice(`The connection is interrupted; trying again${why}.`);
  else if (state === "connecting" && retryInMs !== undefined) notice(`Cannot connect yet; trying again${why}.`);
  else if (state === "closed" && reason !== "application") {
    notice(CLOSED[reason] ?? message ?? "The connection was closed.", "Connect", () => progress.connect());
  } else if (state === "unauthorized") notice("Your sign-in has ended.", "Sign in again", signOut);
  else notice();
}

/** How old the data is; beside the notice, not in it, so that no screen reader counts along. */
function drawAge() {
  const {state, ageMs} = progress?.connection ?? {};
  const seconds = Math.max(1, Math.round((ageMs ?? 0) / 1000));
  const age = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  find("#notice-age").textContent = state === "reconnecting" ? `What you see is ${age} old.` : "";
}

/** What is under way in all, in a line and in the title: that is what is seen of a tab in the background. */
function drawSummary() {
  clearTimeout(summaryTimer);
  summaryTimer = 0;
  const uploads = progress?.uploads ?? [];
  const running = uploads.filter((upload) => !hasEnded(upload));
  const failed = uploads.filter(({status}) => status === "failed");
  find("#summary").hidden = uploads.length < 2;
  find("#summary").textContent = [
    running.length ? `${running.length} under way` : "Nothing under way",
    ...speedAndTime(running),
    ...(progress ? stalledOf(running) : []),
    ...(failed.length ? [`${failed.length} failed`] : []),
  ].join(" · ");
  document.title = account ? `${percentOf(running)}Uploads of ${account.user}` : "Uploads";
}

/** Not with every update: nobody reads so fast. */
function drawSummarySoon() {
  summaryTimer ||= setTimeout(drawSummary, SUMMARY_MS);
}

function speedAndTime(running) {
  const now = Date.now();
  const moving = running.filter((upload) => upload.status === "uploading" && !isQuiet(upload, now));
  const speed = moving.reduce((sum, {bytesPerSecond}) => sum + (bytesPerSecond ?? 0), 0);
  if (!speed || progress.connection.state !== "live") return [];
  const left = Math.max(...moving.map(({etaSeconds}) => etaSeconds ?? 0));
  return [`${formatBytes(speed, "en")}/s`, ...(left ? [`${formatSeconds(left, "en")} left`] : [])];
}

/** How many had no news for too long; without a connection no news can come. */
function stalledOf(running) {
  if (progress.connection.state !== "live") return [];
  const now = Date.now();
  const count = running.filter((upload) => isStalled(upload, now, list.stalledAfterSeconds)).length;
  return count ? [`${count} stalled`] : [];
}

/** How far those whose size is known have come together, for the title. */
function percentOf(running) {
  const known = running.filter(({bytesTotal}) => bytesTotal);
  const sum = (field) => known.reduce((before, upload) => before + upload[field], 0);
  return known.length ? `${Math.floor((100 * sum("bytesUploaded")) / sum("bytesTotal"))}% · ` : "";
}

function notice(text = "", action = "", act = undefined) {
  find("#notice").hidden = !text;
  if (find("#notice-text").textContent !== text) find("#notice-text").textContent = text;
  drawAge();
  const button = find("#notice-action");
  button.hidden = !action;
  button.textContent = action;
  button.onclick = act;
}

function show() {
  find("#sign-in").hidden = Boolean(account);
  find("#uploads").hidden = find("#account").hidden = !account;
  find("#user").textContent = account?.user ?? "";
  find("#limit").textContent = formatBytes(MAX_UPLOAD_BYTES, "en");
  drawSummary();
  if (!account) find("#name").focus();
}

async function send(file, uploadId = crypto.randomUUID(), attempt = 1) {
  files.set(uploadId, file);
  const state = {
    uploadId,
    attempt,
    rev: 0,
    fileName: file.name,
    status: "queued",
    bytesUploaded: 0,
    bytesTotal: file.size,
    percent: 0,
    startedAt: new Date().toISOString(),
    updatedAt: new Date().toISOString(),
  };
  const transfer = new Transfer(attempt);
  transfers.set(uploadId, transfer);
  list.show(state);
  try {
    if (file.size > MAX_UPLOAD_BYTES) throw new Refused(413, `Larger than ${formatBytes(MAX_UPLOAD_BYTES, "en")}.`);
    const query = new URLSearchParams({name: file.name, attempt: String(attempt)});
    const {signal} = transfer;
    await transfer.inTurn(() => ask(`uploads/${uploadId}?${query}`, {method: "PUT", body: file, signal}));
  } catch (error) {
    if (transfer.signal.aborted) return;
    const message = error instanceof Refused ? error.message : "The server could not be reached.";
    list.show({...state, rev: 1, status: "failed", error: {message}});
  } finally {
    if (transfers.get(uploadId) === transfer) transfers.delete(uploadId);
  }
}

/** The server is told first: to a server that is not told, a file that stops coming has failed. */
async function cancel(upload) {
  const {uploadId, fileName} = upload;
  try {
    const mine = transfers.get(uploadId);
    if (!mine?.isWaiting) await ask(`uploads/${uploadId}`, {method: "DELETE"});
    mine?.abort();
    if (mine) list.show({...upload, rev: upload.rev + 1, status: "canceled"});
  } catch (error) {
    notice(`${fileName} could not be canceled: ${error instanceof Refused ? error.message : "no connection"}.`);
  }
}

/** Another tab of this user may have called it off. */
function stopIfCanceled({uploadId, attempt, status}) {
  const mine = transfers.get(uploadId);
  if (status === "canceled" && mine?.attempt === attempt) mine.abort();
}

function sendAll(chosen) {
  for (const file of chosen) send(file);
}

function readDropped({items, files: dropped}) {
  const folders = [...items].filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
  if (!folders.length) return sendAll(dropped);
  notice("Folders cannot be uploaded; choose the files in them.");
}

list.retryable = ({uploadId, status}) => (status === "failed" || status === "canceled") && files.has(uploadId);
list.cancelable = (upload) => !hasEnded(upload) && (upload.rev > 0 || transfers.get(upload.uploadId)?.isWaiting);
list.addEventListener("retry", ({detail: {upload}}) =>
  send(files.get(upload.uploadId), upload.uploadId, upload.attempt + 1),
);
list.addEventListener("cancel", ({detail: {upload}}) => cancel(upload));

chooser.addEventListener("change", () => {
  sendAll(chooser.files);
  chooser.value = "";
});

for (const type of ["dragenter", "dragover"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", Boolean(account) && event.dataTransfer.types.includes("Files"));
  });
}
addEventListener("dragleave", (event) => event.relatedTarget ?? drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (account) readDropped(event.dataTransfer);
});

find("#sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = find("#sign-in-error");
  error.textContent = "";
  await enter(find("#name").value.trim());
});
find("#sign-out").addEventListener("click", signOut);
// What has not reached the server yet would be lost.
addEventListener("beforeunload", (event) => transfers.size && event.preventDefault());

async function enter(user) {
  try {
    await signIn(user);
    history.replaceState(null, "", `?user=${encodeURIComponent(user)}`);
    show();
    connect();
  } catch (error) {
    show();
    find("#sign-in-error").textContent =
      error.status === 400 ? `That name cannot be used: it ${error.message}.` : "The server could not be reached.";
  }
}

function start() {
  const wanted = new URLSearchParams(location.search).get("user");
  account = JSON.parse(sessionStorage.getItem(STORED) ?? "null") ?? undefined;
  if (wanted && wanted !== account?.user) {
    enter(wanted);
    return;
  }
  show();
  if (account) connect();
}

setInterval(() => {
  drawAge();
  drawSummary();
}, 1000);
start();
