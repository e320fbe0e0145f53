/** The rules for the states of uploads; docs/protocol.md describes them. */

/** @typedef {import("./types.d.ts").Upload} Upload */

/**
 * Returns true if the state ends its attempt.
 *
 * @param {Pick<Upload, "status">} upload
 */
export const hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";

/**
 * Returns true if an update replaces the stored state.
 *
 * A higher attempt does. Within an attempt that has not ended, a higher rev and any end do. An end that an event of the
 * bucket set also gives way to a higher rev. An end that the sweep set, because there was no news, counts as no end. The
 * server's update replaces a client's report of the attempt, and a report never replaces the server's update. All others
 * are stale, or the stored state again.
 *
 * @param {Pick<Upload, "attempt" | "rev" | "status" | "source"> | undefined} stored
 * @param {Pick<Upload, "attempt" | "rev" | "status" | "source">} update
 * @returns {boolean}
 */
export function accepts(stored, update) {
  if (!stored || update.attempt !== stored.attempt) return !stored || update.attempt > stored.attempt;
  const isOverruled = stored.source === "client";
  if (isOverruled !== (update.source === "client")) return isOverruled;
  const isNewer = update.rev > stored.rev;
  return hasEnded(stored) && stored.source !== "sweep" ? isNewer && "source" in stored : isNewer || hasEnded(update);
}

/**
 * Returns the uploads of a snapshot, with each update of `since` that is newer.
 *
 * @param {Upload[]} snapshot
 * @param {Iterable<Upload>} since the updates that arrived after the snapshot was requested
 * @returns {Map<string, Upload>}
 */
export function merge(snapshot, since) {
  const uploads = new Map(snapshot.map((upload) => [upload.uploadId, upload]));
  for (const upload of since) {
    if (accepts(uploads.get(upload.uploadId), upload)) uploads.set(upload.uploadId, upload);
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
 * order does not depend on the order of arrival. No two uploads of a list have the same id.
 *
 * @param {Pick<Upload, "startedAt" | "uploadId">} first
 * @param {Pick<Upload, "startedAt" | "uploadId">} second
 * @returns {number}
 */
export function latestFirst(first, second) {
  if (first.startedAt !== second.startedAt) return first.startedAt < second.startedAt ? 1 : -1;
  return first.uploadId < second.uploadId ? -1 : 1;
}
