import {formatBytes, formatSeconds} from "./format.js";
import {isQuiet, isStalled, newsAge} from "./news.js";

/** @typedef {import("../types.d.ts").Upload} Upload */
/** @typedef {typeof import("./texts.js").TEXTS} Texts */

/**
 * Returns the text below the bar of an upload.
 *
 * @param {Upload} upload
 * @param {Texts} texts
 * @param {{stale?: boolean, locale?: string, now?: number, stalledAfterSeconds?: number}} context `stale`: speed and
 *   time left are no longer known; `now`: epoch milliseconds
 */
export function describe(upload, texts, {stale = false, locale, now = Date.now(), stalledAfterSeconds} = {}) {
  const {status, bytesUploaded, bytesTotal, message, error} = upload;
  const all = bytesTotal === null ? "" : formatBytes(bytesTotal, locale);
  // Without any count and without a total, "0 byte" would be a claim.
  const some = bytesUploaded || all ? formatBytes(bytesUploaded, locale) : "";
  if (status === "failed") return error?.message || message || texts.unexplained;
  if (status === "completed") return [message, all || some].filter(Boolean).join(" · ");
  const sizes = all ? texts.of(some, all) : some;
  if (upload.gone) return [sizes, texts.gone].filter(Boolean).join(" · ");
  if (status === "canceled") return [message, sizes].filter(Boolean).join(" · ");
  const stalled = isStalled(upload, now, stalledAfterSeconds);
  const quiet = stalled || isQuiet(upload, now);
  /** @type {(string | number | false | null | undefined)[]} */
  const parts = [stalled && texts.stalled];
  if (status === "uploading" && sizes) parts.push(message, sizes);
  else parts.push(message || texts[status], all);
  if (quiet) parts.push(texts.quiet(formatSeconds(newsAge(upload, now) / 1000, locale, Math.floor)));
  else if (status === "uploading" && !stale) parts.push(...pace(upload, texts, locale));
  return parts.filter(Boolean).join(" · ");
}

/**
 * Returns the speed and the time left, if they are known.
 *
 * @param {Upload} upload
 * @param {Texts} texts
 * @param {string} [locale]
 */
function pace({bytesPerSecond, etaSeconds}, texts, locale) {
  return [
    bytesPerSecond && texts.speed(formatBytes(bytesPerSecond, locale)),
    etaSeconds && texts.left(formatSeconds(etaSeconds, locale)),
  ];
}
