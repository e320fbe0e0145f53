// Built from clients/browser/src by `npm run build`.
/**
 * React hooks that read the uploads of an UploadProgress.
 *
 * ```jsx
 * const {uploads, connection} = useUploads(progress);
 * const upload = useUpload(progress, uploadId);
 * const drawn = usePredicted(progress, upload);
 * ```
 *
 * @module
 */

// src/upload-progress-react.js
import {useCallback, useEffect, useReducer, useRef, useSyncExternalStore} from "react";

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

// src/upload-progress-react.js
var AGE_MS = 1e3;
var MIN_DRAW_MS = 50;
var EMPTY = {uploads: [], connection: {state: "connecting", ageMs: null}, truncated: false};
var useUploads = (progress) => useSyncExternalStore(useSubscribe(progress), progress.getSnapshot, () => EMPTY);
var useUpload = (progress, uploadId) =>
  useSyncExternalStore(
    useSubscribe(progress),
    () => progress.getSnapshot().uploads.find((upload) => upload.uploadId === uploadId),
    () => void 0,
  );
function usePredicted({welcome, connection}, upload) {
  const [, draw] = useReducer((count2) => count2 + 1, 0);
  const before = useRef(
    /** @type {DrawnUpload | undefined} */
    void 0,
  );
  const drawn = upload && predict(upload, before.current, connection.state === "live" ? welcome : void 0);
  useEffect(() => {
    before.current = drawn;
    if (!drawn || hasEnded(drawn)) return void 0;
    const timer = setTimeout(draw, drawn.moving ? MIN_DRAW_MS : AGE_MS);
    return () => clearTimeout(timer);
  });
  return (
    /** @type {any} */
    drawn
  );
}
function useSubscribe(progress) {
  return useCallback(
    (listener) => {
      let timer = 0;
      const draw = () => {
        timer = 0;
        listener();
      };
      const unsubscribe = progress.subscribe(() => {
        timer ||= setTimeout(draw, MIN_DRAW_MS);
      });
      return () => {
        unsubscribe();
        clearTimeout(timer);
      };
    },
    [progress],
  );
}
export {usePredicted, useUpload, useUploads};
