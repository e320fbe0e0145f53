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

import {useCallback, useSyncExternalStore} from "react";

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./types.d.ts").Snapshot} Snapshot */
/** @typedef {Pick<import("./upload-progress.js").UploadProgress, "subscribe" | "getSnapshot">} Source */

/** Changes that come together are drawn together, because a component is slower than a message. */
const MIN_DRAW_MS = 50;

/** What a server renders, and a page draws before it has data of its own. */
/** @type {Snapshot} */
const EMPTY = {uploads: [], connection: {state: "connecting", ageMs: null}, truncated: false};

/**
 * Returns the uploads, latest start first, and the connection.
 *
 * @param {Source} progress
 * @returns {Snapshot}
 */
export const useUploads = (progress) => useSyncExternalStore(useSubscribe(progress), progress.getSnapshot, () => EMPTY);

/**
 * Returns one upload, or undefined while it is unknown. Only a change of this upload draws the component again.
 *
 * @param {Source} progress
 * @param {string} uploadId
 * @returns {Upload | undefined}
 */
export const useUpload = (progress, uploadId) =>
  useSyncExternalStore(
    useSubscribe(progress),
    () => progress.getSnapshot().uploads.find((upload) => upload.uploadId === uploadId),
    () => undefined,
  );

/**
 * Returns a function that subscribes a listener to the changes, at most twenty times a second.
 *
 * @param {Source} progress
 */
function useSubscribe(progress) {
  return useCallback(
    (/** @type {() => void} */ listener) => {
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
