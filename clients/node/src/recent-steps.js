/** The sizes of the last steps of a count. Pure. */

const RECENT_STEPS = 16;

/** The last 16 steps by which the count rose, in bytes, as the sender saw them. */
export class RecentSteps {
  /** @type {number[]} */
  #sizes = [];

  /**
   * Records a step; a step back is none.
   *
   * @param {number} size
   */
  add(size) {
    if (size > 0) this.#sizes = [...this.#sizes, size].slice(-RECENT_STEPS);
  }

  /** Returns the largest step; 0 before the first. */
  largest() {
    return Math.max(0, ...this.#sizes);
  }

  /** Returns the median of the steps; 0 before the first. */
  usual() {
    return this.#sizes.toSorted((one, other) => one - other)[Math.floor(this.#sizes.length / 2)] ?? 0;
  }
}
