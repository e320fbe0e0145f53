// Built from clients/browser/src by `npm run build`.
/**
 * React hooks that read the uploads of an UploadProgress.
 *
 * ```jsx
 * const {uploads, connection} = useUploads(progress);
 * const upload = useUpload(progress, uploadId);
 * ```
 *
 * @module
 */

// src/upload-progress-react.js
import {useCallback, useSyncExternalStore} from "react";
var MIN_DRAW_MS = 50;
var EMPTY = {uploads: [], connection: {state: "connecting", ageMs: null}, truncated: false};
var useUploads = (progress) => useSyncExternalStore(useSubscribe(progress), progress.getSnapshot, () => EMPTY);
var useUpload = (progress, uploadId) =>
  useSyncExternalStore(
    useSubscribe(progress),
    () => progress.getSnapshot().uploads.find((upload) => upload.uploadId === uploadId),
    () => void 0,
  );
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
export {useUpload, useUploads};
