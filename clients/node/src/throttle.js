/** The limit of the rate of updates. Pure. */

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
