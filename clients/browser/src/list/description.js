import {formatBytes, formatSeconds, visible} from "./format.js";
import {isQuiet, isStalled} from "../news.js";
import {newsAge} from "../prediction.js";

/** @typedef {import("../types.d.ts").Upload} Upload */
/** @typedef {import("../types.d.ts").PredictionLimits} PredictionLimits */
/** @typedef {typeof import("./texts.js").TEXTS} Texts */

/**
 * Returns the text below the bar of an upload.
 *
 * @param {Upload} upload
 * @param {Texts} texts
 * @param {{stale?: boolean, locale?: string, now?: number, stalledAfterSeconds?: number, welcome?: PredictionLimits}}
 *   context `stale`: speed and time left are no longer known; `now`: epoch milliseconds; `welcome`: the last message
 */
export function describe(upload, texts, {stale, locale, now = Date.now(), stalledAfterSeconds, welcome} = {}) {
  const {status, bytesUploaded, bytesTotal} = upload;
  const message = line(upload.message);
  if (status === "failed") return line(upload.error?.message) || message || texts.unexplained;
  const all = bytesTotal === null ? "" : formatBytes(bytesTotal, locale);
  // Without any count and without a total, "0 byte" would be a claim.
  const some = bytesUploaded || all ? formatBytes(bytesUploaded, locale) : "";
  const sizes = all ? texts.of(some, all) : some;
  if (status === "completed") return join(message, all || some);
  if (upload.gone) return join(sizes, texts.gone);
  if (status === "canceled") return join(message, sizes);
  const phase = phaseOf(upload, texts);
  const stalled = isStalled(upload, now, stalledAfterSeconds);
  const quiet = stalled || isQuiet(upload, now, welcome);
  const moves = status === "uploading";
  return join(
    stalled && texts.stalled,
    phase,
    message || (!phase && !(moves && sizes) && texts[status]),
    moves ? sizes : all,
    quiet && texts.quiet(formatSeconds(newsAge(upload, now) / 1000, locale, Math.floor)),
    ...(moves && !quiet && !stale ? pace(upload, texts, locale) : []),
  );
}

/** @param {unknown[]} parts */
const join = (...parts) => parts.filter(Boolean).join(" · ");

/**
 * Returns a text in one line, with its invisible characters shown.
 *
 * @param {string | null} [text]
 */
const line = (text) => text && visible(text.replace(/\s+/g, " "));

/**
 * Returns the phase of a running upload and how far it is, as far as they are known. The phases that the reporter names
 * by itself, `transfer` and `processing`, say no more than the status.
 *
 * @param {Upload} upload
 * @param {Texts} texts
 */
function phaseOf({status, phase, phasePercent}, texts) {
  const name = phase !== "transfer" && phase !== status && line(phase);
  if (typeof phasePercent !== "number" || !(phasePercent >= 0 && phasePercent <= 100)) return name;
  return `${name || texts[status]} ${Math.floor(phasePercent)}%`;
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
