/** The rules for the states of uploads; docs/protocol.md describes them. */

/** @typedef {import("./types.d.ts").Upload} Upload */

/**
 * Returns true if the state ends its attempt.
 *
 * @param {Pick<Upload, "status">} upload
 */
export const hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";

/**
 * Returns `accepted` if an update may replace the stored state, `duplicate` if it is the stored state, else `stale`.
 *
 * A higher attempt is always accepted. Within an attempt that has not ended, a higher rev and any end are accepted. An
 * end that an event of the bucket set also gives way to a higher rev.
 *
 * @param {Pick<Upload, "attempt" | "rev" | "status" | "source"> | undefined} stored
 * @param {Pick<Upload, "attempt" | "rev" | "status">} update
 * @returns {"accepted" | "duplicate" | "stale"}
 */
export function judge(stored, update) {
  if (!stored || update.attempt > stored.attempt) return "accepted";
  if (update.attempt < stored.attempt) return "stale";
  if (update.rev > stored.rev && (!hasEnded(stored) || stored.source === "bucket")) return "accepted";
  if (!hasEnded(stored) && hasEnded(update)) return "accepted";
  return update.rev === stored.rev ? "duplicate" : "stale";
}

/**
 * Returns the uploads of a snapshot, with each update of `since` that is newer.
 *
 * @param {Iterable<Upload>} snapshot
 * @param {Iterable<Upload>} since the updates that arrived after the snapshot was requested
 * @returns {Map<string, Upload>}
 */
export function merge(snapshot, since) {
  const uploads = new Map([...snapshot].map((upload) => [upload.uploadId, upload]));
  for (const upload of since) {
    if (judge(uploads.get(upload.uploadId), upload) === "accepted") uploads.set(upload.uploadId, upload);
  }
  return uploads;
}

/**
 * Returns true if both are the same update of an upload.
 *
 * @param {Upload} first
 * @param {Upload | undefined} second
 */
export const isSameState = (first, second) =>
  first.attempt === second?.attempt && first.rev === second.rev && first.status === second.status;

/**
 * Compares two uploads for a list, latest start first. Uploads that started together are ordered by id, so that their
 * order does not depend on the order of arrival.
 *
 * @param {Pick<Upload, "startedAt" | "uploadId">} first
 * @param {Pick<Upload, "startedAt" | "uploadId">} second
 * @returns {number}
 */
export function latestFirst(first, second) {
  if (first.startedAt !== second.startedAt) return first.startedAt < second.startedAt ? 1 : -1;
  return first.uploadId < second.uploadId ? -1 : Number(first.uploadId > second.uploadId);
}
