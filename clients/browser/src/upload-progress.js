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
import {backoff, rotationDelay} from "./timing.js";
import {isUnauthorized, requestToken} from "./token.js";
import {UploadStore} from "./upload-store.js";

export {hasEnded, judge, latestFirst, merge} from "./rules.js";
export {backoff, newsTime, rotationDelay} from "./timing.js";
export {UnauthorizedError} from "./token.js";

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./types.d.ts").TokenReason} TokenReason */
/** @typedef {import("./types.d.ts").ConnectionState} ConnectionState */
/** @typedef {import("./types.d.ts").Warning} Warning */
/** @typedef {import("./types.d.ts").UploadDetail} UploadDetail */
/** @typedef {import("./types.d.ts").UploadsDetail} UploadsDetail */
/** @typedef {import("./types.d.ts").Events} Events */
/** @typedef {import("./types.d.ts").TypedTarget} TypedTarget */
/** @typedef {import("./types.d.ts").Environment} Environment */
/** @typedef {import("./types.d.ts").Options} Options */

/** A connection without a message for so long is checked by a ping. */
const QUIET_MS = 100_000;
const PONG_TIMEOUT_MS = 10_000;
/** Timers stop while the machine sleeps, therefore the clock is checked this often. */
const CHECK_MS = 20_000;
/** After a longer silence the machine has slept: the data is old, though the loss is not detected yet. */
const MAX_SILENCE_MS = QUIET_MS + PONG_TIMEOUT_MS + CHECK_MS;
const REFRESH_RETRY_MS = 10_000;
const HANDSHAKE_TIMEOUT_MS = 20_000;
/** A connection that lasted so long resets the back-off. */
const MIN_STABLE_MS = 5_000;
/** docs/protocol.md: `sync` is answered at most once in 5 s. */
const MIN_SYNC_MS = 5_000;
const MAX_REFUSALS = 3;
const MAX_LOGGED_CAUSES = 20;
/** After these codes of `disconnect` the client connects at once: an expired token, a lost row, or the maximum age. */
const IMMEDIATE_CODES = [4401, 4409, 4410];
const LOOPBACK = /^wss?:\/\/(localhost|127\.|\[::1\])/;

/** Returns a random id for this load of the page. It is kept in memory only, because a copied tab needs its own. */
const randomId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Keeps the uploads of one user up to date while the page is open. */
export class UploadProgress extends /** @type {new () => TypedTarget} */ (/** @type {unknown} */ (EventTarget)) {
  /** @type {string} */ #url;
  /** @type {Options["getToken"]} */ #getToken;
  /** @type {boolean} */ #keepAlive;
  /** @type {Environment} */ #environment;
  #clientId = randomId();
  /** @type {AbortController | undefined} */ #listening;
  /** @type {Omit<ConnectionState, "ageMs">} */ #state = {state: "connecting"};
  #store = new UploadStore();
  /** The connection in use, and its successor until the successor's snapshot has arrived. */
  /** @type {Connection | undefined} */ #current;
  /** @type {Connection | undefined} */ #next;
  /** @type {unknown} */ #retryTimer;
  /** @type {unknown} */ #rotateTimer;
  /** @type {TokenReason} */ #reason = "connect";
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
  #logged = new Set();

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
    // Up to half longer than the server asks, because other clients were asked the same.
    const wait = retryAfterMs * (1 + random() / 2);
    if (connection === this.#next) return this.#postponeRotation(wait, cause);
    if (connection !== this.#current) return;
    if (connection.openedAt ? now() - connection.openedAt >= MIN_STABLE_MS : this.#held) this.#failures = 0;
    else if (!connection.openedAt && !connection.untried) this.#refusals++;
    this.#current = this.#next;
    this.#next = undefined;
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
    this.#current = this.#next = undefined;
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
    connection.skew = Date.parse(connectionExpiresAt) - maxConnectionSeconds * 1000 - connection.openedAt || 0;
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
      this.#next = undefined;
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
    // A clock that was set back must not hide the silence.
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
    this.#next = undefined;
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
    if (connection === this.#next) return (this.#next = undefined);
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
}
