/** The limits of the rate and of the number of updates. Pure. */

const INTERVAL_SECONDS = 0.5;
const RIDE_ALONG_SECONDS = 0.4;
export const MIN_INTERVAL_SECONDS = 0.1;
const STEP_PERCENT = 1;

/**
 * Returns true if changed progress may be sent, `elapsed` seconds after the upload's last update.
 *
 * It may after 0.5 s, or earlier if it moved by 1 % or more, but never within `minSeconds`. If a call is about to be made
 * anyway (`riding`), uploads that are nearly due join it.
 *
 * @param {number} elapsed
 * @param {number} movedPercent
 */
export function isDue(elapsed, movedPercent, riding = false, minSeconds = MIN_INTERVAL_SECONDS) {
  if (elapsed < minSeconds) return false;
  return elapsed >= (riding ? RIDE_ALONG_SECONDS : INTERVAL_SECONDS) || movedPercent >= STEP_PERCENT;
}

/**
 * The number of updates that the throttle alone would have sent so far, less those sent instead of them.
 *
 * An update that clients could predict is left out, and a correction is sent when it is needed: `left` keeps their number
 * from growing above that of a reporter that predicts nothing.
 */
export class Allowance {
  left = 0;
  #minSeconds;
  /** @type {string | undefined} */
  #shown;
  #sentAt = -Infinity;
  #percent = 0;

  /** @param {number} minSeconds */
  constructor(minSeconds) {
    this.#minSeconds = minSeconds;
  }

  /**
   * Records an update that is sent in any case, such as a change of status.
   *
   * @param {number} seconds
   * @param {[number, number | null]} shown
   * @param {number} percent of the bar
   */
  restart(seconds, shown, percent) {
    this.#shown = String(shown);
    this.#sentAt = seconds;
    this.#percent = percent;
  }

  /**
   * Adds an update if `shown`, at `percent` of the bar, is changed and due.
   *
   * @param {number} seconds
   * @param {[number, number | null]} shown
   * @param {number} percent
   * @param {boolean} riding
   */
  observe(seconds, shown, percent, riding) {
    const hasChanged = String(shown) !== this.#shown;
    if (!hasChanged || !isDue(seconds - this.#sentAt, percent - this.#percent, riding, this.#minSeconds)) return;
    this.restart(seconds, shown, percent);
    this.left += 1;
  }
}
