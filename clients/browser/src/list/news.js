/** The age of an upload's last news, and the rules that depend on it. */

import {hasEnded} from "../rules.js";

/** @typedef {import("../types.d.ts").Upload} Upload */

/** Without news for so long, an upload shows neither speed nor time left. */
const QUIET_MS = 30_000;
export const STALLED_SECONDS = 120;

/**
 * Returns the age of an upload's last news, in milliseconds; 0 if its time is not known.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt">} upload
 * @param {number} now epoch milliseconds
 */
export const newsAge = ({newsAt, updatedAt}, now) => Math.max(0, now - (newsAt ?? Date.parse(updatedAt))) || 0;

/**
 * Returns true if an upload has not ended and had no news for 30 s.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt" | "status">} upload
 * @param {number} now epoch milliseconds
 */
export const isQuiet = (upload, now) => !hasEnded(upload) && newsAge(upload, now) >= QUIET_MS;

/**
 * Returns true if an upload is uploading or processing and had no news for too long.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt" | "status">} upload
 * @param {number} now epoch milliseconds
 * @param {number} [afterSeconds]
 */
export const isStalled = (upload, now, afterSeconds = STALLED_SECONDS) =>
  ["uploading", "processing"].includes(upload.status) && newsAge(upload, now) >= afterSeconds * 1000;
