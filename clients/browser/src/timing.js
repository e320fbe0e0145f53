/** Delays before a new connection, and the time of an upload's last news. */

const ROTATION_LEAD_MS = 30_000;
/** The largest error of a pipeline's clock for which a live update still counts as new. */
const MAX_CLOCK_ERROR_MS = 300_000;

/**
 * Returns the delay before the next attempt, in milliseconds: full jitter, below 0.5 s at first, doubled up to 30 s.
 *
 * @param {number} failures the number of failed attempts before it
 * @param {number} random from 0 to 1
 */
export const backoff = (failures, random) => random * Math.min(30_000, 500 * 2 ** failures);

/**
 * Returns the delay before the successor of an old connection is opened, in milliseconds.
 *
 * The moment is random, because clients that connected together should not rotate together. It is at least 30 s before
 * the server closes the connection.
 *
 * @param {number} closesInMs
 * @param {number} random from 0 to 1
 */
export const rotationDelay = (closesInMs, random) => random * Math.max(0, closesInMs - ROTATION_LEAD_MS);

/**
 * Returns the time of an upload's last news, in epoch milliseconds of this machine's clock.
 *
 * `updatedAt` is a time of the pipeline's clock, which may be wrong. Therefore a live update counts as news of the moment
 * of receipt, unless it is more than five minutes old.
 *
 * @param {string} updatedAt
 * @param {number} receivedAt epoch milliseconds of this machine's clock
 * @param {{skew: number, live: boolean}} context `skew`: milliseconds by which the server's clock is ahead; `live`: true
 *   for a single update, false for a snapshot
 */
export function newsTime(updatedAt, receivedAt, {skew, live}) {
  const updated = Date.parse(updatedAt) - skew;
  return updated < receivedAt - (live ? MAX_CLOCK_ERROR_MS : 0) ? updated : receivedAt;
}
