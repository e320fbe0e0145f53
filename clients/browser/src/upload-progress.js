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

import {Connection} from "./connection.js";
import {Timer} from "./timer.js";
import {backoff, noAnswer, retryDelay, rotationDelay} from "./timing.js";
import {isUnauthorized, requestToken} from "./token.js";
import {hasEnded} from "./rules.js";
import {UploadStore} from "./upload-store.js";

export {hasEnded, latestFirst} from "./rules.js";
export {UnauthorizedError} from "./token.js";

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./types.d.ts").TokenReason} TokenReason */
/** @typedef {import("./types.d.ts").ConnectionState} ConnectionState */
/** @typedef {import("./types.d.ts").Warning} Warning */
/** @typedef {import("./types.d.ts").UploadDetail} UploadDetail */
/** @typedef {import("./types.d.ts").UploadsDetail} UploadsDetail */
/** @typedef {import("./types.d.ts").Events} Events */
/** @typedef {import("./types.d.ts").TypedTarget} TypedTarget */
/** @typedef {import("./types.d.ts").Snapshot} Snapshot */
/** @typedef {import("./types.d.ts").Welcome} Welcome */
/** @typedef {import("./types.d.ts").Environment} Environment */
/** @typedef {import("./types.d.ts").Options} Options */

/** A connection without a message for so long is checked by a ping; during an upload, which reports each 10 s, sooner. */
const QUIET_MS = 100_000;
const UPLOADING_QUIET_MS = 20_000;
/** An upload without news for longer is stalled, and its silence says nothing about the connection. */
const STALLED_MS = 120_000;
const PONG_TIMEOUT_MS = 8_000;
/** Timers stop while the machine sleeps, therefore the clock is checked this often. */
const CHECK_MS = 2_000;
/** A check that is late or early by more shows that the machine has slept or that its clock was set. */
const MAX_LATE_MS = 5_000;
/** A page that becomes visible checks a connection that was silent for so long. */
const MIN_PROBE_MS = 1_000;
/** After a longer silence the machine has slept: the data is old, though the loss is not detected yet. */
const MAX_SILENCE_MS = QUIET_MS + PONG_TIMEOUT_MS + CHECK_MS;
const REFRESH_RETRY_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 20_000;
/** A connection that lasted so long resets the back-off. */
const MIN_STABLE_MS = 5_000;
/** docs/protocol.md: `sync` is answered at most once in 5 s. */
const MIN_SYNC_MS = 5_000;
/** After so many refused handshakes in a row, the next token is requested because of them. */
const REFUSALS = 3;
/** After these codes of `disconnect` the client connects at once: an expired token, a lost row, or the maximum age. */
const IMMEDIATE_CODES = [4401, 4409, 4410];
const CHANGES = /** @type {const} */ (["upload", "uploads", "connection"]);
const LOOPBACK = /\/\/(localhost|127\.|\[::1)/;

/** Returns a random id for this load of the page. It is kept in memory only, because a copied tab needs its own. */
const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** Keeps the uploads of one user up to date while the page is open. */
export class UploadProgress extends /** @type {new () => TypedTarget} */ (/** @type {unknown} */ (EventTarget)) {
  /** @type {string} */ #url;
  /** @type {Options["getToken"]} */ #getToken;
  /** @type {boolean} */ #keepAlive;
  /** @type {Options["whileHidden"]} */ #whileHidden;
  /** @type {Environment} */ #environment;
  #clientId = randomId();
  /** @type {AbortController | undefined} */ #listening;
  /** @type {ConnectionState} */ #state;
  /** @type {Snapshot | undefined} */ #snapshot;
  #store = new UploadStore();
  /** The last `welcome` message: the limits in force. */
  /** @type {Welcome | undefined} */ welcome;
  /** The connection in use, and its successor until the successor's snapshot has arrived. */
  /** @type {Connection | undefined} */ #current;
  /** @type {Connection | undefined} */ #next;
  /** @type {Timer} */ #retry;
  /** @type {Timer} */ #rotation;
  /** @type {TokenReason} */ #reason = "connect";
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
  #logged = new Set();

  /** @param {Options} options */
  constructor({url, getToken, autoConnect = true, keepAlive = true, whileHidden = "slow", environment = {}}) {
    super();
    this.#url = String(url);
    // A page learns at once that the URL is invalid. A server that renders the page has no host for a path.
    if (globalThis.location) this.#address();
    this.#getToken = getToken;
    this.#keepAlive = keepAlive;
    this.#whileHidden = whileHidden;
    this.#wanted = autoConnect;
    const {window, document, navigator} = globalThis;
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
      navigator,
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
    const {uploads, connection} = this;
    if (this.#snapshot?.uploads !== uploads || this.#snapshot.connection !== connection)
      this.#snapshot = {uploads, connection, truncated: this.#store.truncated};
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
    // The options of a listener have a signal, as the controller has.
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
      const check = (/** @type {{detail: any}} */ {detail}) => {
        const end = (detail.uploads ?? [detail.upload]).find(
          (/** @type {Upload | undefined} */ one) =>
            one?.uploadId === uploadId && one.attempt >= attempt && (one.gone || hasEnded(one)),
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
    this.#listening = undefined;
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
  async #open(connection, reason) {
    let failure = "no_token";
    try {
      const token = await this.#token(reason);
      if (connection.dropped) return;
      failure = "constructor";
      this.#url = this.#address();
      connection.check.set(HANDSHAKE_TIMEOUT_MS, () =>
        this.#lose(connection, {cause: noAnswer("server", HANDSHAKE_TIMEOUT_MS)}),
      );
      connection.open(this.#url, token, {
        opened: () => this.#opened(connection),
        heard: (message) => this.#receive(connection, message),
        lost: (cause) => this.#lose(connection, {reason: connection.openedAt ? "network" : "refused", cause}),
      });
    } catch (/** @type {any} */ cause) {
      if (connection.dropped || this.#stopIfUnauthorized(cause)) return;
      if (failure === "constructor" && cause.name === "SecurityError") failure = "csp";
      if (!this.#environment.WebSocket) failure = "unsupported";
      this.#lose(connection, {reason: failure, cause});
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
  #lose(connection, {reason = "network", code, message, cause, retryAfterMs} = {}) {
    connection.drop();
    const {now, random} = this.#environment;
    // Up to half longer than the server asks, because other clients were asked the same.
    const wait = (Number(retryAfterMs) || 0) * (1 + random() / 2);
    if (connection === this.#next) {
      this.#next = undefined;
      if (cause) this.#reportCause(reason, cause);
      if (this.#current) this.#scheduleRotation(this.#current, Math.max(wait, backoff(5, random())));
      return;
    }
    if (connection !== this.#current) return;
    this.#log(reason, cause);
    if (connection.openedAt ? now() - connection.openedAt >= MIN_STABLE_MS : this.#held) this.#failures = 0;
    else if (reason === "refused") this.#refusals++;
    this.#current = this.#next;
    this.#next = undefined;
    const why = {reason, code, message, cause};
    if (!this.#environment.WebSocket) return this.#stop({state: "closed", ...why});
    if (this.#current) return this.#setState({state: "reconnecting", ...why});
    if (code === 4401) this.#reason = "expired";
    this.#notBefore = now() + wait;
    const isImmediate = !this.#failures && !this.#slow && IMMEDIATE_CODES.includes(code ?? 0);
    const delay = Math.max(wait, isImmediate ? 0 : retryDelay(this.#failures, this.#refusals, this.#slow, random()));
    this.#failures++;
    this.#setState({state: this.#waiting, ...why, retryInMs: this.#held ? undefined : Math.round(delay)});
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
    this.#current = this.#next = undefined;
    this.#retry.clear();
    this.#rotation.clear();
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
        this.welcome = message;
        connection.skew =
          Date.parse(message.connectionExpiresAt) - message.maxConnectionSeconds * 1000 - connection.openedAt || 0;
        return;
      case "warning":
        return this.#handleWarning(connection, message);
      case "error":
        this.#dispatch("warning", message);
        if (message.id === "hello") this.#lose(connection, {...message, reason: message.name});
        if (message.id === "refresh" && message.temporary) this.#scheduleRefresh(connection, message.retryAfterMs);
        return;
      case "refreshed":
        return this.#state.cause && this.#setState({state: "live"});
      case "disconnect":
        return this.#handleDisconnect(connection, message);
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
  #replace(connection, page) {
    const snapshot = Array.isArray(page.uploads) && connection.collect(page);
    if (!snapshot) return;
    const isFirst = !this.#dataAt;
    const changes = this.#store.replace(snapshot, Boolean(page.truncated), this.#now(), connection);
    if (!connection.live) this.#makeCurrent(connection);
    // In the first snapshot of a page, an upload that was unknown is no change.
    for (const change of changes) if (!isFirst || change.previous) this.#dispatch("upload", change);
    this.#dispatchAll();
  }

  /**
   * Makes a connection the current one, because its snapshot has arrived.
   *
   * @param {Connection} connection
   */
  #makeCurrent(connection) {
    connection.live = true;
    if (connection !== this.#current) this.#current?.drop();
    this.#current = connection;
    this.#next = undefined;
    this.#dataAt = connection.heardAt;
    this.#setState({state: "live"});
    this.#checkAfter(connection);
  }

  /**
   * Detects a dead connection by timestamps, because timers of hidden or sleeping pages fire late, or all at once.
   *
   * @param {Connection} connection
   */
  #watch(connection) {
    const now = this.#now();
    const isAwaited = connection.pingedAt > 0;
    // A clock that was set back must not hide the silence.
    connection.heardAt = Math.min(connection.heardAt, now);
    const deadline = isAwaited ? connection.pingedAt + PONG_TIMEOUT_MS : connection.heardAt + this.#quietMs(now);
    // Timers of hidden pages are always late.
    const isLate = this.#visible && Math.abs(now - connection.checkAt) > MAX_LATE_MS;
    if (isLate || (now >= deadline && !isAwaited)) this.#probe(connection);
    else if (now < deadline) this.#checkAfter(connection, Math.min(CHECK_MS, deadline - now));
    else this.#lose(connection, {reason: "no_answer", cause: noAnswer("server", PONG_TIMEOUT_MS)});
  }

  /**
   * Sends a ping, whose answer shows within 8 s that the connection lives.
   *
   * @param {Connection} connection
   */
  #probe(connection) {
    connection.pingedAt = this.#now();
    connection.send({action: "ping"});
    this.#checkAfter(connection);
  }

  /**
   * @param {Connection} connection
   * @param {number} [ms]
   */
  #checkAfter(connection, ms = CHECK_MS) {
    connection.checkAt = this.#now() + ms;
    connection.check.set(ms, () => this.#watch(connection));
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
      this.#reportCause("no_token", cause);
      this.#scheduleRefresh(connection);
    }
  }

  /**
   * @param {Connection} connection
   * @param {number} [ms]
   */
  #scheduleRefresh(connection, ms = REFRESH_RETRY_MS) {
    if (connection.dropped) return;
    connection.refresh.set(ms, () => this.#refresh(connection));
  }

  /**
   * @param {Connection} connection
   * @param {number} delay
   */
  #scheduleRotation(connection, delay) {
    this.#rotation.set(delay, () => {
      if (connection !== this.#current || this.#next) return;
      this.#next = new Connection(this.#environment);
      this.#open(this.#next, "rotate");
    });
  }

  /**
   * @param {Connection} connection
   * @param {any} disconnect
   */
  #handleDisconnect(connection, disconnect) {
    if (disconnect.reconnect || (connection === this.#current && this.#next)) return this.#lose(connection, disconnect);
    connection.drop();
    if (connection === this.#next) return (this.#next = undefined);
    const {code, reason, message} = disconnect;
    this.#idled = code === 4408;
    this.#stop({state: "closed", code, reason, message});
  }

  /** Names no time of the next attempt any more, if the page makes none while it is hidden. */
  #onVisibility() {
    if (!this.#visible)
      return this.#held && this.#state.retryInMs && this.#setState({...this.#state, retryInMs: undefined});
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
    const connection = this.#current;
    if (connection && !connection.openedAt && this.#url.startsWith(cause.blockedURI))
      this.#lose(connection, {reason: "csp", cause});
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
}
