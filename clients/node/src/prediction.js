/** The line that clients draw after an update (docs/protocol.md, "Prediction"). Pure. */

const MAX_PERCENT = 10;
export const SIGN_OF_LIFE_SECONDS = 5;
const LATE_AFTER_SECONDS = 120;
const LATE_FACTOR = 2;
const BOUND_PERCENT = 0.8;
const BOUND_STEPS = 1.5;
const STEP_PERCENT = 0.5;
const STEP_SECONDS = 0.25;
const QUICK_SECONDS = 40;

/** @typedef {import("./recent-steps.js").RecentSteps} RecentSteps */

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
   * Returns true if the distance of `count` is above 0.8 % of the bar and above 1.5 of the largest recent step. Between two
   * steps the count lies up to one step away from a line that is right.
   *
   * @param {number} count
   * @param {number} elapsed seconds
   * @param {number} largestStep
   */
  isLeftBy(count, elapsed, largestStep) {
    return Math.abs(count - this.bytesAfter(elapsed)) > this.#bound(count, largestStep);
  }

  /**
   * Returns true if a flat line is nearer to the count: its steps are large and rare, or it stands still.
   *
   * Large steps are 0.5 % of the bar, and rare ones 0.25 s apart. A quick bar, of less than 40 s, is judged by its largest
   * step, others by the usual one.
   *
   * @param {RecentSteps} steps
   * @param {number} stillSeconds
   */
  isUnpredictable(steps, stillSeconds) {
    const bar = this.#bar(this.count);
    const step = this.bytesPerSecond * QUICK_SECONDS > bar ? steps.largest() : steps.usual();
    const isStepwise = step >= (STEP_PERCENT / 100) * bar && step >= STEP_SECONDS * this.bytesPerSecond;
    return isStepwise || this.standsStill(steps, stillSeconds);
  }

  /**
   * Returns true if more than the bound would have been transferred since the last step.
   *
   * @param {RecentSteps} steps
   * @param {number} stillSeconds
   */
  standsStill(steps, stillSeconds) {
    return stillSeconds * this.bytesPerSecond > this.#bound(this.count, steps.largest());
  }

  /**
   * @param {number} count
   * @param {number} largestStep
   */
  #bound(count, largestStep) {
    return Math.max((BOUND_PERCENT / 100) * this.#bar(count), BOUND_STEPS * largestStep);
  }

  /** @param {number} count */
  #bar(count) {
    return this.total ?? count;
  }
}
