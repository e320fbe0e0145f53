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

import {useCallback, useEffect, useReducer, useRef, useSyncExternalStore} from "react";
import {hasEnded} from "./rules.js";
import {predict} from "./upload-progress-prediction.js";

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./types.d.ts").DrawnUpload} DrawnUpload */
/** @typedef {import("./types.d.ts").Snapshot} Snapshot */
/** @typedef {Pick<import("./upload-progress.js").UploadProgress, "subscribe" | "getSnapshot">} Source */

/** The time between two drawings of an upload whose bar does not move: its news gets older. */
const AGE_MS = 1000;
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
 * Returns an upload as it is drawn now: its bar moves between two messages. Draws the component again while it moves.
 *
 * @template {Upload | undefined} T
 * @param {Pick<import("./upload-progress.js").UploadProgress, "welcome" | "connection">} progress
 * @param {T} upload
 * @returns {T extends Upload ? DrawnUpload : undefined}
 */
export function usePredicted({welcome, connection}, upload) {
  const [, draw] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const before = useRef(/** @type {DrawnUpload | undefined} */ (undefined));
  // Without a connection no news arrives, so the bar stays where it was.
  const drawn = upload && predict(upload, before.current, connection.state === "live" ? welcome : undefined);
  useEffect(() => {
    before.current = drawn;
    if (!drawn || hasEnded(drawn)) return undefined;
    const timer = setTimeout(draw, drawn.moving ? MIN_DRAW_MS : AGE_MS);
    return () => clearTimeout(timer);
  });
  return /** @type {any} */ (drawn);
}

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
