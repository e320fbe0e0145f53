/**
 * The script of the SharedWorker that `upload-progress/shared` starts: one client for all tabs of a user.
 *
 * @module
 */

import {UploadProgress} from "./upload-progress.js";
import {forOneUser} from "./worker/one-user.js";
import {Tabs} from "./worker/tabs.js";

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./worker/tabs.js").Tab} Tab */

/** Changes are sent together after so long, because each message costs the page time. */
const BATCH_MS = 100;

const tabs = new Tabs();
// The client reads the visibility of its document. Here, it is that of all tabs together.
const scope = /** @type {any} */ (Object.assign(globalThis, {visibilityState: "hidden"}));
const progress = new UploadProgress({
  ...JSON.parse(scope.name),
  getToken: (why) => tabs.requestToken(why),
  autoConnect: false,
  environment: {window: scope, document: scope, WebSocket: forOneUser(WebSocket)},
});
/** The lock that the worker holds until its end. */
const lock = crypto.randomUUID();
const locked = new Promise((resolve) => navigator.locks.request(lock, () => new Promise(() => resolve(lock))));

// A page shows no console of its workers.
const warn = console.warn;
console.warn = (text, cause) => {
  warn(text, cause);
  tabs.post({log: [text, asError(cause)]});
};
/** @type {Upload[]} */ let changed = [];
progress.addEventListener("upload", ({detail: {upload}}) => {
  if (!changed.length) setTimeout(flush, BATCH_MS);
  // Of the progress of an upload only the newest is sent.
  changed = changed.filter((one) => !isProgress(one, upload));
  changed.push(upload);
});
progress.addEventListener("uploads", () => post(uploads()));
progress.addEventListener("connection", () => post(connection()));
progress.addEventListener("warning", ({detail}) => post({type: "warning", detail}));
scope.onconnect = (/** @type {MessageEvent} */ {ports: [port]}) => {
  if (port) port.onmessage = ({data}) => join(port, data);
};

/**
 * Lets a tab take part as long as it holds its lock.
 *
 * @param {MessagePort} port
 * @param {{lock: string, visible: boolean}} greeting the first message of the tab
 */
async function join(port, {lock: held, visible}) {
  /** @type {Tab} */
  const tab = {port, visible, left: navigator.locks.request(held, () => {})};
  port.onmessage = ({data}) => receive(tab, data);
  await locked;
  flush();
  tabs.add(tab).then(showVisibility);
  showVisibility();
  const {state, retryInMs} = progress.connection;
  port.postMessage({lock});
  if (state === "closed" || state === "unauthorized" || retryInMs !== undefined) progress.connect();
  else port.postMessage(connection());
  if (progress.connection.ageMs !== null) port.postMessage(uploads());
}

/**
 * @param {Tab} tab
 * @param {any} message
 */
function receive(tab, {ask, token, error, visible = tab.visible, connect, sync}) {
  if (ask) tabs.answer(ask, token, error);
  if (connect) progress.connect();
  if (sync) progress.sync();
  if (visible === tab.visible) return;
  tab.visible = visible;
  showVisibility();
}

/** Tells the client whether the user sees one of the tabs. Without a tab, nothing is to be kept up to date. */
function showVisibility() {
  scope.visibilityState = tabs.isVisible ? "visible" : "hidden";
  scope.dispatchEvent(new Event("visibilitychange"));
  if (tabs.isEmpty) progress.close();
}

/** Sends the changes that wait. */
function flush() {
  if (changed.length) tabs.post({type: "upload", detail: changed});
  changed = [];
}

/**
 * Sends a message after the changes that came before it.
 *
 * @param {object} message
 */
function post(message) {
  flush();
  tabs.post(message);
}

/**
 * Returns true if the second is a later state of the same upload with the same status.
 *
 * @param {Upload} first
 * @param {Upload} second
 */
const isProgress = (first, second) =>
  first.uploadId === second.uploadId &&
  first.attempt === second.attempt &&
  first.status === second.status &&
  !second.gone;

function uploads() {
  const {uploads: all, truncated} = progress.getSnapshot();
  return {type: "uploads", detail: {uploads: all, truncated}, welcome: progress.welcome};
}

function connection() {
  const {cause, ...state} = progress.connection;
  return {type: "connection", detail: {...state, cause: asError(cause), at: Date.now()}};
}

/**
 * Returns a cause that can be sent. An event, such as a violation of the Content Security Policy, cannot.
 *
 * @param {any} cause
 */
const asError = (cause) => (!cause || cause instanceof Error ? cause : new Error(cause.type));
