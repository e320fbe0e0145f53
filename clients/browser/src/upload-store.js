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
    this.#uploads.set(update.uploadId, update);
    this.#sorted = undefined;
    if (!previous) this.#limit();
    return {upload: update, previous};
  }

  /** Removes the ended upload that started first, if there are more than 200. A page may stay open for weeks. */
  #limit() {
    const first = this.#uploads.size > MAX_UPLOADS && this.uploads.findLast(hasEnded);
    if (first) this.#uploads.delete(first.uploadId);
    this.#sorted = undefined;
  }

  /**
   * Replaces all uploads by a snapshot, except for live updates that arrived after it was requested.
   *
   * @param {Upload[]} snapshot
   * @param {{askedAt: number, now: number, skew: number, truncated: boolean, isFirst: boolean}} context `askedAt`: time of
   *   the request, in epoch milliseconds; `isFirst`: the first snapshot of a page, of which no upload counts as a change
   * @returns {UploadDetail[]} the changes since the last snapshot, in the order of this one
   */
  replace(snapshot, {askedAt, now, skew, truncated, isFirst}) {
    const before = this.#uploads;
    this.#uploads = merge(
      snapshot.filter((upload) => typeof upload?.uploadId === "string").map((upload) => this.#dated(upload, now, skew)),
      [...before.values()].filter((upload) => (this.#receivedAt.get(upload) ?? 0) >= askedAt),
    );
    this.truncated = truncated;
    this.#sorted = undefined;
    const changes = [...this.#uploads.values()]
      .map((upload) => ({upload, previous: before.get(upload.uploadId)}))
      .filter(({upload, previous}) => (previous ? !isSameState(upload, previous) : !isFirst));
    return truncated ? changes : [...changes, ...this.#gone(before)];
  }

  /**
   * Returns an upload of a snapshot with the time of its news. A state that was known before is no news.
   *
   * @param {Upload} upload
   * @param {number} now
   * @param {number} skew
   * @returns {Upload}
   */
  #dated(upload, now, skew) {
    const known = this.#uploads.get(upload.uploadId);
    if (known && isSameState(upload, known)) return {...upload, newsAt: known.newsAt};
    return {...upload, newsAt: newsTime(upload.updatedAt, now, {skew, live: false})};
  }

  /**
   * Returns the uploads that a complete snapshot no longer lists although they had not ended. A snapshot leaves out
   * uploads that ended more than 15 minutes ago and those without news for a day.
   *
   * @param {Map<string, Upload>} before
   * @returns {UploadDetail[]}
   */
  #gone(before) {
    return [...before.values()]
      .filter((previous) => !this.#uploads.has(previous.uploadId) && !hasEnded(previous))
      .map((previous) => ({upload: {...previous, gone: true}, previous}));
  }
}
