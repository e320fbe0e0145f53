/** The line that clients draw after an update (docs/protocol.md, "Prediction"). Pure. */

const MAX_PERCENT = 10;
export const SIGN_OF_LIFE_SECONDS = 5;
const LATE_AFTER_SECONDS = 120;
const LATE_FACTOR = 2;
const BOUND_PERCENT = 1;
const BOUND_STEPS = 1.5;

/**
 * Returns the interval of signs of life in an attempt of `age` seconds: it doubles after two minutes.
 *
 * @param {number} age
 */
export const intervalSeconds = (age, firstSeconds = SIGN_OF_LIFE_SECONDS) =>
  age >= LATE_AFTER_SECONDS ? firstSeconds * LATE_FACTOR : firstSeconds;

/** The line after an update: its bytes and its speed, which clients continue for at most `seconds`. */
export class ProgressLine {
  /** @param {number | null} total */
  constructor(count = 0, total = null, bytesPerSecond = 0, seconds = SIGN_OF_LIFE_SECONDS) {
    this.count = count;
    this.total = total;
    this.bytesPerSecond = bytesPerSecond;
    this.seconds = seconds;
  }

  /**
   * Returns the bytes that clients show: at most 10 % of the bar beyond the update, and never above the total.
   *
   * @param {number} elapsed seconds
   */
  bytesAfter(elapsed) {
    const moved = this.bytesPerSecond * Math.min(Math.max(0, elapsed), this.seconds);
    const line = this.count + Math.min(moved, (MAX_PERCENT / 100) * this.#bar(this.count));
    return this.total === null ? line : Math.min(line, this.total);
  }

  /**
   * Returns true if the distance of `count` is above 1 % of the bar and above 1.5 of the largest recent step. Between two
   * steps the count lies up to one step away from a line that is right.
   *
   * @param {number} count
   * @param {number} elapsed seconds
   * @param {number} largestStep
   */
  isLeftBy(count, elapsed, largestStep) {
    const bound = Math.max((BOUND_PERCENT / 100) * this.#bar(count), BOUND_STEPS * largestStep);
    return Math.abs(count - this.bytesAfter(elapsed)) > bound;
  }

  /** @param {number} count */
  #bar(count) {
    return this.total ?? count;
  }
}
