/** The page: signs in, connects and sends files. The list draws the uploads. */

import {UnauthorizedError, UploadProgress, hasEnded} from "./upload-progress.js";
import {formatBytes, formatSeconds, isStalled, predict} from "./upload-progress-list.js";

const STORED = "upload-page";
const WEBSOCKET_URL = find("meta[name=websocket-url]").content;
const SUMMARY_MS = 250;
const MAX_UPLOAD_BYTES = Number(find("meta[name=max-upload-bytes]").content);
/** Browsers open six connections to a server (HTTP/1.1). Two stay free, so that a cancel does not wait behind files. */
const MAX_SENDING = 4;
/** The server takes no longer name. */
const MAX_NAME_CHARS = 255;

const list = find("upload-progress-list");
const drop = find("#drop");
const chooser = find("#files");

/** The files of this tab by upload id, kept for a retry. */
const files = new Map();
/** The transfers in progress, by upload id. @type {Map<string, Transfer>} */
const transfers = new Map();
/** The transfers that wait for a free connection, in order. @type {(() => void)[]} */
const waiting = [];
let sending = 0;
/** @type {{user: string, session: string} | undefined} */
let account;
/** @type {UploadProgress | undefined} */
let progress;
/** The reason for which the last token request failed. */
let tokenError = "";
let summaryTimer = 0;

function find(selector) {
  return document.querySelector(selector);
}

/** An error response of the server. */
class ResponseError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** One attempt to send a file to the server. */
class Transfer extends AbortController {
  /** True until the request is sent. */
  isWaiting = true;

  constructor(attempt) {
    super();
    this.attempt = attempt;
  }

  /** Waits for a free connection, then calls `action`. Rejects with an AbortError if it was canceled before. */
  async run(action) {
    if (sending < MAX_SENDING) sending++;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      this.signal.throwIfAborted();
      this.isWaiting = false;
      return await action();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else sending--;
    }
  }
}

async function request(path, options = {}) {
  const headers = {...options.headers, ...(account && {Authorization: `Bearer ${account.session}`})};
  const response = await fetch(path, {...options, headers});
  const answer = await response.json().catch(() => ({}));
  if (!response.ok)
    throw new ResponseError(response.status, answer.error?.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** Signs in. A new tab begins with the account of the last sign-in; a reload keeps that of its tab. */
async function signIn(user) {
  account = undefined;
  account = await request("sign-in", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({user}),
  });
  for (const storage of [sessionStorage, localStorage]) storage.setItem(STORED, JSON.stringify(account));
}

function signOut() {
  progress?.close();
  progress = account = list.source = undefined;
  for (const one of transfers.values()) if (one.isWaiting) one.abort();
  files.clear();
  for (const storage of [sessionStorage, localStorage]) storage.removeItem(STORED);
  history.replaceState(null, "", location.pathname);
  show();
}

async function getToken() {
  try {
    tokenError = "";
    return (await request("token").catch(signInAgain)).token;
  } catch (error) {
    tokenError = error instanceof ResponseError ? error.message : "the server cannot be reached";
    if ([400, 401, 403].includes(error.status)) throw new UnauthorizedError(tokenError);
    throw error;
  }
}

/** Signs in again, because a restarted server has lost its sign-ins. */
async function signInAgain(error) {
  if (error.status !== 401) throw error;
  await signIn(account.user);
  return request("token");
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
  idle_timeout: "Disconnected because there was no activity for a while.",
  connection_limit: "Disconnected because too many tabs are open.",
  replaced: "Replaced by another connection of this tab.",
};

function drawConnection() {
  if (!progress) return;
  const {state, reason, message, retryInMs} = progress.connection;
  drawSummary();
  find("#connection").dataset.state = state;
  find("#connection-text").textContent = STATES[state];
  const why = tokenError && `: ${tokenError}`;
  find("#notice").classList.toggle("waiting", state === "reconnecting" || state === "connecting");
  if (state === "reconnecting") notice(`The connection is lost; reconnecting${why}.`);
  else if (state === "connecting" && retryInMs !== undefined) notice(`Cannot connect; trying again${why}.`);
  else if (state === "closed" && reason !== "application") {
    notice(CLOSED[reason] ?? message ?? "The connection was closed.", "Connect", () => progress.connect());
  } else if (state === "unauthorized") notice("Your sign-in has ended.", "Sign in again", signOut);
  else notice();
}

/** Shows the age of the data. It is outside the live region, so that screen readers do not read every second. */
function drawAge() {
  const {state, ageMs} = progress?.connection ?? {};
  const seconds = Math.max(1, Math.round((ageMs ?? 0) / 1000));
  const age = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  find("#notice-age").textContent = state === "reconnecting" ? `What you see is ${age} old.` : "";
}

/** Sums up the uploads in a line, and in the title for tabs in the background. */
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

/** Draws the summary at most four times a second, because users do not read faster. */
function drawSummarySoon() {
  summaryTimer ||= setTimeout(drawSummary, SUMMARY_MS);
}

function speedAndTime(running) {
  const moving = running.map((upload) => predict(upload, undefined, progress.welcome));
  const speed = moving.reduce((sum, {bytesPerSecond}) => sum + (bytesPerSecond ?? 0), 0);
  if (!speed || progress.connection.state !== "live") return [];
  const left = Math.max(...moving.map(({etaSeconds}) => etaSeconds ?? 0));
  return [`${formatBytes(speed, "en")}/s`, ...(left ? [`${formatSeconds(left, "en")} left`] : [])];
}

/** Counts the stalled uploads. Without a connection no news arrives, so none counts. */
function stalledOf(running) {
  if (progress.connection.state !== "live") return [];
  const now = Date.now();
  const count = running.filter((upload) => isStalled(upload, now, list.stalledAfterSeconds)).length;
  return count ? [`${count} stalled`] : [];
}

/** Returns the percentage of all uploads whose size is known, for the title. */
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
  const now = new Date().toISOString();
  const sizes = {bytesUploaded: 0, bytesTotal: file.size, percent: 0};
  const times = {startedAt: now, updatedAt: now};
  const state = {uploadId, attempt, rev: 0, fileName: file.name, status: "queued", ...sizes, ...times};
  const transfer = new Transfer(attempt);
  transfers.set(uploadId, transfer);
  list.show(state);
  try {
    if (file.size > MAX_UPLOAD_BYTES)
      throw new ResponseError(413, `Larger than ${formatBytes(MAX_UPLOAD_BYTES, "en")}.`);
    const name = file.name.replace(/[\p{Cc}\p{Cs}/\\]/gu, "_").slice(-MAX_NAME_CHARS);
    const query = new URLSearchParams({name, attempt: String(attempt)});
    const {signal} = transfer;
    await transfer.run(() => request(`uploads/${uploadId}?${query}`, {method: "PUT", body: file, signal}));
  } catch (error) {
    if (transfer.signal.aborted) return;
    const message = error instanceof ResponseError ? error.message : "The server could not be reached.";
    list.show({...state, rev: 1, status: "failed", error: {message}});
  } finally {
    if (transfers.get(uploadId) === transfer) transfers.delete(uploadId);
  }
}

/** Cancels at the server first, because a transfer that merely stops counts as failed there. */
async function cancel(upload) {
  const {uploadId, fileName} = upload;
  try {
    const transfer = transfers.get(uploadId);
    if (!transfer?.isWaiting) await request(`uploads/${uploadId}`, {method: "DELETE"});
    transfer?.abort();
    if (transfer) list.show({...upload, rev: upload.rev + 1, status: "canceled"});
  } catch (error) {
    notice(`${fileName} could not be canceled: ${error instanceof ResponseError ? error.message : "no connection"}.`);
  }
}

/** Stops a transfer that another tab of this user has canceled. */
function stopIfCanceled({uploadId, attempt, status}) {
  const transfer = transfers.get(uploadId);
  if (status === "canceled" && transfer?.attempt === attempt) transfer.abort();
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
// A file that is not at the server yet would be lost.
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
  account = JSON.parse(sessionStorage.getItem(STORED) ?? localStorage.getItem(STORED) ?? "null") ?? undefined;
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
