/** The count of bytes, and the size of its recent steps. */

const RECENT_STEPS = 16;

/** A sum that callbacks change; a callback does nothing else. */
export class Tally {
  value = 0;
  #steps = new Float64Array(RECENT_STEPS);
  #next = 0;

  /** @param {number} delta bytes; fewer, if negative */
  add(delta) {
    this.value += delta;
    this.#steps[this.#next] = delta;
    this.#next = (this.#next + 1) % RECENT_STEPS;
  }

  /** Returns the largest number of bytes that one of the last 16 calls added. */
  largestStep() {
    return Math.max(0, ...this.#steps);
  }
}
