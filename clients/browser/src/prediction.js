/** The line of a bar between two messages; docs/protocol.md, "Prediction", describes it. */

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./types.d.ts").DrawnUpload} DrawnUpload */
/** @typedef {import("./types.d.ts").PredictionLimits} PredictionLimits */

const MAX_PERCENT_BEFORE_COMPLETED = 99.9;
const MAX_SILENT_INTERVALS = 2;

/**
 * Returns a finite number that is not negative; undefined for other values.
 *
 * @param {unknown} value
 */
const count = (value) => (typeof value === "number" && value >= 0 && value < Infinity ? value : undefined);

/**
 * Returns the age of an upload's last news, in milliseconds; 0 if its time is not known.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt">} upload
 * @param {number} now epoch milliseconds
 */
export const newsAge = ({newsAt, updatedAt}, now) => Math.max(0, now - (newsAt ?? Date.parse(updatedAt))) || 0;

/**
 * Returns the seconds between two signs of life of an upload. They are more once its attempt is old.
 *
 * @param {Pick<Upload, "startedAt" | "updatedAt">} upload
 * @param {PredictionLimits} [welcome]
 */
export function intervalSeconds({startedAt, updatedAt}, welcome) {
  const {predictionSeconds = 5, latePredictionSeconds = 10, latePredictionAfterSeconds = 120} = welcome ?? {};
  const isLate = Date.parse(updatedAt) - Date.parse(startedAt) >= latePredictionAfterSeconds * 1000;
  return isLate ? latePredictionSeconds : predictionSeconds;
}

/**
 * Returns an upload as it is drawn now.
 *
 * `bytesUploaded` and `percent` follow the line `bytesUploaded + bytesPerSecond * elapsed` and never fall within an
 * attempt. `bytesPerSecond` and `etaSeconds` are null after two intervals without news, and while the count is below its
 * highest value. `moving` is true until the line stops. The line of an unpredictable upload is flat.
 *
 * @param {Upload} upload
 * @param {DrawnUpload} [before] what was drawn last for this upload
 * @param {PredictionLimits} [welcome] the last `welcome` message; without it, the bar stays
 * @param {number} [now] epoch milliseconds
 * @returns {DrawnUpload}
 */
export function predict(upload, before, welcome, now = Date.now()) {
  const held = before?.attempt === upload.attempt ? before : {bytesUploaded: 0, bytesConfirmed: 0};
  const confirmed = count(upload.bytesUploaded) ?? 0;
  const total = count(upload.bytesTotal) ?? Infinity;
  const interval = intervalSeconds(upload, welcome);
  const elapsed = newsAge(upload, now) / 1000;
  const predicted = Math.min(elapsed, interval);
  const isCounting = upload.status === "uploading" && confirmed >= held.bytesConfirmed;
  const isPacing = isCounting && elapsed < MAX_SILENT_INTERVALS * interval;
  const speed = count(upload.bytesPerSecond);
  const left = count(upload.etaSeconds);
  const max = ((welcome?.maxPredictionPercent ?? 0) / 100) * (total < Infinity ? total : confirmed);
  const slope = (isCounting && !upload.unpredictable && speed) || 0;
  const line = confirmed + Math.min(slope * predicted, max);
  const bytesUploaded = Math.floor(Math.min(total, Math.max(line, held.bytesUploaded)));
  return {
    ...upload,
    bytesUploaded,
    bytesConfirmed: Math.max(confirmed, held.bytesConfirmed),
    percent:
      bytesUploaded > confirmed && total < Infinity
        ? Math.min(MAX_PERCENT_BEFORE_COMPLETED, Math.floor((bytesUploaded * 1000) / total) / 10)
        : (upload.percent ?? null),
    bytesPerSecond: isPacing ? (speed ?? null) : null,
    // The time left reaches 0 only if the message says so.
    etaSeconds: isPacing && left !== undefined ? Math.ceil(Math.max(Math.min(left, 1), left - predicted)) : null,
    moving: slope > 0 && elapsed < interval && line < Math.min(total, confirmed + max),
  };
}
