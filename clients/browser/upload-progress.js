/**
 * Watches a user's uploads live, over the WebSocket protocol `upload-progress.v1`.
 *
 * ```js
 * const progress = new UploadProgress({url, getToken});
 * progress.addEventListener("upload", ({detail}) => draw(detail.upload));
 * progress.addEventListener("uploads", ({detail}) => drawAll(detail.uploads));
 * progress.addEventListener("connection", ({detail}) => show(detail.state));
 * ```
 *
 * @module
 */

/**
 * One upload, as the server tells it. Sizes in bytes, times RFC 3339; `percent` is 100 only once completed and
 * null while the size is unknown.
 *
 * @typedef {object} Upload
 * @property {string} uploadId
 * @property {string | null} [fileName]
 * @property {"queued" | "uploading" | "paused" | "processing" | "completed" | "failed" | "canceled"} status
 * @property {string | null} [phase]
 * @property {number} bytesUploaded
 * @property {number | null} bytesTotal
 * @property {number | null} percent
 * @property {number} attempt a retry is a higher one
 * @property {number} rev orders the updates of one attempt
 * @property {number} [bytesPerSecond]
 * @property {number | null} [etaSeconds]
 * @property {string} [message]
 * @property {{code?: string, message?: string, retryable?: boolean}} [error]
 * @property {Record<string, unknown>} [result]
 * @property {"bucket"} [source] the bucket's event brought this state; if it is an end, a pipeline may have more to say
 * @property {string} [correlationId] what the pipeline calls the update that brought this state
 * @property {string} startedAt
 * @property {string} updatedAt
 * @property {number} [newsAt] when the client last heard of it, in epoch milliseconds of this machine's clock
 * @property {boolean} [gone] the server does not know it any more, and it had not ended when that was last told
 */

/**
 * Why a token is asked for: to open the first connection, to open another one, because the last one had
 * `expired`, before it is `expiring` (refreshed in place), to `rotate` an old connection, or because the gateway
 * `refused` three handshakes in a row (a browser cannot see why).
 *
 * @typedef {"connect" | "reconnect" | "expired" | "expiring" | "rotate" | "refused"} TokenReason
 */

/**
 * `connecting` until the first snapshot, then `live`; `reconnecting` shows data that is `ageMs` old; `unauthorized`
 * and `closed` last until `connect()` (after `idle_timeout` also until the page becomes visible).
 *
 * @typedef {object} ConnectionState
 * @property {"connecting" | "live" | "reconnecting" | "unauthorized" | "closed"} state
 * @property {string} [reason] of the last disconnection: `idle_timeout`, `offline`, `network`, `no_token`,
 *   `application`, …
 * @property {unknown} [cause] what `getToken` threw, or why no handshake could be made
 * @property {number} [code] the code of the server's `disconnect`
 * @property {string} [message] the message of the server's `disconnect`
 * @property {number} [retryInMs] when the next attempt will be made
 * @property {number | null} ageMs how old the data is, in milliseconds; 0 while live, except just after the machine
 *   slept; null before there is any
 */

/**
 * What the server warned of, or the error with which it answered; more fields in the protocol's description.
 *
 * @typedef {object} Warning
 * @property {"warning" | "error"} type
 * @property {string} [reason] `idle`, `token_expiring` or `max_duration`
 * @property {string} [closesAt]
 * @property {number} [code]
 * @property {string} [name]
 * @property {string} [message]
 */

/** @typedef {{upload: Upload, previous?: Upload}} UploadDetail */
/** @typedef {{uploads: Upload[], truncated: boolean}} UploadsDetail */

/**
 * @typedef {object} Events
 * @property {CustomEvent<UploadDetail>} upload one upload changed
 * @property {CustomEvent<UploadsDetail>} uploads the whole list changed: a snapshot came, or an upload is new
 * @property {CustomEvent<ConnectionState>} connection
 * @property {CustomEvent<Warning>} warning
 */

/**
 * @typedef {object} TypedTarget
 * @property {<Name extends keyof Events>(type: Name, listener: (event: Events[Name]) => void,
 *   options?: boolean | AddEventListenerOptions) => void} addEventListener
 * @property {<Name extends keyof Events>(type: Name, listener: (event: Events[Name]) => void,
 *   options?: boolean | EventListenerOptions) => void} removeEventListener
 * @property {(event: Event) => boolean} dispatchEvent
 */

/**
 * The world around a connection; the defaults are the browser's.
 *
 * @typedef {object} Environment
 * @property {new (url: string, protocols: string[]) => WebSocket} WebSocket
 * @property {() => number} now epoch milliseconds
 * @property {() => number} random from 0 to 1
 * @property {(run: () => void, ms: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {EventTarget} [window]
 * @property {EventTarget & {visibilityState: string}} [document]
 * @property {{onLine: boolean}} [navigator]
 */

/**
 * @typedef {object} Options
 * @property {string | URL} url `wss://host/ws/upload-progress`, or `/ws/upload-progress` where the page comes from
 * @property {(why: {reason: TokenReason}) => string | null | Promise<string | null>} getToken gives a fresh token each
 *   time. If it gives null or throws an `UnauthorizedError`, the user is signed out. Any other failure is temporary.
 * @property {boolean} [keepAlive] answer idle warnings while the page is visible; on by default
 * @property {Partial<Environment>} [environment] for tests
 */

const PROTOCOL = "upload-progress.v1";
const QUIET_MS = 100_000;
const ANSWER_MS = 10_000;
/** Timers stand still while the machine sleeps: the clock is looked at this often. */
const LOOK_MS = 20_000;
/** A connection that is silent for longer has slept: its data is old, though its loss is not noticed yet. */
const MAX_SILENCE_MS = QUIET_MS + ANSWER_MS + LOOK_MS;
const REFRESH_AGAIN_MS = 10_000;
const TOKEN_MS = 20_000;
const DIAL_MS = 20_000;
const STABLE_MS = 5_000;
const ROTATION_LEAD_MS = 30_000;
const SYNC_MS = 5_000;
const REFUSALS = 3;
/** By how much a pipeline's clock may be wrong before an update that comes live counts as an old one. */
const CLOCK_ERROR_MS = 300_000;
const MOST_KEPT = 200;
const MAX_WARNINGS = 20;
/** RFC 6455, section 4.1: an offered subprotocol is a token of HTTP (RFC 9110, section 5.6.2). */
const NO_TOKEN_CHARACTER = /[^!#$%&'*+.^_`|~\dA-Za-z-]/u;
/** After these `disconnect`s the next connection may be made at once: token, row or age was at fault, not we. */
const AT_ONCE = [4401, 4409, 4410];
const LOOPBACK = /^wss?:\/\/(localhost|127\.|\[::1\])/;

/**
 * Whether this state ends its attempt.
 *
 * @param {Pick<Upload, "status">} upload
 */
export const hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";

/**
 * Whether an update may replace what is stored: a higher attempt always; within an attempt that has not ended, a
 * higher rev, or whatever ends it. An end that the bucket's event brought gives way to a higher rev, too. The same
 * (attempt, rev) is the stored state, broadcast again.
 *
 * @param {Pick<Upload, "attempt" | "rev" | "status" | "source"> | undefined} stored
 * @param {Pick<Upload, "attempt" | "rev" | "status">} update
 * @returns {"accepted" | "duplicate" | "stale"}
 */
export function judge(stored, update) {
  if (!stored || update.attempt > stored.attempt) return "accepted";
  if (update.attempt < stored.attempt) return "stale";
  if (update.rev > stored.rev && (!hasEnded(stored) || stored.source === "bucket")) return "accepted";
  if (!hasEnded(stored) && hasEnded(update)) return "accepted";
  return update.rev === stored.rev ? "duplicate" : "stale";
}

/**
 * How long to wait before the next attempt, in milliseconds: full jitter below 0.5 s, doubled up to 30 s.
 *
 * @param {number} failures how many attempts came before it
 * @param {number} random from 0 to 1
 */
export const backoff = (failures, random) => random * Math.min(30_000, 500 * 2 ** failures);

/** What `getToken` throws when the user is signed out: the client stops until `connect()`. */
export class UnauthorizedError extends Error {
  name = "UnauthorizedError";
}

/**
 * Returns whether `getToken` has said that the user is signed out. The name counts too: another bundle, frame or
 * worker has a class of its own.
 *
 * @param {any} error
 */
const isUnauthorized = (error) => error instanceof UnauthorizedError || error?.name === "UnauthorizedError";

/**
 * Returns the token that `getToken` gave, without white space around it. Throws an error that does not repeat what
 * was given.
 *
 * @param {unknown} given
 * @returns {string}
 */
function readToken(given) {
  if (given === null) throw new UnauthorizedError("getToken gave null: the user is signed out");
  if (typeof given !== "string") throw new TypeError(`getToken gave no string: ${typeof given}`);
  const token = given.trim();
  const character = NO_TOKEN_CHARACTER.exec(token);
  if (token && !character) return token;
  const code = character?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  const why = code ? `U+${code} at ${character?.index} is not allowed in a WebSocket subprotocol` : "it is empty";
  throw new Error(`getToken gave no token: ${why}`);
}

/**
 * When to open the successor of a connection that the server will close for its age, in milliseconds from now: at a
 * random moment, so that a fleet that connected together does not rotate together, 30 s before the close at the latest.
 *
 * @param {number} closesInMs
 * @param {number} random from 0 to 1
 */
export const rotationDelay = (closesInMs, random) => random * Math.max(0, closesInMs - ROTATION_LEAD_MS);

/**
 * The list after a snapshot: the snapshot, and what came live since it was asked for and is newer.
 *
 * @param {Iterable<Upload>} snapshot
 * @param {Iterable<Upload>} since
 * @returns {Map<string, Upload>}
 */
export function merge(snapshot, since) {
  const uploads = new Map([...snapshot].map((upload) => [upload.uploadId, upload]));
  for (const upload of since) {
    if (judge(uploads.get(upload.uploadId), upload) === "accepted") uploads.set(upload.uploadId, upload);
  }
  return uploads;
}

/**
 * Returns when an upload was last heard of, in epoch milliseconds of this machine's clock. `updatedAt` is a time of the
 * pipeline's clock. What comes live is therefore news of the moment, unless it is older than a wrong clock explains.
 *
 * @param {string} updatedAt
 * @param {number} receivedAt epoch milliseconds of this machine's clock
 * @param {{skew: number, live: boolean}} how `skew`: how far the server's clock is ahead, in milliseconds; `live`: it
 *   came by itself, not in a snapshot
 */
export function newsTime(updatedAt, receivedAt, {skew, live}) {
  const told = Date.parse(updatedAt) - skew;
  return told < receivedAt - (live ? CLOCK_ERROR_MS : 0) ? told : receivedAt;
}

/**
 * @param {Upload} one
 * @param {Upload | undefined} other
 */
const isSameState = (one, other) =>
  one.attempt === other?.attempt && one.rev === other.rev && one.status === other.status;

/**
 * The order of a list: latest start first. Uploads that started together go by their ids, or they would change places
 * whenever they come in another order.
 *
 * @param {Pick<Upload, "startedAt" | "uploadId">} one
 * @param {Pick<Upload, "startedAt" | "uploadId">} other
 * @returns {number}
 */
export function latestFirst(one, other) {
  if (one.startedAt !== other.startedAt) return one.startedAt < other.startedAt ? 1 : -1;
  return one.uploadId < other.uploadId ? -1 : Number(one.uploadId > other.uploadId);
}

/** One WebSocket and what is known of it; after `drop()` nothing of it is heard any more. */
class Connection {
  /** @type {WebSocket | undefined} */ #webSocket;
  /** @type {unknown} */ #timer;
  /** @type {unknown} */ #refreshTimer;
  /** @type {Map<string, Map<number, Upload[]>>} */ #pages = new Map();
  dropped = false;
  /** Its snapshot has come. */
  live = false;
  /** An idle warning waits for its answer. */
  idle = false;
  /** There was no token, or the browser did not allow the connection: no handshake was refused. */
  untried = false;
  /** Epoch milliseconds: end of the handshake, last message, our last ping, our last question for a snapshot. */
  openedAt = 0;
  heardAt = 0;
  pingedAt = 0;
  askedAt = 0;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  skew = 0;

  /** @param {Environment} environment */
  constructor(environment) {
    this.environment = environment;
  }

  /**
   * @param {string} url
   * @param {string} token
   * @param {{opened: () => void, heard: (message: any) => void, lost: () => void}} owner
   */
  open(url, token, {opened, heard, lost}) {
    const webSocket = (this.#webSocket = new this.environment.WebSocket(url, [PROTOCOL, `bearer.${token}`]));
    webSocket.onopen = opened;
    // An error always ends a WebSocket; not every implementation tells the close as well.
    webSocket.onclose = webSocket.onerror = lost;
    webSocket.onmessage = ({data}) => {
      this.heardAt = this.environment.now();
      const message = parse(data);
      if (message) heard(message);
    };
  }

  /** @param {{action: string, [field: string]: unknown}} message */
  send(message) {
    if (this.#webSocket?.readyState === 1) this.#webSocket.send(JSON.stringify(message));
  }

  /**
   * Replace the one timer of this connection.
   *
   * @param {number} ms
   * @param {() => void} run
   */
  after(ms, run) {
    this.environment.clearTimeout(this.#timer);
    this.#timer = this.environment.setTimeout(run, ms);
  }

  /**
   * Try again to refresh the token, unless the connection is gone by then.
   *
   * @param {number} ms
   * @param {() => void} run
   */
  refreshAfter(ms, run) {
    this.environment.clearTimeout(this.#refreshTimer);
    if (!this.dropped) this.#refreshTimer = this.environment.setTimeout(run, ms);
  }

  /** Hear nothing more and close, without waiting for the close to be answered: nobody may be there. */
  drop() {
    this.dropped = true;
    this.environment.clearTimeout(this.#timer);
    this.environment.clearTimeout(this.#refreshTimer);
    const webSocket = this.#webSocket;
    if (!webSocket) return;
    webSocket.onopen = webSocket.onclose = webSocket.onerror = webSocket.onmessage = null;
    webSocket.close();
  }

  /**
   * Take one page; gives the whole snapshot once every page of it is there.
   *
   * @param {{snapshotId: string, page: number, pages: number, uploads: Upload[]}} page
   * @returns {Upload[] | undefined}
   */
  collect({snapshotId, page, pages, uploads}) {
    const collected = this.#pages.get(snapshotId) ?? new Map();
    this.#pages.set(snapshotId, collected.set(page, uploads));
    if (collected.size < pages) return;
    this.#pages.clear();
    return [...collected.values()].flat();
  }
}

/**
 * @param {unknown} data
 * @returns {{[field: string]: any} | undefined} undefined for what is not a JSON object
 */
function parse(data) {
  try {
    const message = JSON.parse(/** @type {string} */ (data));
    return message instanceof Object ? message : undefined;
  } catch {
    return undefined;
  }
}

/** A name for this page load, kept in memory only: a copy of the tab must not share it. */
const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The uploads of one user, kept up to date for as long as the page lives. */
export class UploadProgress extends /** @type {new () => TypedTarget} */ (/** @type {unknown} */ (EventTarget)) {
  /** @type {string} */ #url;
  /** @type {Options["getToken"]} */ #getToken;
  /** @type {boolean} */ #keepAlive;
  /** @type {Environment} */ #environment;
  #clientId = randomId();
  /** @type {AbortController | undefined} */ #listening;
  /** @type {Omit<ConnectionState, "ageMs">} */ #state = {state: "connecting"};
  /** @type {Map<string, Upload>} */ #uploads = new Map();
  /** @type {Map<string, number>} */ #receivedAt = new Map();
  #truncated = false;
  /** The connection that counts, and its successor until the successor's snapshot is there. */
  /** @type {Connection | undefined} */ #current;
  /** @type {Connection | undefined} */ #next;
  /** @type {unknown} */ #retryTimer;
  /** @type {unknown} */ #rotateTimer;
  /** @type {TokenReason} */ #reason = "connect";
  /** Connections lost since one was stable, and handshakes refused in a row. */
  #failures = 0;
  #refusals = 0;
  /** Epoch milliseconds: no connection before, last message while live, network lost, last `sync`. */
  #notBefore = 0;
  #dataAt = 0;
  #offlineAt = 0;
  #syncedAt = 0;
  /** A connection is wanted; only idleness ended it; the page lies in the back-forward cache. */
  #wanted = true;
  #idled = false;
  #frozen = false;
  /** Causes that were written to the console. */
  #warned = new Set();

  /** @param {Options} options */
  constructor({url, getToken, keepAlive = true, environment = {}}) {
    super();
    this.#url = String(new URL(url, globalThis.location?.href)).replace(/^http/, "ws");
    this.#getToken = getToken;
    this.#keepAlive = keepAlive;
    const {WebSocket, window, document, navigator} = globalThis;
    this.#environment = {
      WebSocket,
      now: () => Date.now(),
      random: () => Math.random(),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(timer),
      window,
      document,
      navigator,
      ...environment,
    };
    queueMicrotask(() => this.#wanted && !this.#current && this.connect());
  }

  /** The uploads, latest start first. */
  get uploads() {
    return [...this.#uploads.values()].sort(latestFirst);
  }

  /** @returns {ConnectionState} */
  get connection() {
    const silent = this.#now() - this.#dataAt;
    const isFresh = this.#state.state === "live" && silent <= MAX_SILENCE_MS;
    return {...this.#state, ageMs: isFresh ? 0 : this.#dataAt ? silent : null};
  }

  /** Connect after `unauthorized` or `closed`, or now instead of later; an attempt under way starts anew. */
  connect() {
    this.#wanted = true;
    this.#idled = this.#frozen = false;
    this.#listen();
    if (this.#current?.live) return;
    this.#dropAll();
    this.#refusals = 0;
    this.#show({state: this.#waiting});
    this.#dial();
  }

  /** Close, and stay closed until `connect()`. */
  close() {
    this.#listening?.abort();
    this.#listening = undefined;
    this.#stop({state: "closed", reason: "application"});
  }

  /** Ask for the whole list again; false without a live connection or within 5 s of the last time. */
  sync() {
    const now = this.#now();
    if (!this.#current?.live || now - this.#syncedAt < SYNC_MS) return false;
    this.#current.askedAt = this.#syncedAt = now;
    this.#current.send({action: "sync"});
    return true;
  }

  #listen() {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const {window, document} = this.#environment;
    const options = {signal: this.#listening.signal};
    window?.addEventListener("online", () => this.#online(), options);
    window?.addEventListener("offline", () => this.#offline(), options);
    window?.addEventListener("pagehide", () => this.#freeze(), options);
    window?.addEventListener("pageshow", () => this.#thaw(), options);
    document?.addEventListener("visibilitychange", () => this.#visible && this.#seen(), options);
  }

  #now() {
    return this.#environment.now();
  }

  get #visible() {
    return this.#environment.document?.visibilityState !== "hidden";
  }

  /** Without a network, or with nobody looking, no attempt is made; a server on this machine needs no network. */
  get #held() {
    const offline = this.#environment.navigator?.onLine === false && !LOOPBACK.test(this.#url);
    return this.#frozen || !this.#visible || offline;
  }

  /** @returns {"connecting" | "reconnecting"} */
  get #waiting() {
    return this.#dataAt ? "reconnecting" : "connecting";
  }

  /** @param {Omit<ConnectionState, "ageMs">} state */
  #show(state) {
    this.#state = state;
    this.#tell("connection", this.connection);
  }

  /**
   * @param {keyof Events} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }

  /**
   * Tells why a token or a successor could not be had, of a connection that is as it was.
   *
   * @param {unknown} cause
   */
  #tellCause(cause) {
    this.#tell("connection", {...this.connection, cause});
  }

  #dial() {
    this.#environment.clearTimeout(this.#retryTimer);
    const reason = this.#refusals < REFUSALS ? this.#reason : "refused";
    this.#reason = "reconnect";
    this.#current = new Connection(this.#environment);
    this.#open(this.#current, reason);
  }

  /**
   * @param {Connection} connection
   * @param {TokenReason} reason
   */
  async #open(connection, reason) {
    let failed = "no_token";
    try {
      const token = await this.#token(reason);
      if (connection.dropped) return;
      failed = "network";
      if (reason === "refused") this.#refusals = 0;
      connection.after(DIAL_MS, () => this.#lose(connection));
      connection.open(this.#url, token, {
        opened: () => this.#greet(connection),
        heard: (message) => this.#hear(connection, message),
        lost: () => this.#lose(connection),
      });
    } catch (cause) {
      if (connection.dropped) return;
      connection.untried = true;
      if (!this.#endIfUnauthorized(cause)) this.#lose(connection, {reason: failed, cause});
    }
  }

  /**
   * Returns a token that can be offered. Throws what `getToken` throws, or an error if it takes too long.
   *
   * @param {TokenReason} reason
   * @returns {Promise<string>}
   */
  async #token(reason) {
    const {setTimeout, clearTimeout} = this.#environment;
    /** @type {unknown} */ let timer;
    /** @param {PromiseLike<string | null>} given */
    const inTime = (given) =>
      new Promise((resolve, reject) => {
        const late = () => reject(new Error(`getToken has given nothing for ${TOKEN_MS / 1000} s`));
        timer = setTimeout(late, TOKEN_MS);
        given.then(resolve, reject);
      });
    try {
      const given = this.#getToken({reason});
      return readToken(given instanceof Object && "then" in given ? await inTime(given) : given);
    } catch (error) {
      throw error || new Error("getToken failed without a reason");
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Stops if `getToken` has said that the user is signed out; else writes the cause to the console, once.
   *
   * @param {any} cause
   * @returns {boolean} whether it has stopped
   */
  #endIfUnauthorized(cause) {
    const ends = isUnauthorized(cause);
    if (ends) this.#stop({state: "unauthorized", reason: "no_token", cause});
    else this.#warn(cause);
    return ends;
  }

  /** @param {any} cause */
  #warn(cause) {
    const key = cause?.message ?? cause;
    if (this.#warned.has(key) || this.#warned.size >= MAX_WARNINGS) return;
    this.#warned.add(key);
    console.warn("upload-progress tries again after", cause);
  }

  /** @param {Connection} connection */
  #greet(connection) {
    connection.openedAt = connection.heardAt = connection.askedAt = this.#now();
    this.#refusals = 0;
    connection.send({action: "hello", clientId: this.#clientId, id: "hello"});
  }

  /**
   * The connection is gone: its successor takes over, or another attempt is due.
   *
   * @param {Connection} connection
   * @param {{reason?: string, code?: number, message?: string, cause?: unknown, retryAfterMs?: number}} [why]
   */
  #lose(connection, {reason = "network", code, message, cause, retryAfterMs = 0} = {}) {
    connection.drop();
    const {now, random} = this.#environment;
    // A little later than the server asks, so that those who were told the same do not come together.
    const wait = retryAfterMs * (1 + random() / 2);
    if (connection === this.#next) return this.#postpone(wait, cause);
    if (connection !== this.#current) return;
    if (connection.openedAt ? now() - connection.openedAt >= STABLE_MS : this.#held) this.#failures = 0;
    else if (!connection.openedAt && !connection.untried) this.#refusals++;
    this.#current = this.#next;
    this.#next = undefined;
    if (this.#current) return this.#show({state: "reconnecting", reason, code, message});
    const atOnce = !this.#failures && AT_ONCE.includes(code ?? 0);
    if (code === 4401) this.#reason = "expired";
    this.#notBefore = now() + wait;
    this.#retry(atOnce ? wait : Math.max(wait, backoff(this.#failures, random())), {reason, code, message, cause});
  }

  /**
   * @param {number} delay
   * @param {{reason: string, code?: number, message?: string, cause?: unknown}} why
   */
  #retry(delay, why) {
    this.#failures++;
    this.#show({state: this.#waiting, ...why, retryInMs: Math.round(delay)});
    this.#retryTimer = this.#environment.setTimeout(() => this.#resume(), delay);
  }

  /** Attempt now, unless there is a connection, none is wanted, all are held or the server wants to be left alone. */
  #resume() {
    if (!this.#wanted || this.#current || this.#held) return;
    this.#environment.clearTimeout(this.#retryTimer);
    const wait = this.#notBefore - this.#now();
    if (wait > 0) this.#retryTimer = this.#environment.setTimeout(() => this.#resume(), wait);
    else this.#dial();
  }

  /** @param {Omit<ConnectionState, "ageMs">} state */
  #stop(state) {
    this.#wanted = false;
    this.#dropAll();
    this.#show(state);
  }

  #dropAll() {
    this.#current?.drop();
    this.#next?.drop();
    this.#current = this.#next = undefined;
    this.#environment.clearTimeout(this.#retryTimer);
    this.#environment.clearTimeout(this.#rotateTimer);
  }

  /**
   * @param {Connection} connection
   * @param {any} message
   */
  #hear(connection, message) {
    if (connection.live) this.#dataAt = connection.heardAt;
    if (connection.live && this.#state.state !== "live") this.#show({state: "live"});
    switch (message.type) {
      case "ping":
        return connection.send({action: "pong"});
      case "progress":
      case "status":
        return this.#apply(connection, message.upload);
      case "snapshot":
        return this.#replace(connection, message);
      case "welcome":
        return this.#compareClocks(connection, message);
      case "warning":
        return this.#heed(connection, message);
      case "error":
        this.#tell("warning", message);
        if (message.id === "hello") this.#lose(connection, {...message, reason: message.name});
        if (message.id === "refresh" && message.temporary) this.#refreshLater(connection, message.retryAfterMs);
        return;
      case "disconnect":
        return this.#obey(connection, message);
    }
  }

  /**
   * The server counts a connection's age from its beginning, as we do: the difference is that of the clocks.
   *
   * @param {Connection} connection
   * @param {any} welcome
   */
  #compareClocks(connection, {connectionExpiresAt, maxConnectionSeconds}) {
    connection.skew = Date.parse(connectionExpiresAt) - maxConnectionSeconds * 1000 - connection.openedAt || 0;
  }

  /**
   * @param {Connection} connection
   * @param {Upload} told
   */
  #apply({skew}, told) {
    if (typeof told?.uploadId !== "string") return;
    const previous = this.#uploads.get(told.uploadId);
    if (judge(previous, told) !== "accepted") return;
    const now = this.#now();
    const upload = {...told, newsAt: newsTime(told.updatedAt, now, {skew, live: true})};
    this.#receivedAt.set(upload.uploadId, now);
    this.#uploads.set(upload.uploadId, upload);
    if (!previous) this.#forget();
    this.#tell("upload", {upload, previous});
    if (!previous) this.#tellAll();
  }

  /** A page that stays open for weeks keeps no more than it can show: those that ended first go first. */
  #forget() {
    if (this.#uploads.size <= MOST_KEPT) return;
    const ended = [...this.#uploads.values()].filter(hasEnded);
    const [first] = ended.sort((one, other) => (one.updatedAt < other.updatedAt ? -1 : 1));
    if (!first) return;
    this.#uploads.delete(first.uploadId);
    this.#receivedAt.delete(first.uploadId);
  }

  #tellAll() {
    this.#tell("uploads", {uploads: this.uploads, truncated: this.#truncated});
  }

  /**
   * @param {Connection} connection
   * @param {any} page
   */
  #replace(connection, page) {
    const told = Array.isArray(page.uploads) && connection.collect(page);
    if (!told) return;
    const before = this.#uploads;
    const hadData = this.#dataAt > 0;
    const uploads = told.filter((one) => typeof one?.uploadId === "string").map((one) => this.#dated(connection, one));
    const since = [...this.#uploads.values()].filter(
      ({uploadId}) => (this.#receivedAt.get(uploadId) ?? 0) >= connection.askedAt,
    );
    this.#uploads = merge(uploads, since);
    this.#receivedAt = new Map(since.map(({uploadId}) => [uploadId, this.#receivedAt.get(uploadId) ?? 0]));
    this.#truncated = page.truncated === true;
    if (!connection.live) this.#settle(connection);
    this.#tellChanges(before, hadData);
    this.#tellAll();
  }

  /**
   * Returns an upload of a snapshot with the time of its news; what was known already is no news.
   *
   * @param {Connection} connection
   * @param {Upload} upload
   * @returns {Upload}
   */
  #dated({skew}, upload) {
    const known = this.#uploads.get(upload.uploadId);
    if (known && isSameState(upload, known)) return {...upload, newsAt: known.newsAt};
    return {...upload, newsAt: newsTime(upload.updatedAt, this.#now(), {skew, live: false})};
  }

  /**
   * Tells what happened while the page was away. Of an upload that is gone, only that is known: a complete snapshot
   * leaves out what ended more than 15 minutes ago, and what had no news for a day.
   *
   * @param {Map<string, Upload>} before
   * @param {boolean} hadData a first snapshot is no change
   */
  #tellChanges(before, hadData) {
    const uploads = this.#uploads;
    for (const upload of uploads.values()) {
      const previous = before.get(upload.uploadId);
      if (previous ? !isSameState(upload, previous) : hadData) this.#tell("upload", {upload, previous});
    }
    for (const previous of this.#truncated ? [] : before.values()) {
      if (uploads.has(previous.uploadId) || hasEnded(previous)) continue;
      this.#tell("upload", {upload: {...previous, gone: true}, previous});
    }
  }

  /**
   * The connection has what its user must know: it counts from now on.
   *
   * @param {Connection} connection
   */
  #settle(connection) {
    connection.live = true;
    if (connection === this.#next) {
      this.#current?.drop();
      this.#current = connection;
      this.#next = undefined;
    }
    this.#dataAt = connection.heardAt;
    this.#show({state: "live"});
    this.#watch(connection);
  }

  /**
   * Notice by timestamps that nobody is there any more: timers of hidden or sleeping pages come late, or all at once.
   *
   * @param {Connection} connection
   */
  #watch(connection) {
    const now = this.#now();
    // A clock that was put back must not hide a silence.
    connection.heardAt = Math.min(connection.heardAt, now);
    const silent = now - connection.heardAt;
    const unanswered = connection.pingedAt > connection.heardAt;
    if (unanswered && now - connection.pingedAt >= ANSWER_MS) return this.#lose(connection, {reason: "no_answer"});
    if (silent >= QUIET_MS && !unanswered) {
      connection.pingedAt = now;
      connection.send({action: "ping"});
    }
    const next = silent < QUIET_MS ? Math.min(LOOK_MS, QUIET_MS - silent) : ANSWER_MS;
    connection.after(next, () => this.#watch(connection));
  }

  /**
   * @param {Connection} connection
   * @param {any} warning
   */
  #heed(connection, warning) {
    this.#tell("warning", warning);
    if (warning.reason === "idle") {
      connection.idle = true;
      this.#stay(connection);
    }
    if (warning.reason === "token_expiring") this.#refresh(connection);
    if (warning.reason === "max_duration") {
      const closesIn = Date.parse(warning.closesAt) - connection.skew - this.#now() || 0;
      this.#rotate(connection, rotationDelay(closesIn, this.#environment.random()));
    }
  }

  /**
   * Answer an idle warning as soon as somebody looks at the page.
   *
   * @param {Connection} connection
   */
  #stay(connection) {
    if (!connection.idle || !this.#keepAlive || !this.#visible) return;
    connection.idle = false;
    connection.send({action: "keepalive"});
  }

  /** @param {Connection} connection */
  async #refresh(connection) {
    try {
      connection.send({action: "refresh", token: await this.#token("expiring"), id: "refresh"});
    } catch (cause) {
      if (connection.dropped || this.#endIfUnauthorized(cause)) return;
      this.#tellCause(cause);
      this.#refreshLater(connection);
    }
  }

  /**
   * @param {Connection} connection
   * @param {number} [ms]
   */
  #refreshLater(connection, ms = REFRESH_AGAIN_MS) {
    connection.refreshAfter(ms, () => this.#refresh(connection));
  }

  /**
   * @param {Connection} connection
   * @param {number} delay
   */
  #rotate(connection, delay) {
    this.#environment.clearTimeout(this.#rotateTimer);
    this.#rotateTimer = this.#environment.setTimeout(() => {
      if (connection !== this.#current || this.#next) return;
      this.#next = new Connection(this.#environment);
      this.#open(this.#next, "rotate");
    }, delay);
  }

  /**
   * @param {number} wait
   * @param {unknown} [cause]
   */
  #postpone(wait, cause) {
    this.#next = undefined;
    if (cause) this.#tellCause(cause);
    if (this.#current) this.#rotate(this.#current, Math.max(wait, backoff(5, this.#environment.random())));
  }

  /**
   * @param {Connection} connection
   * @param {any} disconnect
   */
  #obey(connection, {code, reason, message, reconnect, retryAfterMs}) {
    if (reconnect || (connection === this.#current && this.#next)) {
      return this.#lose(connection, {code, reason, message, retryAfterMs: Number(retryAfterMs) || 0});
    }
    connection.drop();
    if (connection === this.#next) return (this.#next = undefined);
    this.#idled = code === 4408;
    this.#stop({state: "closed", code, reason, message});
  }

  #seen() {
    if (this.#idled) return this.connect();
    this.#resume();
    if (!this.#current?.live) return;
    this.#stay(this.#current);
    this.#watch(this.#current);
  }

  #offline() {
    this.#offlineAt = this.#now();
    if (this.#current?.live && !LOOPBACK.test(this.#url)) this.#show({state: "reconnecting", reason: "offline"});
  }

  /** What was under way, and what has been silent since the network went, is given up at once. */
  #online() {
    const connection = this.#current;
    if (connection && (!connection.live || (this.#offlineAt && connection.heardAt <= this.#offlineAt))) {
      this.#dropAll();
      this.#show({state: this.#waiting, reason: "offline"});
    }
    this.#offlineAt = 0;
    this.#resume();
  }

  /** An open connection would keep the page out of the back-forward cache. */
  #freeze() {
    this.#frozen = true;
    this.#dropAll();
  }

  #thaw() {
    if (!this.#frozen) return;
    this.#frozen = false;
    if (!this.#wanted) return;
    this.#show({state: this.#waiting});
    this.#resume();
  }
}
