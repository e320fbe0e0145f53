/** The rules that depend on the age of an upload's last news. */

import {intervalSeconds, newsAge} from "./prediction.js";
import {hasEnded} from "./rules.js";

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./types.d.ts").PredictionLimits} PredictionLimits */

const QUIET_SECONDS = 30;
/** A sign of life may take this time to arrive. */
const ARRIVAL_SECONDS = 1;
export const STALLED_SECONDS = 120;

/**
 * Returns true if news is missing: a sign of life while bytes move, any news for 30 s in other states, or for the
 * time that a phase may be silent. An upload that has ended needs none.
 *
 * @param {Pick<Upload, "newsAt" | "startedAt" | "updatedAt" | "status" | "stalledAfterSeconds">} upload
 * @param {number} now epoch milliseconds
 * @param {PredictionLimits} [welcome] the last `welcome` message, which has the interval of signs of life
 */
export function isQuiet(upload, now, welcome) {
  const isUploading = upload.status === "uploading";
  const after = isUploading
    ? intervalSeconds(upload, welcome) + ARRIVAL_SECONDS
    : upload.stalledAfterSeconds || QUIET_SECONDS;
  return !hasEnded(upload) && newsAge(upload, now) >= after * 1000;
}

/**
 * Returns true if an upload is uploading or processing.
 *
 * @param {Pick<Upload, "status">} upload
 */
export const isMoving = ({status}) => status === "uploading" || status === "processing";

/**
 * Returns true if an upload is uploading or processing and had no news for too long: its own `stalledAfterSeconds`,
 * else `afterSeconds`.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt" | "status" | "stalledAfterSeconds">} upload
 * @param {number} now epoch milliseconds
 * @param {number} [afterSeconds]
 */
export const isStalled = (upload, now, afterSeconds = STALLED_SECONDS) =>
  isMoving(upload) && newsAge(upload, now) >= (upload.stalledAfterSeconds || afterSeconds) * 1000;
