/** Formats times, sizes and names. */

/** @param {number} ms epoch milliseconds */
export function clock(ms) {
  const date = new Date(ms);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const millis = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

/**
 * Returns a duration: `0.8 s` under ten seconds, else `9:05` or `1:02:03`; beyond two days `3 d`.
 *
 * @param {number} ms
 */
export function span(ms) {
  const sign = ms < 0 ? "−" : "";
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 10) return `${sign}${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${sign}${Math.floor(seconds)} s`;
  if (seconds >= 172_800) return `${sign}${Math.floor(seconds / 86_400)} d`;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return h ? `${sign}${h}:${two(m)}:${two(s)}` : `${sign}${m}:${two(s)}`;
}

/** @param {number | undefined} ms the duration of a call */
export function took(ms) {
  if (ms === undefined) return "";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** @param {number | undefined} count */
export function bytes(count) {
  if (count === undefined) return "";
  return count < 1024 ? `${count} B` : `${(count / 1024).toFixed(1)} KB`;
}

/**
 * Returns the start of a connection's id.
 *
 * @param {string | null | undefined} id
 */
export const short = (id) => (id ? id.slice(0, 7) : "");

/**
 * Returns the hue of a name, which is always the same.
 *
 * @param {string} name
 */
export function hue(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) | 0;
  return ((hash % 360) + 360) % 360;
}

const YEAR_MS = 365 * 86_400_000;

/**
 * Returns the time that a number stands for, in epoch milliseconds. A number is a time if it is epoch seconds or
 * milliseconds within three years of now.
 *
 * @param {unknown} value
 * @param {number} now
 * @returns {number | undefined}
 */
export function moment(value, now) {
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  if (Math.abs(value - now) < 3 * YEAR_MS) return value;
  return Math.abs(value * 1000 - now) < 3 * YEAR_MS ? value * 1000 : undefined;
}

/** @param {number} count @param {string} one */
export const counted = (count, one) => `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
