/** @typedef {import("./types.d.ts").Environment} Environment */

/** One timer, which runs once at most. */
export class Timer {
  /** @type {unknown} */ #timer;

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
}
