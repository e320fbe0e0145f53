// Built from clients/browser/src by `npm run build`.
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

// src/connection.js
var PROTOCOL = "upload-progress.v1";
var Connection = class {
  /** @type {WebSocket | undefined} */
  #webSocket;
  /** @type {unknown} */
  #timer;
  /** @type {unknown} */
  #refreshTimer;
  /** @type {Map<string, Map<number, Upload[]>>} */
  #pages = /* @__PURE__ */ new Map();
  dropped = false;
  /** The snapshot has arrived. */
  live = false;
  /** An idle warning is not answered yet. */
  idle = false;
  /** No handshake was sent, because there was no token or the browser did not allow the connection. */
  untried = false;
  /** Epoch milliseconds of the end of the handshake, the last message, our last ping, and our last snapshot request. */
  openedAt = 0;
  heardAt = 0;
  pingedAt = 0;
  askedAt = 0;
  /** Milliseconds by which the server's clock is ahead of this machine's clock. */
  skew = 0;
  /** @param {Environment} environment */
  constructor(environment) {
    this.environment = environment;
  }
  /**
   * Opens the WebSocket and calls `opened`, `heard` for each message, and `lost`.
   *
   * @param {string} url
   * @param {string} token
   * @param {{opened: () => void, heard: (message: any) => void, lost: () => void}} owner
   */
  open(url, token, {opened, heard, lost}) {
    const webSocket = (this.#webSocket = new this.environment.WebSocket(url, [PROTOCOL, `bearer.${token}`]));
    webSocket.onopen = opened;
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
   * Replaces the timer of this connection.
   *
   * @param {number} ms
   * @param {() => void} run
   */
  after(ms, run) {
    this.environment.clearTimeout(this.#timer);
    this.#timer = this.environment.setTimeout(run, ms);
  }
  /**
   * Replaces the timer that refreshes the token, unless the connection was dropped.
   *
   * @param {number} ms
   * @param {() => void} run
   */
  refreshAfter(ms, run) {
    this.environment.clearTimeout(this.#refreshTimer);
    if (!this.dropped) this.#refreshTimer = this.environment.setTimeout(run, ms);
  }
  /** Removes all listeners and closes. It does not wait for the close handshake, because the peer may be gone. */
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
   * Stores one page of a snapshot. Returns the whole snapshot once all its pages have arrived.
   *
   * @param {{snapshotId: string, page: number, pages: number, uploads: Upload[]}} page
   * @returns {Upload[] | undefined}
   */
  collect({snapshotId, page, pages, uploads}) {
    const collected = this.#pages.get(snapshotId) ?? /* @__PURE__ */ new Map();
    this.#pages.set(snapshotId, collected.set(page, uploads));
    if (collected.size < pages) return void 0;
    this.#pages.clear();
    return [...collected.values()].flat();
  }
};
function parse(data) {
  try {
    const message = JSON.parse(
      /** @type {string} */
      data,
    );
    return message instanceof Object ? message : void 0;
  } catch {
    return void 0;
  }
}

// src/timing.js
var ROTATION_LEAD_MS = 3e4;
var MAX_CLOCK_ERROR_MS = 3e5;
var backoff = (failures, random) => random * Math.min(3e4, 500 * 2 ** failures);
var rotationDelay = (closesInMs, random) => random * Math.max(0, closesInMs - ROTATION_LEAD_MS);
function newsTime(updatedAt, receivedAt, {skew, live}) {
  const updated = Date.parse(updatedAt) - skew;
  return updated < receivedAt - (live ? MAX_CLOCK_ERROR_MS : 0) ? updated : receivedAt;
}

// src/token.js
var TOKEN_TIMEOUT_MS = 2e4;
var INVALID_CHARACTER = /[^!#$%&'*+.^_`|~\dA-Za-z-]/u;
var UnauthorizedError = class extends Error {
  name = "UnauthorizedError";
};
var isUnauthorized = (error) => error instanceof UnauthorizedError || error?.name === "UnauthorizedError";
async function requestToken(getToken, environment) {
  try {
    const returned = getToken();
    const isPromise = returned instanceof Object && "then" in returned;
    return parseToken(isPromise ? await withTimeout(returned, environment) : returned);
  } catch (error) {
    throw error || new Error("getToken failed without a reason");
  }
}
async function withTimeout(promise, {setTimeout: setTimeout2, clearTimeout: clearTimeout2}) {
  let timer;
  try {
    return await new Promise((resolve, reject) => {
      const expire = () => reject(new Error(`getToken returned nothing for ${TOKEN_TIMEOUT_MS / 1e3} s`));
      timer = setTimeout2(expire, TOKEN_TIMEOUT_MS);
      promise.then(resolve, reject);
    });
  } finally {
    clearTimeout2(timer);
  }
}
function parseToken(value) {
  if (value === null) throw new UnauthorizedError("getToken returned null: the user is signed out");
  if (typeof value !== "string") throw new TypeError(`getToken returned no string: ${typeof value}`);
  const token = value.trim();
  const character = INVALID_CHARACTER.exec(token);
  if (token && !character) return token;
  const code = character?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  const why = code ? `U+${code} at ${character?.index} is not allowed in a WebSocket subprotocol` : "it is empty";
  throw new Error(`getToken returned no valid token: ${why}`);
}

// src/rules.js
var hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";
function judge(stored, update) {
  if (!stored || update.attempt > stored.attempt) return "accepted";
  if (update.attempt < stored.attempt) return "stale";
  if (update.rev > stored.rev && (!hasEnded(stored) || stored.source === "bucket")) return "accepted";
  if (!hasEnded(stored) && hasEnded(update)) return "accepted";
  return update.rev === stored.rev ? "duplicate" : "stale";
}
function merge(snapshot, since) {
  const uploads = new Map([...snapshot].map((upload) => [upload.uploadId, upload]));
  for (const upload of since) {
    if (judge(uploads.get(upload.uploadId), upload) === "accepted") uploads.set(upload.uploadId, upload);
  }
  return uploads;
}
var isSameState = (first, second) =>
  first.attempt === second?.attempt && first.rev === second.rev && first.status === second.status;
function latestFirst(first, second) {
  if (first.startedAt !== second.startedAt) return first.startedAt < second.startedAt ? 1 : -1;
  return first.uploadId < second.uploadId ? -1 : Number(first.uploadId > second.uploadId);
}

// src/upload-store.js
var MAX_UPLOADS = 200;
var UploadStore = class {
  /** @type {Map<string, Upload>} */
  #uploads = /* @__PURE__ */ new Map();
  /** @type {Map<string, number>} */
  #receivedAt = /* @__PURE__ */ new Map();
  /** The server knows of more uploads than the last snapshot holds. */
  truncated = false;
  /** All uploads, latest start first. */
  get uploads() {
    return [...this.#uploads.values()].sort(latestFirst);
  }
  /**
   * Stores one live update. Returns the change, or undefined if the update is stale or invalid.
   *
   * @param {Upload} update
   * @param {number} now epoch milliseconds
   * @param {number} skew milliseconds by which the server's clock is ahead
   * @returns {UploadDetail | undefined}
   */
  apply(update, now, skew) {
    if (typeof update?.uploadId !== "string") return void 0;
    const previous = this.#uploads.get(update.uploadId);
    if (judge(previous, update) !== "accepted") return void 0;
    const upload = {...update, newsAt: newsTime(update.updatedAt, now, {skew, live: true})};
    this.#receivedAt.set(upload.uploadId, now);
    this.#uploads.set(upload.uploadId, upload);
    if (!previous) this.#limit();
    return {upload, previous};
  }
  /** Removes the upload that ended first, if there are more than 200. A page may stay open for weeks. */
  #limit() {
    if (this.#uploads.size <= MAX_UPLOADS) return;
    const ended = [...this.#uploads.values()].filter(hasEnded);
    const [first] = ended.sort((one, other) => (one.updatedAt < other.updatedAt ? -1 : 1));
    if (!first) return;
    this.#uploads.delete(first.uploadId);
    this.#receivedAt.delete(first.uploadId);
  }
  /**
   * Replaces all uploads by a snapshot, except for live updates that arrived after it was requested.
   *
   * @param {Upload[]} snapshot
   * @param {{askedAt: number, now: number, skew: number, truncated: boolean, isFirst: boolean}} context `askedAt`: time of
   *   the request, in epoch milliseconds; `isFirst`: the first snapshot of a page, of which no upload counts as a change
   * @returns {UploadDetail[]} the changes since the last snapshot, in the order of this one
   */
  replace(snapshot, {askedAt, now, skew, truncated, isFirst}) {
    const before = this.#uploads;
    const received = snapshot.filter((upload) => typeof upload?.uploadId === "string");
    const since = [...before.values()].filter(({uploadId}) => (this.#receivedAt.get(uploadId) ?? 0) >= askedAt);
    this.#uploads = merge(
      received.map((upload) => this.#dated(upload, now, skew)),
      since,
    );
    this.#receivedAt = new Map(since.map(({uploadId}) => [uploadId, this.#receivedAt.get(uploadId) ?? 0]));
    this.truncated = truncated;
    return [...this.#changed(before, isFirst), ...this.#gone(before)];
  }
  /**
   * Returns an upload of a snapshot with the time of its news. A state that was known before is no news.
   *
   * @param {Upload} upload
   * @param {number} now
   * @param {number} skew
   * @returns {Upload}
   */
  #dated(upload, now, skew) {
    const known = this.#uploads.get(upload.uploadId);
    if (known && isSameState(upload, known)) return {...upload, newsAt: known.newsAt};
    return {...upload, newsAt: newsTime(upload.updatedAt, now, {skew, live: false})};
  }
  /**
   * @param {Map<string, Upload>} before
   * @param {boolean} isFirst
   * @returns {UploadDetail[]}
   */
  #changed(before, isFirst) {
    return [...this.#uploads.values()]
      .map((upload) => ({upload, previous: before.get(upload.uploadId)}))
      .filter(({upload, previous}) => (previous ? !isSameState(upload, previous) : !isFirst));
  }
  /**
   * Returns the uploads that a complete snapshot no longer lists although they had not ended. A snapshot leaves out
   * uploads that ended more than 15 minutes ago and those without news for a day.
   *
   * @param {Map<string, Upload>} before
   * @returns {UploadDetail[]}
   */
  #gone(before) {
    if (this.truncated) return [];
    return [...before.values()]
      .filter((previous) => !this.#uploads.has(previous.uploadId) && !hasEnded(previous))
      .map((previous) => ({upload: {...previous, gone: true}, previous}));
  }
};

// src/upload-progress.js
var QUIET_MS = 1e5;
var PONG_TIMEOUT_MS = 1e4;
var CHECK_MS = 2e4;
var MAX_SILENCE_MS = QUIET_MS + PONG_TIMEOUT_MS + CHECK_MS;
var REFRESH_RETRY_MS = 1e4;
var HANDSHAKE_TIMEOUT_MS = 2e4;
var MIN_STABLE_MS = 5e3;
var MIN_SYNC_MS = 5e3;
var MAX_REFUSALS = 3;
var MAX_LOGGED_CAUSES = 20;
var IMMEDIATE_CODES = [4401, 4409, 4410];
var LOOPBACK = /^wss?:\/\/(localhost|127\.|\[::1\])/;
var randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
var UploadProgress = class
  extends /** @type {new () => TypedTarget} */
  /** @type {unknown} */
  EventTarget
{
  /** @type {string} */
  #url;
  /** @type {Options["getToken"]} */
  #getToken;
  /** @type {boolean} */
  #keepAlive;
  /** @type {Environment} */
  #environment;
  #clientId = randomId();
  /** @type {AbortController | undefined} */
  #listening;
  /** @type {Omit<ConnectionState, "ageMs">} */
  #state = {state: "connecting"};
  #store = new UploadStore();
  /** The connection in use, and its successor until the successor's snapshot has arrived. */
  /** @type {Connection | undefined} */
  #current;
  /** @type {Connection | undefined} */
  #next;
  /** @type {unknown} */
  #retryTimer;
  /** @type {unknown} */
  #rotateTimer;
  /** @type {TokenReason} */
  #reason = "connect";
  /** Connections lost since the last stable one, and handshakes refused in a row. */
  #failures = 0;
  #refusals = 0;
  /** Epoch milliseconds: earliest time of the next attempt, last message while live, loss of the network, last `sync`. */
  #notBefore = 0;
  #dataAt = 0;
  #offlineAt = 0;
  #syncedAt = 0;
  /** A connection is wanted; the last one was closed as idle; the page is in the back-forward cache. */
  #wanted = true;
  #idled = false;
  #frozen = false;
  /** The causes that are in the console already. */
  #logged = /* @__PURE__ */ new Set();
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
  /** All known uploads, latest start first. */
  get uploads() {
    return this.#store.uploads;
  }
  /**
   * The state of the last `connection` event, with the age of the data as of now.
   *
   * @returns {ConnectionState}
   */
  get connection() {
    const silent = this.#now() - this.#dataAt;
    const isFresh = this.#state.state === "live" && silent <= MAX_SILENCE_MS;
    return {...this.#state, ageMs: isFresh ? 0 : this.#dataAt ? silent : null};
  }
  /** Connects after `unauthorized` or `closed`, or at once instead of later. Restarts an attempt in progress. */
  connect() {
    this.#wanted = true;
    this.#idled = this.#frozen = false;
    this.#listen();
    if (this.#current?.live) return;
    this.#dropAll();
    this.#refusals = 0;
    this.#setState({state: this.#waiting});
    this.#connectNow();
  }
  /** Closes the connection until `connect()`. */
  close() {
    this.#listening?.abort();
    this.#listening = void 0;
    this.#stop({state: "closed", reason: "application"});
  }
  /** Requests the whole list again. Returns false without a live connection, or within 5 s of the last request. */
  sync() {
    const now = this.#now();
    if (!this.#current?.live || now - this.#syncedAt < MIN_SYNC_MS) return false;
    this.#current.askedAt = this.#syncedAt = now;
    this.#current.send({action: "sync"});
    return true;
  }
  #listen() {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const {window, document} = this.#environment;
    const options = {signal: this.#listening.signal};
    window?.addEventListener("online", () => this.#onOnline(), options);
    window?.addEventListener("offline", () => this.#onOffline(), options);
    window?.addEventListener("pagehide", () => this.#freeze(), options);
    window?.addEventListener("pageshow", () => this.#thaw(), options);
    document?.addEventListener("visibilitychange", () => this.#visible && this.#onVisible(), options);
  }
  #now() {
    return this.#environment.now();
  }
  get #visible() {
    return this.#environment.document?.visibilityState !== "hidden";
  }
  /** True while no attempt is made: the page is hidden or frozen, or offline and the server on another machine. */
  get #held() {
    const offline = this.#environment.navigator?.onLine === false && !LOOPBACK.test(this.#url);
    return this.#frozen || !this.#visible || offline;
  }
  /** @returns {"connecting" | "reconnecting"} */
  get #waiting() {
    return this.#dataAt ? "reconnecting" : "connecting";
  }
  /** @param {Omit<ConnectionState, "ageMs">} state */
  #setState(state) {
    this.#state = state;
    this.#dispatch("connection", this.connection);
  }
  /**
   * @param {keyof Events} type
   * @param {unknown} detail
   */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
  /**
   * Reports why a token or a successor is missing, while the state of the connection stays the same.
   *
   * @param {unknown} cause
   */
  #dispatchCause(cause) {
    this.#dispatch("connection", {...this.connection, cause});
  }
  #connectNow() {
    this.#environment.clearTimeout(this.#retryTimer);
    const reason = this.#refusals < MAX_REFUSALS ? this.#reason : "refused";
    this.#reason = "reconnect";
    this.#current = new Connection(this.#environment);
    this.#open(this.#current, reason);
  }
  /**
   * @param {Connection} connection
   * @param {TokenReason} reason
   */
  async #open(connection, reason) {
    let failure = "no_token";
    try {
      const token = await this.#token(reason);
      if (connection.dropped) return;
      failure = "network";
      if (reason === "refused") this.#refusals = 0;
      connection.after(HANDSHAKE_TIMEOUT_MS, () => this.#lose(connection));
      connection.open(this.#url, token, {
        opened: () => this.#opened(connection),
        heard: (message) => this.#receive(connection, message),
        lost: () => this.#lose(connection),
      });
    } catch (cause) {
      if (connection.dropped) return;
      connection.untried = true;
      if (!this.#stopIfUnauthorized(cause)) this.#lose(connection, {reason: failure, cause});
    }
  }
  /** @param {TokenReason} reason */
  #token(reason) {
    return requestToken(() => this.#getToken({reason}), this.#environment);
  }
  /**
   * Stops and returns true if the cause says that the user is signed out. Logs any other cause.
   *
   * @param {any} cause
   * @returns {boolean}
   */
  #stopIfUnauthorized(cause) {
    const isSignedOut = isUnauthorized(cause);
    if (isSignedOut) this.#stop({state: "unauthorized", reason: "no_token", cause});
    else this.#log(cause);
    return isSignedOut;
  }
  /**
   * Writes a cause to the console, once.
   *
   * @param {any} cause
   */
  #log(cause) {
    const key = cause?.message ?? cause;
    if (this.#logged.has(key) || this.#logged.size >= MAX_LOGGED_CAUSES) return;
    this.#logged.add(key);
    console.warn("upload-progress retries after", cause);
  }
  /** @param {Connection} connection */
  #opened(connection) {
    connection.openedAt = connection.heardAt = connection.askedAt = this.#now();
    this.#refusals = 0;
    connection.send({action: "hello", clientId: this.#clientId, id: "hello"});
  }
  /**
   * Drops a connection. Its successor takes over, or another attempt is scheduled.
   *
   * @param {Connection} connection
   * @param {{reason?: string, code?: number, message?: string, cause?: unknown, retryAfterMs?: number}} [why]
   */
  #lose(connection, {reason = "network", code, message, cause, retryAfterMs = 0} = {}) {
    connection.drop();
    const {now, random} = this.#environment;
    const wait = retryAfterMs * (1 + random() / 2);
    if (connection === this.#next) return this.#postponeRotation(wait, cause);
    if (connection !== this.#current) return;
    if (connection.openedAt ? now() - connection.openedAt >= MIN_STABLE_MS : this.#held) this.#failures = 0;
    else if (!connection.openedAt && !connection.untried) this.#refusals++;
    this.#current = this.#next;
    this.#next = void 0;
    if (this.#current) return this.#setState({state: "reconnecting", reason, code, message});
    const isImmediate = !this.#failures && IMMEDIATE_CODES.includes(code ?? 0);
    if (code === 4401) this.#reason = "expired";
    this.#notBefore = now() + wait;
    this.#scheduleRetry(isImmediate ? wait : Math.max(wait, backoff(this.#failures, random())), {
      reason,
      code,
      message,
      cause,
    });
  }
  /**
   * @param {number} delay
   * @param {{reason: string, code?: number, message?: string, cause?: unknown}} why
   */
  #scheduleRetry(delay, why) {
    this.#failures++;
    this.#setState({state: this.#waiting, ...why, retryInMs: Math.round(delay)});
    this.#retryTimer = this.#environment.setTimeout(() => this.#tryConnect(), delay);
  }
  /** Connects now, unless a connection exists, none is wanted, the page is held, or the server asked for a delay. */
  #tryConnect() {
    if (!this.#wanted || this.#current || this.#held) return;
    this.#environment.clearTimeout(this.#retryTimer);
    const wait = this.#notBefore - this.#now();
    if (wait > 0) this.#retryTimer = this.#environment.setTimeout(() => this.#tryConnect(), wait);
    else this.#connectNow();
  }
  /** @param {Omit<ConnectionState, "ageMs">} state */
  #stop(state) {
    this.#wanted = false;
    this.#dropAll();
    this.#setState(state);
  }
  #dropAll() {
    this.#current?.drop();
    this.#next?.drop();
    this.#current = this.#next = void 0;
    this.#environment.clearTimeout(this.#retryTimer);
    this.#environment.clearTimeout(this.#rotateTimer);
  }
  /**
   * @param {Connection} connection
   * @param {any} message
   */
  #receive(connection, message) {
    if (connection.live) this.#dataAt = connection.heardAt;
    if (connection.live && this.#state.state !== "live") this.#setState({state: "live"});
    switch (message.type) {
      case "ping":
        return connection.send({action: "pong"});
      case "progress":
      case "status":
        return this.#apply(connection, message.upload);
      case "snapshot":
        return this.#replace(connection, message);
      case "welcome":
        return this.#setSkew(connection, message);
      case "warning":
        return this.#handleWarning(connection, message);
      case "error":
        this.#dispatch("warning", message);
        if (message.id === "hello") this.#lose(connection, {...message, reason: message.name});
        if (message.id === "refresh" && message.temporary) this.#scheduleRefresh(connection, message.retryAfterMs);
        return;
      case "disconnect":
        return this.#handleDisconnect(connection, message);
    }
  }
  /**
   * Sets the skew. Server and client both measure a connection's age from its start, so the difference is the skew.
   *
   * @param {Connection} connection
   * @param {any} welcome
   */
  #setSkew(connection, {connectionExpiresAt, maxConnectionSeconds}) {
    connection.skew = Date.parse(connectionExpiresAt) - maxConnectionSeconds * 1e3 - connection.openedAt || 0;
  }
  /**
   * @param {Connection} connection
   * @param {Upload} update
   */
  #apply({skew}, update) {
    const change = this.#store.apply(update, this.#now(), skew);
    if (!change) return;
    this.#dispatch("upload", change);
    if (!change.previous) this.#dispatchAll();
  }
  #dispatchAll() {
    this.#dispatch("uploads", {uploads: this.uploads, truncated: this.#store.truncated});
  }
  /**
   * @param {Connection} connection
   * @param {any} page
   */
  #replace(connection, page) {
    const snapshot = Array.isArray(page.uploads) && connection.collect(page);
    if (!snapshot) return;
    const {askedAt, skew} = connection;
    const [truncated, isFirst] = [page.truncated === true, this.#dataAt === 0];
    const changes = this.#store.replace(snapshot, {askedAt, now: this.#now(), skew, truncated, isFirst});
    if (!connection.live) this.#makeCurrent(connection);
    for (const change of changes) this.#dispatch("upload", change);
    this.#dispatchAll();
  }
  /**
   * Makes a connection the current one, because its snapshot has arrived.
   *
   * @param {Connection} connection
   */
  #makeCurrent(connection) {
    connection.live = true;
    if (connection === this.#next) {
      this.#current?.drop();
      this.#current = connection;
      this.#next = void 0;
    }
    this.#dataAt = connection.heardAt;
    this.#setState({state: "live"});
    this.#watch(connection);
  }
  /**
   * Detects a dead connection by timestamps, because timers of hidden or sleeping pages fire late, or all at once.
   *
   * @param {Connection} connection
   */
  #watch(connection) {
    const now = this.#now();
    connection.heardAt = Math.min(connection.heardAt, now);
    const silent = now - connection.heardAt;
    const unanswered = connection.pingedAt > connection.heardAt;
    if (unanswered && now - connection.pingedAt >= PONG_TIMEOUT_MS)
      return this.#lose(connection, {reason: "no_answer"});
    if (silent >= QUIET_MS && !unanswered) {
      connection.pingedAt = now;
      connection.send({action: "ping"});
    }
    const next = silent < QUIET_MS ? Math.min(CHECK_MS, QUIET_MS - silent) : PONG_TIMEOUT_MS;
    connection.after(next, () => this.#watch(connection));
  }
  /**
   * @param {Connection} connection
   * @param {any} warning
   */
  #handleWarning(connection, warning) {
    this.#dispatch("warning", warning);
    if (warning.reason === "idle") {
      connection.idle = true;
      this.#keep(connection);
    }
    if (warning.reason === "token_expiring") this.#refresh(connection);
    if (warning.reason === "max_duration") {
      const closesIn = Date.parse(warning.closesAt) - connection.skew - this.#now() || 0;
      this.#scheduleRotation(connection, rotationDelay(closesIn, this.#environment.random()));
    }
  }
  /**
   * Answers an idle warning as soon as the page is visible.
   *
   * @param {Connection} connection
   */
  #keep(connection) {
    if (!connection.idle || !this.#keepAlive || !this.#visible) return;
    connection.idle = false;
    connection.send({action: "keepalive"});
  }
  /** @param {Connection} connection */
  async #refresh(connection) {
    try {
      connection.send({action: "refresh", token: await this.#token("expiring"), id: "refresh"});
    } catch (cause) {
      if (connection.dropped || this.#stopIfUnauthorized(cause)) return;
      this.#dispatchCause(cause);
      this.#scheduleRefresh(connection);
    }
  }
  /**
   * @param {Connection} connection
   * @param {number} [ms]
   */
  #scheduleRefresh(connection, ms = REFRESH_RETRY_MS) {
    connection.refreshAfter(ms, () => this.#refresh(connection));
  }
  /**
   * @param {Connection} connection
   * @param {number} delay
   */
  #scheduleRotation(connection, delay) {
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
  #postponeRotation(wait, cause) {
    this.#next = void 0;
    if (cause) this.#dispatchCause(cause);
    if (this.#current) this.#scheduleRotation(this.#current, Math.max(wait, backoff(5, this.#environment.random())));
  }
  /**
   * @param {Connection} connection
   * @param {any} disconnect
   */
  #handleDisconnect(connection, {code, reason, message, reconnect, retryAfterMs}) {
    if (reconnect || (connection === this.#current && this.#next)) {
      return this.#lose(connection, {code, reason, message, retryAfterMs: Number(retryAfterMs) || 0});
    }
    connection.drop();
    if (connection === this.#next) return (this.#next = void 0);
    this.#idled = code === 4408;
    this.#stop({state: "closed", code, reason, message});
  }
  #onVisible() {
    if (this.#idled) return this.connect();
    this.#tryConnect();
    if (!this.#current?.live) return;
    this.#keep(this.#current);
    this.#watch(this.#current);
  }
  #onOffline() {
    this.#offlineAt = this.#now();
    if (this.#current?.live && !LOOPBACK.test(this.#url)) this.#setState({state: "reconnecting", reason: "offline"});
  }
  /** Gives up an attempt in progress, and a connection that has been silent since the network was lost. */
  #onOnline() {
    const connection = this.#current;
    if (connection && (!connection.live || (this.#offlineAt && connection.heardAt <= this.#offlineAt))) {
      this.#dropAll();
      this.#setState({state: this.#waiting, reason: "offline"});
    }
    this.#offlineAt = 0;
    this.#tryConnect();
  }
  /** Closes the connection, because an open one keeps the page out of the back-forward cache. */
  #freeze() {
    this.#frozen = true;
    this.#dropAll();
  }
  #thaw() {
    if (!this.#frozen) return;
    this.#frozen = false;
    if (!this.#wanted) return;
    this.#setState({state: this.#waiting});
    this.#tryConnect();
  }
};
export {UnauthorizedError, UploadProgress, backoff, hasEnded, judge, latestFirst, merge, newsTime, rotationDelay};
