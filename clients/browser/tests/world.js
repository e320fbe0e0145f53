/** The world of one test: a real gateway and a clock that moves when it is told to. */

import {once} from "node:events";
import {UploadProgress} from "../upload-progress.js";
import {Gateway} from "./gateway.js";

/** A clock whose timers fire when `pass` brings their time. */
class Clock {
  now = Date.parse("2030-01-01T00:00:00Z");
  #timers = new Map();
  #last = 0;

  setTimeout(run, ms) {
    this.#timers.set(++this.#last, {at: this.now + ms, run});
    return this.#last;
  }

  clearTimeout(timer) {
    this.#timers.delete(timer);
  }

  /** How long until the next timer, in milliseconds. */
  get next() {
    return Math.min(...[...this.#timers.values()].map(({at}) => at - this.now));
  }

  pass(ms) {
    const end = this.now + ms;
    for (let due = this.#due(end); due; due = this.#due(end)) {
      this.#timers.delete(due.timer);
      this.now = Math.max(this.now, due.at);
      due.run();
    }
    this.now = end;
  }

  /** The machine sleeps: time passes, timers stand still. */
  sleep(ms) {
    this.now += ms;
    for (const timer of this.#timers.values()) timer.at += ms;
  }

  #due(end) {
    const all = [...this.#timers].map(([timer, {at, run}]) => ({timer, at, run}));
    return all.filter(({at}) => at <= end).sort((one, other) => one.at - other.at)[0];
  }
}

const isDeno = "Deno" in globalThis;
/** Why a test does not run in Deno, or false. */
export const notInDeno = (/** @type {string} */ reason) => isDeno && reason;

export class World {
  clock = new Clock();
  random = 0.5;
  window = new EventTarget();
  document = Object.assign(new EventTarget(), {visibilityState: "visible"});
  navigator = {onLine: true};
  states = [];
  warnings = [];
  reasons = [];
  token = () => `token-${this.reasons.length}`;

  /** A gateway and a client of it; both end with the test. */
  static async begin(test, {token, ...options} = {}) {
    const world = new World();
    if (token) world.token = token;
    world.gateway = await new Gateway().listen();
    world.progress = world.client(options);
    test.after(async () => {
      world.progress.close();
      await world.gateway.stop();
    });
    return world;
  }

  client({url = this.gateway.url, environment = {}, ...options} = {}) {
    const progress = new UploadProgress({
      url,
      getToken: ({reason}) => {
        this.reasons.push(reason);
        return this.token(reason);
      },
      environment: {...this.environment(), ...environment},
      ...options,
    });
    progress.addEventListener("connection", ({detail}) => this.states.push(detail));
    progress.addEventListener("warning", ({detail}) => this.warnings.push(detail));
    return progress;
  }

  environment() {
    return {
      now: () => this.clock.now,
      random: () => this.random,
      setTimeout: (run, ms) => this.clock.setTimeout(run, ms),
      clearTimeout: (timer) => this.clock.clearTimeout(timer),
      window: this.window,
      document: this.document,
      navigator: this.navigator,
    };
  }

  /** Wait until the client is in this state. */
  async is(state) {
    while (this.progress.connection.state !== state) await once(this.progress, "connection");
    return this.progress.connection;
  }

  /** The next attempt that failed and will be followed by another, each told once. */
  async failed() {
    for (;;) {
      const failed = this.states.find(({retryInMs, taken}) => retryInMs !== undefined && !taken);
      if (failed) return Object.assign(failed, {taken: true});
      await once(this.progress, "connection");
    }
  }

  /** Let this many attempts fail, and the time pass until the attempt after them. */
  async fail(times) {
    for (let attempt = 0; attempt < times; attempt++) this.clock.pass((await this.failed()).retryInMs);
  }

  /** The next event of this type. */
  async next(type) {
    const [event] = await once(this.progress, type);
    return event.detail;
  }

  /** The state in which the client says for the first time why a token or a connection could not be had. */
  async caused() {
    for (;;) {
      const state = this.states.find(({cause}) => cause !== undefined);
      if (state) return state;
      await once(this.progress, "connection");
    }
  }

  /** Wait until a message of this type has been told as a warning. */
  async warned(type) {
    while (!this.warnings.some((one) => one.type === type)) await once(this.progress, "warning");
  }

  /** A connection that is live, with its gateway's end of it. */
  async live(uploads = [], welcome = {}) {
    const peer = await this.gateway.greeted(uploads, welcome);
    await this.is("live");
    return peer;
  }

  /** Time passes on a connection that is not quiet. */
  async pass(peer, ms) {
    for (let left = ms; left > 0; left -= 60_000) {
      this.clock.pass(Math.min(left, 60_000));
      peer.send({type: "ping"});
      await peer.heard("pong");
    }
  }

  hide() {
    this.document.visibilityState = "hidden";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  show() {
    this.document.visibilityState = "visible";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  offline() {
    this.navigator.onLine = false;
    this.window.dispatchEvent(new Event("offline"));
  }

  online() {
    this.navigator.onLine = true;
    this.window.dispatchEvent(new Event("online"));
  }
}

/** Let everything that is on its way over loopback arrive: for what must *not* happen. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

export const inSeconds = (world, seconds) => new Date(world.clock.now + seconds * 1000).toISOString();
