/** Checks of the values of an update; the limits keep a frame under 32 KB. */

import {harmless} from "./warnings.js";

export const MAX_FILE_NAME_CHARS = 1024;
export const MAX_PHASE_CHARS = 64;
export const MAX_CODE_CHARS = 64;
export const MAX_MESSAGE_CHARS = 500;
export const MAX_RESULT_BYTES = 4096;
const MAX_UPLOAD_ID_BYTES = 1024;
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

const USER_ID = /^(?!(?:\.\.?|#pings)$)[^\p{Cc}\p{Cs}]{1,255}$/u;
const CONTROL_OR_SURROGATE = /[\p{Cc}\p{Cs}]/u;

/**
 * Returns `value` if it can be a user id, as tokens hold it, else throws a TypeError.
 *
 * @param {unknown} value
 */
export function userId(value) {
  if (typeof value === "string" && USER_ID.test(value)) return value;
  throw new TypeError(
    "userId must be a string of 1 to 255 characters without control characters, but neither . nor ..",
  );
}

/**
 * Returns `value` if it can name an upload, else throws a TypeError. An object's key in S3 can: it is at most 1024 bytes
 * of UTF-8 (S3 User Guide, "Naming Amazon S3 objects").
 *
 * @param {unknown} value
 */
export function uploadId(value) {
  const isText = typeof value === "string" && value !== "" && !CONTROL_OR_SURROGATE.test(value);
  if (isText && Buffer.byteLength(value) <= MAX_UPLOAD_ID_BYTES) return value;
  throw new TypeError("uploadId must be a string of 1 to 1024 bytes of UTF-8 without control characters");
}

/**
 * Returns `value` if it is one of `allowed`, else throws a TypeError that names the option.
 *
 * @template {string} T
 * @param {string} name
 * @param {T} value
 * @param {T[]} allowed
 */
export function oneOf(name, value, allowed) {
  if (allowed.includes(value)) return value;
  throw new TypeError(`${name} must be ${allowed.map((one) => `"${one}"`).join(" or ")}, not ${String(value)}`);
}

/**
 * Returns `value` if it is a whole number of at least `minimum`, else throws a TypeError that names the option.
 *
 * @param {string} name
 * @param {unknown} value
 * @param {number} minimum
 */
export function integer(name, value, minimum) {
  if (Number.isSafeInteger(value) && Number(value) >= minimum) return Number(value);
  throw new TypeError(`${name} must be an integer of at least ${minimum}, not ${String(value)}`);
}

/**
 * Returns `value` as `check` does; undefined, with a warning, if it is wrong: the report goes without it.
 *
 * @param {(name: string, value: unknown, minimum: number) => number} check
 * @param {string} name
 * @param {unknown} value
 */
export function optional(check, name, value) {
  return isGiven(value) ? harmless(() => check(name, value, 1)) : undefined;
}

/** @param {unknown} value */
export const isGiven = (value) => value !== undefined && value !== null;

/**
 * Returns milliseconds as seconds if they are at least `minimum`, else throws a TypeError.
 *
 * @param {string} name
 * @param {unknown} ms
 * @param {number} minimum
 */
export function seconds(name, ms, minimum) {
  if (typeof ms === "number" && ms >= minimum && ms <= MAX_INTEGER) return ms / 1000;
  throw new TypeError(`${name} must be a number of milliseconds, ${minimum} or more, not ${String(ms)}`);
}

/**
 * Returns a count of bytes as an integer; undefined if it is no number, or more than a number holds exactly.
 *
 * @param {unknown} value
 */
export function whole(value) {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Math.abs(number) <= MAX_INTEGER ? Math.trunc(number) : undefined;
}

/**
 * Returns the size that a client gives; null, for unknown, if it is no number above 0. Clients that do not know the size
 * give 0, -1, null, nothing, or the text "*" (@google-cloud/storage).
 *
 * @param {unknown} value
 */
export function total(value) {
  const number = whole(value);
  return number !== undefined && number > 0 ? number : null;
}

/**
 * Returns `value` as text of at most `limit` characters, cut with an ellipsis.
 *
 * @param {unknown} value
 * @param {number} limit
 */
export function text(value, limit) {
  // A lone surrogate cannot leave in a UTF-8 frame.
  const words = Buffer.from(printed(value)).toString();
  if (words.length <= limit) return words;
  const characters = [...words];
  return characters.length <= limit ? words : `${characters.slice(0, limit - 1).join("")}…`;
}

/**
 * Returns a copy of a JSON object of at most `MAX_RESULT_BYTES`; undefined if it is anything else.
 *
 * @param {unknown} value
 * @returns {Record<string, unknown> | undefined}
 */
export function result(value) {
  try {
    // A lone surrogate cannot leave, either; an escaped backslash stays.
    const json = JSON.stringify(value).replace(/\\(\\|ud[89a-f]..)/g, (found) => (found[1] === "u" ? "\ufffd" : found));
    return json.startsWith("{") && Buffer.byteLength(json) <= MAX_RESULT_BYTES ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function printed(value) {
  try {
    return String(value);
  } catch {
    return typeof value; // no end is lost over its message
  }
}
