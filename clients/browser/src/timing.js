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

/** After so many refused handshakes in a row, the delays grow, to ten times at most. */
const MANY_REFUSALS = 20;
/** The shortest delay of a hidden or offline page. With the jitter, and timers that fire once a minute, it is a minute. */
const MIN_SLOW_MS = 15_000;

/**
 * Returns the delay before the next attempt, in milliseconds.
 *
 * @param {number} failures the number of failed attempts before it
 * @param {number} refusals how many of the last handshakes in a row were refused
 * @param {boolean} isSlow the page is hidden or offline
 * @param {number} random from 0 to 1
 */
export function retryDelay(failures, refusals, isSlow, random) {
  const delay = backoff(failures, random) * Math.min(10, 2 ** Math.max(0, refusals - MANY_REFUSALS));
  return isSlow ? Math.max(delay, MIN_SLOW_MS * (1 + random)) : delay;
}

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

/**
 * Returns the error of a peer that did not answer in time.
 *
 * @param {string} peer
 * @param {number} ms
 */
export const noAnswer = (peer, ms) => new Error(`${peer}: no answer for ${ms / 1000} s`);
