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

// src/rules.js
var hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";

// src/upload-progress-react.js
import {predict} from "./upload-progress-prediction.js";
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
  const [, draw] = useReducer((count) => count + 1, 0);
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
