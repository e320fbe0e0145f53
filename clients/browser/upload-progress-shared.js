// Built from clients/browser/src by `npm run build`.
/**
 * The client for pages of which a user opens several tabs: the tabs share one connection.
 *
 * ```js
 * const progress = new SharedUploadProgress({url, getToken, user: session.userId});
 * ```
 *
 * A SharedWorker runs the client. Without one, each tab has a connection of its own.
 *
 * @module
 */

// src/upload-progress-shared.js
import {UploadProgress, hasEnded, latestFirst} from "./upload-progress.js";

// src/rules.js
var isSameState = (first, second) =>
  first.attempt === second?.attempt && first.rev === second.rev && first.status === second.status;

// src/version.js
var VERSION = "0.2.0";

// src/upload-progress-shared.js
var WORKER_TIMEOUT_MS = 1e4;
var SharedUploadProgress = class extends UploadProgress {
  /** @type {true} `upload-progress/report` refuses this client. */
  isShared = true;
  /** @type {SharedOptions} */
  #options;
  /** The state that the worker sends; undefined once this tab has a connection of its own. */
  /** @type {Snapshot | undefined} */
  #shared;
  /** A snapshot of the server has arrived. */
  #isKnown = false;
  /** The way to the worker, and the end of all that belongs to it. */
  /** @type {MessagePort | undefined} */
  #port;
  /** @type {AbortController | undefined} */
  #attached;
  /** @param {SharedOptions} options */
  constructor(options) {
    super({...options, autoConnect: false});
    this.#options = options;
    const connection = withAge({state: options.autoConnect === false ? "closed" : "connecting", ageMs: null});
    this.#shared = {uploads: [], connection, truncated: false};
    const ownSnapshot = this.getSnapshot;
    this.getSnapshot = () => this.#shared ?? ownSnapshot();
    queueMicrotask(() => this.#shared?.connection.state === "connecting" && !this.#port && this.connect());
  }
  get uploads() {
    return (
      /** @type {Upload[]} */
      this.#shared?.uploads ?? super.uploads
    );
  }
  get connection() {
    return this.#shared?.connection ?? super.connection;
  }
  connect() {
    if (!this.#shared) return super.connect();
    if (this.#port) this.#port.postMessage({connect: true});
    else this.#attach();
  }
  /** Ends the part of this tab until `connect()`. The connection of the other tabs stays. */
  close() {
    if (!this.#shared) return super.close();
    this.#detach();
    this.#setConnection({state: "closed", reason: "application", ageMs: this.connection.ageMs});
  }
  sync() {
    if (!this.#shared) return super.sync();
    this.#port?.postMessage({sync: true});
    return this.connection.state === "live";
  }
  /** @returns {never} the tabs have one connection, so that a message of one would be answered to all */
  send() {
    throw new TypeError("A SharedUploadProgress sends no messages");
  }
  /** Joins the tabs of the worker. Needs SharedWorker and navigator.locks, which are undefined in some browsers. */
  #attach() {
    const {signal} = (this.#attached = new AbortController());
    this.#setConnection({state: this.#isKnown ? "reconnecting" : "connecting", ageMs: this.connection.ageMs});
    let isAnswered = false;
    const fail = (cause) => isAnswered || signal.aborted || this.#connectAlone(cause);
    setTimeout(fail, WORKER_TIMEOUT_MS, new Error("no answer"));
    try {
      const worker = startWorker(this.#options);
      const port = (this.#port = worker.port);
      worker.onerror = fail;
      port.onmessage = ({data}) => {
        isAnswered = true;
        this.#receive(data);
      };
      greet(port, signal).catch(fail);
      this.#listen(port, signal);
    } catch (cause) {
      fail(cause);
    }
  }
  /**
   * @param {MessagePort} port
   * @param {AbortSignal} signal
   */
  #listen(port, signal) {
    document.addEventListener("visibilitychange", () => port.postMessage({visible: isVisible()}), {signal});
    const leave = () => {
      this.#detach();
      addEventListener("pageshow", () => this.#rejoin(), {once: true});
    };
    addEventListener("pagehide", leave, {signal});
  }
  #detach() {
    this.#attached?.abort();
    this.#port?.close();
    this.#port = void 0;
  }
  #rejoin() {
    this.#detach();
    if (this.connection.state !== "closed" && this.connection.state !== "unauthorized") this.#attach();
  }
  /**
   * Gives this tab a connection of its own.
   *
   * @param {unknown} cause
   */
  #connectAlone(cause) {
    console.warn("upload-progress, SharedWorker:", cause);
    this.#detach();
    this.#shared = void 0;
    super.connect();
  }
  /** @param {any} message */
  #receive({type, detail, ask, lock, log, welcome = this.welcome}) {
    this.welcome = welcome;
    if (ask)
      answer(
        /** @type {MessagePort} */
        this.#port,
        ask,
        () => this.#options.getToken(detail),
      );
    else if (lock) this.#follow(lock);
    else if (log) console.warn(...log);
    else if (type === "connection") this.#setConnection(detail);
    else if (type === "uploads") this.#replace(detail);
    else if (type === "upload") this.#apply(detail);
    else this.#dispatch(type, detail);
  }
  /**
   * Starts another worker when this one ends, because browsers end a worker alone if they lack memory.
   *
   * @param {string} lock the lock that the worker holds
   */
  #follow(lock) {
    const signal = this.#attached?.signal;
    navigator.locks.request(lock, {mode: "shared", signal}, () => this.#rejoin()).catch(() => {});
  }
  /** @param {ConnectionState & {at?: number}} state */
  #setConnection(state) {
    const connection = withAge(state);
    this.#dispatch("connection", connection, {connection});
  }
  /** @param {Upload[]} changed */
  #apply(changed) {
    const known = new Map(this.uploads.map((one) => [one.uploadId, one]));
    const details = changed.map((upload) => {
      const previous = known.get(upload.uploadId);
      if (upload.gone) known.delete(upload.uploadId);
      else known.set(upload.uploadId, upload);
      return {upload, previous};
    });
    const uploads = [...known.values()].sort(latestFirst);
    for (const detail of details) this.#dispatch("upload", detail, {uploads});
  }
  /**
   * Replaces all uploads. Changes that this tab missed, as in the back-forward cache, are events of their own.
   *
   * @param {{uploads: Upload[], truncated: boolean}} snapshot
   */
  #replace(snapshot) {
    const before = this.#isKnown ? this.uploads : snapshot.uploads;
    this.#isKnown = true;
    for (const change of changes(before, snapshot)) this.#dispatch("upload", change, snapshot);
    this.#dispatch("uploads", snapshot, snapshot);
  }
  /**
   * Fires an event after a change of the state.
   *
   * @param {keyof import("./types.d.ts").Events} type
   * @param {unknown} detail
   * @param {Partial<Snapshot>} [state]
   */
  #dispatch(type, detail, state) {
    this.#shared = {.../** @type {Snapshot} */ this.#shared, ...state};
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
};
function changes(before, {uploads, truncated}) {
  const gone = truncated ? [] : before.filter((one) => !hasEnded(one) && !find(uploads, one));
  return [...uploads, ...gone.map((one) => ({...one, gone: true}))]
    .map((upload) => ({upload, previous: find(before, upload)}))
    .filter(({upload, previous}) => upload.gone || !isSameState(upload, previous));
}
var find = (uploads, {uploadId}) => uploads.find((one) => one.uploadId === uploadId);
var isVisible = () => document.visibilityState === "visible";
function startWorker(options) {
  const name = JSON.stringify({...options, url: new URL(options.url, location.href), version: VERSION});
  return new SharedWorker(options.workerUrl ?? new URL("./upload-progress-worker.js", import.meta.url), {name});
}
function greet(port, signal) {
  const lock = crypto.randomUUID();
  return navigator.locks.request(lock, {signal}, () => {
    port.postMessage({lock, visible: isVisible()});
    return new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
}
async function answer(port, ask, getToken) {
  try {
    port.postMessage({ask, token: await getToken()});
  } catch (error) {
    if (error?.name === "UnauthorizedError") port.postMessage({ask, token: null});
    else port.postMessage({ask, error: new Error(error?.message ?? error)});
  }
}
function withAge({ageMs, at = Date.now(), ...state}) {
  return {
    ...state,
    get ageMs() {
      return state.state === "live" || ageMs === null ? ageMs : ageMs + Date.now() - at;
    },
  };
}
export {SharedUploadProgress};
