// Built from clients/browser/src by `npm run build`.
/**
 * The line that the bar of an upload follows between two messages, for applications that draw bars themselves.
 *
 * ```js
 * let drawn;
 * requestAnimationFrame(function draw() {
 *   drawn = predict(progress.uploads[0], drawn, progress.welcome);
 *   bar.value = drawn.percent;
 *   requestAnimationFrame(draw);
 * });
 * ```
 *
 * @module
 */

// src/prediction.js
var MAX_PERCENT_BEFORE_COMPLETED = 99.9;
var MAX_SILENT_INTERVALS = 2;
var count = (value) => (typeof value === "number" && value >= 0 && value < Infinity ? value : void 0);
var newsAge = ({newsAt, updatedAt}, now) => Math.max(0, now - (newsAt ?? Date.parse(updatedAt))) || 0;
function intervalSeconds({startedAt, updatedAt}, welcome) {
  const {predictionSeconds = 5, latePredictionSeconds = 10, latePredictionAfterSeconds = 120} = welcome ?? {};
  const isLate = Date.parse(updatedAt) - Date.parse(startedAt) >= latePredictionAfterSeconds * 1e3;
  return isLate ? latePredictionSeconds : predictionSeconds;
}
function predict(upload, before, welcome, now = Date.now()) {
  const held = before?.attempt === upload.attempt ? before : {bytesUploaded: 0, bytesConfirmed: 0};
  const confirmed = count(upload.bytesUploaded) ?? 0;
  const total = count(upload.bytesTotal) ?? Infinity;
  const interval = intervalSeconds(upload, welcome);
  const elapsed = newsAge(upload, now) / 1e3;
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
        ? Math.min(MAX_PERCENT_BEFORE_COMPLETED, Math.floor((bytesUploaded * 1e3) / total) / 10)
        : (upload.percent ?? null),
    bytesPerSecond: isPacing ? (speed ?? null) : null,
    // The time left reaches 0 only if the message says so.
    etaSeconds: isPacing && left !== void 0 ? Math.ceil(Math.max(Math.min(left, 1), left - predicted)) : null,
    moving: slope > 0 && elapsed < interval && line < Math.min(total, confirmed + max),
  };
}

// src/rules.js
var hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";

// src/news.js
var QUIET_SECONDS = 30;
var ARRIVAL_SECONDS = 1;
var STALLED_SECONDS = 120;
function isQuiet(upload, now, welcome) {
  const isUploading = upload.status === "uploading";
  const after = isUploading
    ? intervalSeconds(upload, welcome) + ARRIVAL_SECONDS
    : upload.stalledAfterSeconds || QUIET_SECONDS;
  return !hasEnded(upload) && newsAge(upload, now) >= after * 1e3;
}
var isMoving = ({status}) => status === "uploading" || status === "processing";
var isStalled = (upload, now, afterSeconds = STALLED_SECONDS) =>
  isMoving(upload) && newsAge(upload, now) >= (upload.stalledAfterSeconds || afterSeconds) * 1e3;
export {isQuiet, isStalled, newsAge, predict};
