// Built from clients/browser/src by `npm run build`.
/**
 * The script of the SharedWorker that `upload-progress/shared` starts: one client for all tabs of a user.
 *
 * @module
 */

// src/timer.js
var Timer = class {
  /** @type {unknown} */
  #timer;
  /** @param {Environment} environment */
  constructor(environment) {
    this.environment = environment;
  }
  /**
   * Replaces the action that is due.
   *
   * @param {number} ms
   * @param {() => void} run
   */
  set(ms, run) {
    this.clear();
    this.#timer = this.environment.setTimeout(run, ms);
  }
  clear() {
    this.environment.clearTimeout(this.#timer);
  }
};

// src/connection.js
var PROTOCOL = "upload-progress.v1";
var Connection = class {
  /** @type {WebSocket | undefined} */
  #webSocket;
  /** @type {Map<string, Map<number, Upload[]>>} */
  #pages = /* @__PURE__ */ new Map();
  dropped = false;
  /** The snapshot has arrived. */
  live = false;
  /** An idle warning is not answered yet. */
  idle = false;
  /**
   * Epoch milliseconds of the end of the handshake, the last message, our ping (0 after any message), and our
   * last snapshot request.
   */
  openedAt = 0;
  heardAt = 0;
  pingedAt = 0;
  askedAt = 0;
  /** The time of the next check, in epoch milliseconds. */
  checkAt = 0;
  /**
   * Milliseconds by which the server's clock is ahead of this machine's clock. Both measure a connection's age from its
   * start, so the difference is the skew.
   */
  skew = 0;
  /** @param {Environment} environment */
  constructor(environment) {
    this.environment = environment;
    this.check = new Timer(environment);
    this.refresh = new Timer(environment);
  }
  /**
   * Opens the WebSocket and calls `opened`, `heard` for each message, and `lost`.
   *
   * @param {string} url
   * @param {string} token
   * @param {{opened: () => void, heard: (message: any) => void, lost: (cause: unknown) => void}} owner
   */
  open(url, token, {opened, heard, lost}) {
    const webSocket = (this.#webSocket = new this.environment.WebSocket(url, [PROTOCOL, `bearer.${token}`]));
    webSocket.onopen = opened;
    webSocket.onclose = webSocket.onerror = (event) => lost(this.#causeOf(event));
    webSocket.onmessage = ({data}) => {
      this.heardAt = this.environment.now();
      this.pingedAt = 0;
      let message;
      try {
        message = JSON.parse(data);
      } catch {}
      if (message) heard(message);
    };
  }
  /**
   * Returns the cause of an `error` or `close` event. Node's event of an error has one, that of a browser has none.
   *
   * @param {any} event
   */
  #causeOf({error}) {
    return error ?? new Error(this.openedAt ? "connection lost" : "handshake failed");
  }
  /** @param {{action: string, [field: string]: unknown}} message */
  send(message) {
    if (this.#webSocket?.readyState === 1) this.#webSocket.send(JSON.stringify(message));
  }
  /** Removes all listeners and closes. It does not wait for the close handshake, because the peer may be gone. */
  drop() {
    this.dropped = true;
    this.check.clear();
    this.refresh.clear();
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
  collect({snapshotId, page, pages, uploads: uploads2}) {
    const collected = this.#pages.get(snapshotId) ?? /* @__PURE__ */ new Map();
    this.#pages.set(snapshotId, collected.set(page, uploads2));
    if (collected.size < pages) return void 0;
    this.#pages.clear();
    return [...collected.values()].flat();
  }
};

// src/timing.js
var ROTATION_LEAD_MS = 3e4;
var MAX_CLOCK_ERROR_MS = 3e5;
var backoff = (failures, random) => random * Math.min(3e4, 500 * 2 ** failures);
var MANY_REFUSALS = 20;
var MIN_SLOW_MS = 15e3;
function retryDelay(failures, refusals, isSlow, random) {
  const delay = backoff(failures, random) * Math.min(10, 2 ** Math.max(0, refusals - MANY_REFUSALS));
  return isSlow ? Math.max(delay, MIN_SLOW_MS * (1 + random)) : delay;
}
var rotationDelay = (closesInMs, random) => random * Math.max(0, closesInMs - ROTATION_LEAD_MS);
function newsTime(updatedAt, receivedAt, {skew, live}) {
  const updated = Date.parse(updatedAt) - skew;
  return updated < receivedAt - (live ? MAX_CLOCK_ERROR_MS : 0) ? updated : receivedAt;
}
var noAnswer = (peer, ms) => new Error(`${peer}: no answer for ${ms / 1e3} s`);

// src/token.js
var TOKEN_TIMEOUT_MS = 2e4;
var END = /[^!#$%&'*+.^`|~\w-]|$/;
var UnauthorizedError = class extends Error {
  name = "UnauthorizedError";
};
var isUnauthorized = (error) => error instanceof UnauthorizedError || error?.name === "UnauthorizedError";
async function requestToken(getToken, {setTimeout: setTimeout2, clearTimeout: clearTimeout2}) {
  let timer;
  try {
    const timeout = new Promise((_, reject) => {
      timer = setTimeout2(() => reject(noAnswer("getToken", TOKEN_TIMEOUT_MS)), TOKEN_TIMEOUT_MS);
    });
    return parseToken(await Promise.race([getToken(), timeout]));
  } catch (error) {
    throw error || new Error("getToken failed");
  } finally {
    clearTimeout2(timer);
  }
}
function parseToken(value) {
  if (value === null) throw new UnauthorizedError("signed out");
  const token = typeof value === "string" ? value.trim() : "";
  const end = token.search(END);
  if (end && end === token.length) return token;
  throw new Error(`getToken returned no token: ${typeof value}, character ${end}`);
}

// src/rules.js
var hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";
function accepts(stored, update) {
  if (!stored || update.attempt !== stored.attempt) return !stored || update.attempt > stored.attempt;
  const isOverruled = stored.source === "client";
  if (isOverruled !== (update.source === "client")) return isOverruled;
  const isNewer = update.rev > stored.rev;
  return hasEnded(stored) && stored.source !== "sweep" ? isNewer && "source" in stored : isNewer || hasEnded(update);
}
function merge(snapshot, since) {
  const uploads2 = new Map(snapshot.map((upload) => [upload.uploadId, upload]));
  for (const upload of since) {
    if (accepts(uploads2.get(upload.uploadId), upload)) uploads2.set(upload.uploadId, upload);
  }
  return uploads2;
}
var isSameState = (first, second) =>
  first.attempt === second?.attempt && first.rev === second.rev && first.status === second.status;
function latestFirst(first, second) {
  if (first.startedAt !== second.startedAt) return first.startedAt < second.startedAt ? 1 : -1;
  return first.uploadId < second.uploadId ? -1 : 1;
}

// src/upload-store.js
var MAX_UPLOADS = 200;
var UploadStore = class {
  /** @type {Map<string, Upload>} */
  #uploads = /* @__PURE__ */ new Map();
  /** The times of receipt of the live updates. */
  /** @type {WeakMap<Upload, number>} */
  #receivedAt = /* @__PURE__ */ new WeakMap();
  /** @type {Upload[] | undefined} */
  #sorted;
  /** The server knows of more uploads than the last snapshot holds. */
  truncated = false;
  /** All uploads, latest start first. The same array until an upload changes. */
  get uploads() {
    return (this.#sorted ??= [...this.#uploads.values()].sort(latestFirst));
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
    if (!accepts(previous, update)) return void 0;
    update.newsAt = newsTime(update.updatedAt, now, {skew, live: true});
    this.#receivedAt.set(update, now);
    if (!previous && this.#uploads.size >= MAX_UPLOADS)
      this.#uploads.delete(this.uploads.findLast(hasEnded)?.uploadId ?? "");
    this.#uploads.set(update.uploadId, update);
    this.#sorted = void 0;
    return {upload: update, previous};
  }
  /**
   * Replaces all uploads by a snapshot, except for live updates that arrived after it was requested.
   *
   * @param {Upload[]} snapshot
   * @param {boolean} truncated
   * @param {number} now epoch milliseconds
   * @param {{askedAt: number, skew: number}} connection `askedAt`: time of the request, in epoch milliseconds
   * @returns {UploadDetail[]} the changes since the last snapshot, in the order of this one
   */
  replace(snapshot, truncated, now, {askedAt, skew}) {
    const before = this.#uploads;
    const known = [...before.values()];
    const dated = (upload) => {
      const previous = before.get(upload.uploadId);
      return previous && isSameState(upload, previous) && upload.source === previous.source
        ? previous
        : {...upload, newsAt: newsTime(upload.updatedAt, now, {skew, live: false})};
    };
    const uploads2 = (this.#uploads = merge(
      snapshot.filter((upload) => typeof upload?.uploadId === "string").map(dated),
      known.filter((upload) => (this.#receivedAt.get(upload) ?? 0) >= askedAt),
    ));
    const changes = [...uploads2.values()]
      .map((upload) => ({upload, previous: before.get(upload.uploadId)}))
      .filter(({upload, previous}) => upload !== previous);
    if (changes.length || before.size !== uploads2.size || this.truncated !== truncated) this.#sorted = void 0;
    this.truncated = truncated;
    const gone = known.filter((previous) => !truncated && !uploads2.has(previous.uploadId) && !hasEnded(previous));
    return [...changes, ...gone.map((previous) => ({upload: {...previous, gone: true}, previous}))];
  }
};

// src/upload-progress.js
var QUIET_MS = 1e5;
var UPLOADING_QUIET_MS = 2e4;
var STALLED_MS = 12e4;
var PONG_TIMEOUT_MS = 8e3;
var CHECK_MS = 2e3;
var MAX_LATE_MS = 5e3;
var MIN_PROBE_MS = 1e3;
var MAX_SILENCE_MS = QUIET_MS + PONG_TIMEOUT_MS + CHECK_MS;
var REFRESH_RETRY_MS = 1e4;
var HANDSHAKE_TIMEOUT_MS = 2e4;
var MIN_STABLE_MS = 5e3;
var MIN_SYNC_MS = 5e3;
var REFUSALS = 3;
var IMMEDIATE_CODES = [4401, 4409, 4410];
var CHANGES =
  /** @type {const} */
  ["upload", "uploads", "connection"];
var LOOPBACK = /\/\/(localhost|127\.|\[::1)/;
var randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
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
  /** @type {Options["whileHidden"]} */
  #whileHidden;
  /** @type {Environment} */
  #environment;
  #clientId = randomId();
  /** @type {AbortController | undefined} */
  #listening;
  /** @type {ConnectionState} */
  #state;
  /** @type {Snapshot | undefined} */
  #snapshot;
  #store = new UploadStore();
  /** The last `welcome` message: the limits in force. */
  /** @type {Welcome | undefined} */
  welcome;
  /** The connection in use, and its successor until the successor's snapshot has arrived. */
  /** @type {Connection | undefined} */
  #current;
  /** @type {Connection | undefined} */
  #next;
  /** @type {Timer} */
  #retry;
  /** @type {Timer} */
  #rotation;
  /** @type {TokenReason} */
  #reason = "connect";
  /** Connections lost since the last stable one, and handshakes refused in a row. */
  #failures = 0;
  #refusals = 0;
  /** Epoch milliseconds: earliest time of the next attempt, last message while live, last `sync`. */
  #notBefore = 0;
  #dataAt = 0;
  #syncedAt = 0;
  /** A connection is wanted; the last one was closed as idle; the page is in the back-forward cache. */
  #wanted;
  #idled = false;
  #frozen = false;
  /** The kinds of failure that are in the console already. */
  #logged = /* @__PURE__ */ new Set();
  /** @param {Options} options */
  constructor({url, getToken, autoConnect = true, keepAlive = true, whileHidden = "slow", environment = {}}) {
    super();
    this.#url = String(url);
    if (globalThis.location) this.#address();
    this.#getToken = getToken;
    this.#keepAlive = keepAlive;
    this.#whileHidden = whileHidden;
    this.#wanted = autoConnect;
    const {window, document, navigator: navigator2} = globalThis;
    this.#environment = {
      get WebSocket() {
        return globalThis.WebSocket;
      },
      now: () => Date.now(),
      random: () => Math.random(),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(timer),
      window,
      document,
      navigator: navigator2,
      ...environment,
    };
    this.#retry = new Timer(this.#environment);
    this.#rotation = new Timer(this.#environment);
    this.#state = this.#withAge({state: autoConnect ? "connecting" : "closed"});
    queueMicrotask(() => this.#wanted && !this.#current && this.connect());
  }
  /** All known uploads, latest start first. The same array until an upload changes. */
  get uploads() {
    return this.#store.uploads;
  }
  /** The state of the last `connection` event: the same object until the next one. Its `ageMs` is as of now. */
  get connection() {
    return this.#state;
  }
  /** Returns the uploads and the connection: the same object until something changes. */
  getSnapshot = () => {
    const {uploads: uploads2, connection: connection2} = this;
    if (this.#snapshot?.uploads !== uploads2 || this.#snapshot.connection !== connection2)
      this.#snapshot = {uploads: uploads2, connection: connection2, truncated: this.#store.truncated};
    return this.#snapshot;
  };
  /**
   * Calls the listener, without arguments, after each change of the uploads or the connection. Returns a function that
   * ends this.
   *
   * @param {() => void} listener
   * @returns {() => void}
   */
  subscribe = (listener) => {
    const listening = new AbortController();
    for (const type of CHANGES) this.addEventListener(type, () => listener(), listening);
    return () => listening.abort();
  };
  /**
   * Returns a promise of the upload's end, or of its last state with `gone: true` if the server no longer lists it. The
   * upload may be unknown as yet.
   *
   * @param {string} uploadId
   * @param {{attempt?: number, signal?: AbortSignal}} [options] `attempt`: the lowest attempt whose end counts, for a
   *   retry; `signal`: ends the wait, and the promise rejects with its reason
   * @returns {Promise<Upload>}
   */
  ended(uploadId, {attempt = 0, signal} = {}) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const listening = new AbortController();
      const check = ({detail}) => {
        const end = (detail.uploads ?? [detail.upload]).find(
          (one) => one?.uploadId === uploadId && one.attempt >= attempt && (one.gone || hasEnded(one)),
        );
        if (!end) return;
        listening.abort();
        resolve(end);
      };
      for (const type of CHANGES) this.addEventListener(type, check, listening);
      signal?.addEventListener("abort", () => (listening.abort(), reject(signal.reason)), listening);
      check({detail: this});
    });
  }
  /**
   * Connects now, whatever the client waits for. Restarts an attempt in progress. A live connection stays, if the server
   * answers a ping.
   */
  connect() {
    this.#wanted = true;
    this.#idled = this.#frozen = false;
    this.#listen();
    if (this.#current?.live) return this.#probe(this.#current);
    this.#dropAll();
    this.#refusals = this.#failures = 0;
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
  /**
   * Sends a message of the protocol, if there is an open connection.
   *
   * @param {{action: string, [field: string]: unknown}} message
   */
  send(message) {
    this.#current?.send(message);
  }
  #listen() {
    if (this.#listening) return;
    const {window, document} = this.#environment;
    const options = (this.#listening = new AbortController());
    window?.addEventListener("online", () => this.#onOnline(), options);
    window?.addEventListener("offline", () => this.#onOffline(), options);
    window?.addEventListener("pagehide", () => this.#freeze(), options);
    window?.addEventListener("pageshow", () => this.#thaw(), options);
    document?.addEventListener("visibilitychange", () => this.#onVisibility(), options);
    document?.addEventListener("securitypolicyviolation", (event) => this.#onViolation(event), options);
  }
  #now() {
    return this.#environment.now();
  }
  get #visible() {
    return this.#environment.document?.visibilityState !== "hidden";
  }
  /** True while attempts are rare. `onLine` only slows them down, because it is false at times although a network works. */
  get #slow() {
    return !this.#visible || (this.#environment.navigator?.onLine === false && !LOOPBACK.test(this.#url));
  }
  /** True while no attempt is made: the page is frozen, or hidden and the application wants none then. */
  get #held() {
    return this.#frozen || (!this.#visible && this.#whileHidden === "stop");
  }
  /** @returns {"connecting" | "reconnecting"} */
  get #waiting() {
    return this.#dataAt ? "reconnecting" : "connecting";
  }
  /** Returns the URL of the server. Resolved late, because a server that renders the page knows no `location`. */
  #address() {
    return String(new URL(this.#url, globalThis.location?.href)).replace(/^http/, "ws");
  }
  /**
   * @param {Omit<ConnectionState, "ageMs">} state
   * @returns {ConnectionState}
   */
  #withAge(state) {
    const ageMs = () => this.#ageMs;
    return {
      ...state,
      get ageMs() {
        return ageMs();
      },
    };
  }
  get #ageMs() {
    const silent = this.#now() - this.#dataAt;
    const isFresh = this.#state.state === "live" && silent <= MAX_SILENCE_MS;
    return isFresh ? 0 : this.#dataAt ? silent : null;
  }
  /** @param {Omit<ConnectionState, "ageMs">} state */
  #setState(state) {
    this.#state = this.#withAge(state);
    this.#dispatch("connection", this.#state);
  }
  /**
   * @param {keyof Events} type
   * @param {unknown} detail
   */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
  #connectNow() {
    this.#retry.clear();
    const reason = this.#refusals && this.#refusals % REFUSALS === 0 ? "refused" : this.#reason;
    this.#reason = "reconnect";
    this.#current = new Connection(this.#environment);
    this.#open(this.#current, reason);
  }
  /**
   * @param {Connection} connection
   * @param {TokenReason} reason
   */
  async #open(connection2, reason) {
    let failure = "no_token";
    try {
      const token = await this.#token(reason);
      if (connection2.dropped) return;
      failure = "constructor";
      this.#url = this.#address();
      connection2.check.set(HANDSHAKE_TIMEOUT_MS, () =>
        this.#lose(connection2, {cause: noAnswer("server", HANDSHAKE_TIMEOUT_MS)}),
      );
      connection2.open(this.#url, token, {
        opened: () => this.#opened(connection2),
        heard: (message) => this.#receive(connection2, message),
        lost: (cause) => this.#lose(connection2, {reason: connection2.openedAt ? "network" : "refused", cause}),
      });
    } catch (cause) {
      if (connection2.dropped || this.#stopIfUnauthorized(cause)) return;
      if (failure === "constructor" && cause.name === "SecurityError") failure = "csp";
      if (!this.#environment.WebSocket) failure = "unsupported";
      this.#lose(connection2, {reason: failure, cause});
    }
  }
  /** @param {TokenReason} reason */
  #token(reason) {
    return requestToken(() => this.#getToken({reason}), this.#environment);
  }
  /**
   * Stops and returns true if the cause says that the user is signed out.
   *
   * @param {any} cause
   * @returns {boolean}
   */
  #stopIfUnauthorized(cause) {
    if (!isUnauthorized(cause)) return false;
    this.#stop({state: "unauthorized", reason: "no_token", cause});
    return true;
  }
  /**
   * Writes a failure to the console, once for each kind.
   *
   * @param {string | undefined} reason
   * @param {unknown} cause
   */
  #log(reason, cause) {
    if (!cause || this.#logged.has(reason)) return;
    this.#logged.add(reason);
    console.warn(`upload-progress, ${reason}:`, cause);
  }
  /**
   * Reports why a token or a successor is missing, while the connection stays.
   *
   * @param {string} reason
   * @param {unknown} cause
   */
  #reportCause(reason, cause) {
    this.#log(reason, cause);
    this.#setState({...this.#state, reason, cause});
  }
  /** @param {Connection} connection */
  #opened(connection2) {
    connection2.openedAt = connection2.heardAt = connection2.askedAt = this.#now();
    this.#refusals = 0;
    connection2.send({action: "hello", clientId: this.#clientId, id: "hello"});
  }
  /**
   * Drops a connection. Its successor takes over, or another attempt is scheduled.
   *
   * @param {Connection} connection
   * @param {{reason?: string, code?: number, message?: string, cause?: unknown, retryAfterMs?: number}} [why]
   */
  #lose(connection2, {reason = "network", code, message, cause, retryAfterMs} = {}) {
    connection2.drop();
    const {now, random} = this.#environment;
    const wait = (Number(retryAfterMs) || 0) * (1 + random() / 2);
    if (connection2 === this.#next) {
      this.#next = void 0;
      if (cause) this.#reportCause(reason, cause);
      if (this.#current) this.#scheduleRotation(this.#current, Math.max(wait, backoff(5, random())));
      return;
    }
    if (connection2 !== this.#current) return;
    this.#log(reason, cause);
    if (connection2.openedAt ? now() - connection2.openedAt >= MIN_STABLE_MS : this.#held) this.#failures = 0;
    else if (reason === "refused") this.#refusals++;
    this.#current = this.#next;
    this.#next = void 0;
    const why = {reason, code, message, cause};
    if (!this.#environment.WebSocket) return this.#stop({state: "closed", ...why});
    if (this.#current) return this.#setState({state: "reconnecting", ...why});
    if (code === 4401) this.#reason = "expired";
    this.#notBefore = now() + wait;
    const isImmediate = !this.#failures && !this.#slow && IMMEDIATE_CODES.includes(code ?? 0);
    const delay = Math.max(wait, isImmediate ? 0 : retryDelay(this.#failures, this.#refusals, this.#slow, random()));
    this.#failures++;
    this.#setState({state: this.#waiting, ...why, retryInMs: this.#held ? void 0 : Math.round(delay)});
    this.#retry.set(delay, () => this.#tryConnect());
  }
  /** Connects now, unless a connection exists, none is wanted, the page is held, or the server asked for a delay. */
  #tryConnect() {
    if (!this.#wanted || this.#current || this.#held) return;
    const wait = this.#notBefore - this.#now();
    if (wait > 0) this.#retry.set(wait, () => this.#tryConnect());
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
    this.#retry.clear();
    this.#rotation.clear();
  }
  /**
   * @param {Connection} connection
   * @param {any} message
   */
  #receive(connection2, message) {
    if (connection2.live) this.#dataAt = connection2.heardAt;
    if (connection2.live && this.#state.state !== "live") this.#setState({state: "live"});
    switch (message.type) {
      case "ping":
        return connection2.send({action: "pong"});
      case "progress":
      case "status":
        return this.#apply(connection2, message.upload);
      case "snapshot":
        return this.#replace(connection2, message);
      case "welcome":
        this.welcome = message;
        connection2.skew =
          Date.parse(message.connectionExpiresAt) - message.maxConnectionSeconds * 1e3 - connection2.openedAt || 0;
        return;
      case "warning":
        return this.#handleWarning(connection2, message);
      case "error":
        this.#dispatch("warning", message);
        if (message.id === "hello") this.#lose(connection2, {...message, reason: message.name});
        if (message.id === "refresh" && message.temporary) this.#scheduleRefresh(connection2, message.retryAfterMs);
        return;
      case "refreshed":
        return this.#state.cause && this.#setState({state: "live"});
      case "disconnect":
        return this.#handleDisconnect(connection2, message);
    }
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
    this.#dispatch("uploads", this.getSnapshot());
  }
  /**
   * @param {Connection} connection
   * @param {any} page
   */
  #replace(connection2, page) {
    const snapshot = Array.isArray(page.uploads) && connection2.collect(page);
    if (!snapshot) return;
    const isFirst = !this.#dataAt;
    const changes = this.#store.replace(snapshot, Boolean(page.truncated), this.#now(), connection2);
    if (!connection2.live) this.#makeCurrent(connection2);
    for (const change of changes) if (!isFirst || change.previous) this.#dispatch("upload", change);
    this.#dispatchAll();
  }
  /**
   * Makes a connection the current one, because its snapshot has arrived.
   *
   * @param {Connection} connection
   */
  #makeCurrent(connection2) {
    connection2.live = true;
    if (connection2 !== this.#current) this.#current?.drop();
    this.#current = connection2;
    this.#next = void 0;
    this.#dataAt = connection2.heardAt;
    this.#setState({state: "live"});
    this.#checkAfter(connection2);
  }
  /**
   * Detects a dead connection by timestamps, because timers of hidden or sleeping pages fire late, or all at once.
   *
   * @param {Connection} connection
   */
  #watch(connection2) {
    const now = this.#now();
    const isAwaited = connection2.pingedAt > 0;
    connection2.heardAt = Math.min(connection2.heardAt, now);
    const deadline = isAwaited ? connection2.pingedAt + PONG_TIMEOUT_MS : connection2.heardAt + this.#quietMs(now);
    const isLate = this.#visible && Math.abs(now - connection2.checkAt) > MAX_LATE_MS;
    if (isLate || (now >= deadline && !isAwaited)) this.#probe(connection2);
    else if (now < deadline) this.#checkAfter(connection2, Math.min(CHECK_MS, deadline - now));
    else this.#lose(connection2, {reason: "no_answer", cause: noAnswer("server", PONG_TIMEOUT_MS)});
  }
  /**
   * Sends a ping, whose answer shows within 8 s that the connection lives.
   *
   * @param {Connection} connection
   */
  #probe(connection2) {
    connection2.pingedAt = this.#now();
    connection2.send({action: "ping"});
    this.#checkAfter(connection2);
  }
  /**
   * @param {Connection} connection
   * @param {number} [ms]
   */
  #checkAfter(connection2, ms = CHECK_MS) {
    connection2.checkAt = this.#now() + ms;
    connection2.check.set(ms, () => this.#watch(connection2));
  }
  /**
   * Returns the silence after which the connection is checked.
   *
   * @param {number} now
   */
  #quietMs(now) {
    const isUploading = this.uploads.some((one) => !hasEnded(one) && now - (one.newsAt ?? 0) < STALLED_MS);
    return isUploading ? UPLOADING_QUIET_MS : QUIET_MS;
  }
  /**
   * @param {Connection} connection
   * @param {any} warning
   */
  #handleWarning(connection2, warning) {
    this.#dispatch("warning", warning);
    if (warning.reason === "idle") {
      connection2.idle = true;
      this.#keep(connection2);
    }
    if (warning.reason === "token_expiring") this.#refresh(connection2);
    if (warning.reason === "max_duration") {
      const closesIn = Date.parse(warning.closesAt) - connection2.skew - this.#now() || 0;
      this.#scheduleRotation(connection2, rotationDelay(closesIn, this.#environment.random()));
    }
  }
  /**
   * Answers an idle warning as soon as the page is visible.
   *
   * @param {Connection} connection
   */
  #keep(connection2) {
    if (!connection2.idle || !this.#keepAlive || !this.#visible) return;
    connection2.idle = false;
    connection2.send({action: "keepalive"});
  }
  /** @param {Connection} connection */
  async #refresh(connection2) {
    try {
      connection2.send({action: "refresh", token: await this.#token("expiring"), id: "refresh"});
    } catch (cause) {
      if (connection2.dropped || this.#stopIfUnauthorized(cause)) return;
      this.#reportCause("no_token", cause);
      this.#scheduleRefresh(connection2);
    }
  }
  /**
   * @param {Connection} connection
   * @param {number} [ms]
   */
  #scheduleRefresh(connection2, ms = REFRESH_RETRY_MS) {
    if (connection2.dropped) return;
    connection2.refresh.set(ms, () => this.#refresh(connection2));
  }
  /**
   * @param {Connection} connection
   * @param {number} delay
   */
  #scheduleRotation(connection2, delay) {
    this.#rotation.set(delay, () => {
      if (connection2 !== this.#current || this.#next) return;
      this.#next = new Connection(this.#environment);
      this.#open(this.#next, "rotate");
    });
  }
  /**
   * @param {Connection} connection
   * @param {any} disconnect
   */
  #handleDisconnect(connection2, disconnect) {
    if (disconnect.reconnect || (connection2 === this.#current && this.#next))
      return this.#lose(connection2, disconnect);
    connection2.drop();
    if (connection2 === this.#next) return (this.#next = void 0);
    const {code, reason, message} = disconnect;
    this.#idled = code === 4408;
    this.#stop({state: "closed", code, reason, message});
  }
  /** Names no time of the next attempt any more, if the page makes none while it is hidden. */
  #onVisibility() {
    if (!this.#visible)
      return this.#held && this.#state.retryInMs && this.#setState({...this.#state, retryInMs: void 0});
    if (this.#idled) return this.connect();
    this.#failures = 0;
    this.#tryConnect();
    if (!this.#current?.live) return;
    this.#keep(this.#current);
    if (this.#now() - this.#current.heardAt >= MIN_PROBE_MS) this.#probe(this.#current);
  }
  /**
   * Chromium only fires this event where other engines also throw from the constructor.
   *
   * @param {any} cause
   */
  #onViolation(cause) {
    const connection2 = this.#current;
    if (connection2 && !connection2.openedAt && this.#url.startsWith(cause.blockedURI))
      this.#lose(connection2, {reason: "csp", cause});
  }
  /** Checks the connection, because it may outlive the network that the browser speaks of. */
  #onOffline() {
    if (!this.#current?.live) return;
    this.#setState({state: "reconnecting", reason: "offline"});
    this.#probe(this.#current);
  }
  /** Gives up an attempt in progress, and a connection that has been silent since the network was lost. */
  #onOnline() {
    if (this.#current && this.#state.state !== "live") {
      this.#dropAll();
      this.#setState({state: this.#waiting, reason: "offline"});
    }
    this.#failures = 0;
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

// src/worker/one-user.js
var FORBIDDEN = {
  type: "disconnect",
  code: 4403,
  reason: "forbidden",
  message: "getToken returned the token of another user.",
  reconnect: false,
};
function forOneUser(WebSocketClass) {
  let known;
  return class extends WebSocketClass {
    /**
     * @param {string} url
     * @param {string[]} protocols
     */
    constructor(url, protocols) {
      super(url, protocols);
      const checked = new AbortController();
      const check = (event) => {
        const {type, channel = known} = parse(event.data);
        if (type === "welcome") checked.abort();
        known ??= channel;
        if (channel === known) return;
        event.stopImmediatePropagation();
        this.onmessage?.(new MessageEvent("message", {data: JSON.stringify(FORBIDDEN)}));
      };
      this.addEventListener("message", check, checked);
    }
  };
}
function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// src/worker/tabs.js
var ANSWER_TIMEOUT_MS = 5e3;
var TOKEN_TIMEOUT_MS2 = 2e4;
var Tabs = class {
  /** The tabs, in the order of their arrival. */
  /** @type {Set<Tab>} */
  #tabs = /* @__PURE__ */ new Set();
  /** @type {Map<number, {resolve: (token: any) => void, reject: (error: unknown) => void}>} */
  #asks = /* @__PURE__ */ new Map();
  #lastAsk = 0;
  get isEmpty() {
    return this.#tabs.size === 0;
  }
  /** True if one of the tabs is visible. */
  get isVisible() {
    return [...this.#tabs].some(({visible}) => visible);
  }
  /** @param {Tab} tab */
  add(tab) {
    this.#tabs.add(tab);
    return tab.left.then(() => this.#tabs.delete(tab));
  }
  /** @param {object} message */
  post(message) {
    for (const {port} of this.#tabs) port.postMessage(message);
  }
  /**
   * Returns a token from one of the tabs. Asks visible tabs first, and the next one if a tab has gone or is silent.
   *
   * @param {{reason: TokenReason}} why
   * @returns {Promise<string | null>}
   * @throws the error of the tab's `getToken`
   */
  async requestToken(why) {
    const ask = ++this.#lastAsk;
    const answer = new Promise((resolve, reject) => this.#asks.set(ask, {resolve, reject}));
    const asked = /* @__PURE__ */ new Set();
    try {
      for (let tab = this.#next(asked); tab; tab = this.#next(asked)) {
        asked.add(tab);
        tab.port.postMessage({ask, detail: why});
        const token = await Promise.race([answer, tab.left, silence(ANSWER_TIMEOUT_MS)]);
        if (token !== void 0) return token;
      }
      return await Promise.race([answer, silence(TOKEN_TIMEOUT_MS2)]);
    } finally {
      this.#asks.delete(ask);
    }
  }
  /**
   * @param {number} ask
   * @param {unknown} token
   * @param {Error} [error]
   */
  answer(ask, token = "", error) {
    const {resolve, reject} = this.#asks.get(ask) ?? {};
    if (error) reject?.(error);
    else resolve?.(token);
  }
  /** @param {Set<Tab>} asked */
  #next(asked) {
    const others = [...this.#tabs].filter((tab) => !asked.has(tab));
    return others.findLast(({visible}) => visible) ?? others.at(-1);
  }
};
var silence = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// src/upload-progress-worker.js
var BATCH_MS = 100;
var tabs = new Tabs();
var scope =
  /** @type {any} */
  Object.assign(globalThis, {visibilityState: "hidden"});
var progress = new UploadProgress({
  ...JSON.parse(scope.name),
  getToken: (why) => tabs.requestToken(why),
  autoConnect: false,
  environment: {window: scope, document: scope, WebSocket: forOneUser(WebSocket)},
});
var lock = crypto.randomUUID();
var locked = new Promise((resolve) => navigator.locks.request(lock, () => new Promise(() => resolve(lock))));
var warn = console.warn;
console.warn = (text, cause) => {
  warn(text, cause);
  tabs.post({log: [text, asError(cause)]});
};
var changed = [];
progress.addEventListener("upload", ({detail: {upload}}) => {
  if (!changed.length) setTimeout(flush, BATCH_MS);
  changed = changed.filter((one) => !isProgress(one, upload));
  changed.push(upload);
});
progress.addEventListener("uploads", () => post(uploads()));
progress.addEventListener("connection", () => post(connection()));
progress.addEventListener("warning", ({detail}) => post({type: "warning", detail}));
scope.onconnect = ({ports: [port]}) => {
  if (port) port.onmessage = ({data}) => join(port, data);
};
async function join(port, {lock: held, visible}) {
  const tab = {port, visible, left: navigator.locks.request(held, () => {})};
  port.onmessage = ({data}) => receive(tab, data);
  await locked;
  flush();
  tabs.add(tab).then(showVisibility);
  showVisibility();
  const {state, retryInMs} = progress.connection;
  port.postMessage({lock});
  if (state === "closed" || state === "unauthorized" || retryInMs !== void 0) progress.connect();
  else port.postMessage(connection());
  if (progress.connection.ageMs !== null) port.postMessage(uploads());
}
function receive(tab, {ask, token, error, visible = tab.visible, connect, sync}) {
  if (ask) tabs.answer(ask, token, error);
  if (connect) progress.connect();
  if (sync) progress.sync();
  if (visible === tab.visible) return;
  tab.visible = visible;
  showVisibility();
}
function showVisibility() {
  scope.visibilityState = tabs.isVisible ? "visible" : "hidden";
  scope.dispatchEvent(new Event("visibilitychange"));
  if (tabs.isEmpty) progress.close();
}
function flush() {
  if (changed.length) tabs.post({type: "upload", detail: changed});
  changed = [];
}
function post(message) {
  flush();
  tabs.post(message);
}
var isProgress = (first, second) =>
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
var asError = (cause) => (!cause || cause instanceof Error ? cause : new Error(cause.type));
