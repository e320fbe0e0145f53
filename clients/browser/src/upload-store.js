import {accepts, hasEnded, isSameState, latestFirst, merge} from "./rules.js";
import {newsTime} from "./timing.js";

/** @typedef {import("./types.d.ts").Upload} Upload */
/** @typedef {import("./types.d.ts").UploadDetail} UploadDetail */

const MAX_UPLOADS = 200;

/** The uploads that a client knows. */
export class UploadStore {
  /** @type {Map<string, Upload>} */ #uploads = new Map();
  /** The times of receipt of the live updates. */
  /** @type {WeakMap<Upload, number>} */ #receivedAt = new WeakMap();
  /** @type {Upload[] | undefined} */ #sorted;
  /** The server knows of more uploads than the last snapshot holds. */
  truncated = false;

  /** All uploads, latest start first. The same array until an upload changes. */
  get uploads() {
    return (this.#sorted ??= [...this.#uploads.values()].sort(latestFirst));
  }

  /**
   * Stores one live update. Returns the change, or undefined if the update is stale or invalid.
   *
   * @param {Upload} update
   * @param {number} now epoch milliseconds
   * @param {number} skew milliseconds by which the server's clock is ahead
   * @returns {UploadDetail | undefined}
   */
  apply(update, now, skew) {
    if (typeof update?.uploadId !== "string") return undefined;
    const previous = this.#uploads.get(update.uploadId);
    if (!accepts(previous, update)) return undefined;
    update.newsAt = newsTime(update.updatedAt, now, {skew, live: true});
    this.#receivedAt.set(update, now);
    // A page may stay open for weeks, so the ended upload that started first is removed.
    if (!previous && this.#uploads.size >= MAX_UPLOADS)
      this.#uploads.delete(this.uploads.findLast(hasEnded)?.uploadId ?? "");
    this.#uploads.set(update.uploadId, update);
    this.#sorted = undefined;
    return {upload: update, previous};
  }

  /**
   * Replaces all uploads by a snapshot, except for live updates that arrived after it was requested.
   *
   * @param {Upload[]} snapshot
   * @param {boolean} truncated
   * @param {number} now epoch milliseconds
   * @param {{askedAt: number, skew: number}} connection `askedAt`: time of the request, in epoch milliseconds
   * @returns {UploadDetail[]} the changes since the last snapshot, in the order of this one
   */
  replace(snapshot, truncated, now, {askedAt, skew}) {
    const before = this.#uploads;
    const known = [...before.values()];
    const dated = (/** @type {Upload} */ upload) => {
      const previous = before.get(upload.uploadId);
      // A state that was known before is no news, and the same object.
      return previous && isSameState(upload, previous) && upload.source === previous.source
        ? previous
        : {...upload, newsAt: newsTime(upload.updatedAt, now, {skew, live: false})};
    };
    const uploads = (this.#uploads = merge(
      snapshot.filter((upload) => typeof upload?.uploadId === "string").map(dated),
      known.filter((upload) => (this.#receivedAt.get(upload) ?? 0) >= askedAt),
    ));
    const changes = [...uploads.values()]
      .map((upload) => ({upload, previous: before.get(upload.uploadId)}))
      .filter(({upload, previous}) => upload !== previous);
    if (changes.length || before.size !== uploads.size || this.truncated !== truncated) this.#sorted = undefined;
    this.truncated = truncated;
    // A complete snapshot leaves out uploads that ended more than 15 minutes ago and those without news for a day.
    const gone = known.filter((previous) => !truncated && !uploads.has(previous.uploadId) && !hasEnded(previous));
    return [...changes, ...gone.map((previous) => ({upload: {...previous, gone: true}, previous}))];
  }
}
