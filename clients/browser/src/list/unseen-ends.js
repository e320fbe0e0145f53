/** @typedef {import("../types.d.ts").Upload} Upload */

/** A row counts as seen after it was visible for so long. */
const SEEN_MS = 5000;
const MAX_ENDS = 200;

/** Uploads that ended or are gone. They stay in the list until the user has seen them. */
export class UnseenEnds {
  /** `visibleSince` is a time of `performance.now()`, or infinite while the row is not visible. */
  /** @type {Map<string, {upload: Upload, visibleSince: number}>} */ #ends = new Map();

  /** @param {Upload} upload */
  add(upload) {
    this.#ends.set(upload.uploadId, {upload, visibleSince: Infinity});
    for (const [id] of this.#ends) if (this.#ends.size > MAX_ENDS) this.#ends.delete(id);
  }

  /** @param {string} uploadId */
  remove(uploadId) {
    this.#ends.delete(uploadId);
  }

  clear() {
    this.#ends.clear();
  }

  /** @param {string} uploadId */
  becomeVisible(uploadId) {
    const end = this.#ends.get(uploadId);
    if (end) end.visibleSince = Math.min(end.visibleSince, performance.now());
  }

  /**
   * Forgets that a row was visible, or all rows, unless it was visible long enough.
   *
   * @param {string} [uploadId]
   */
  becomeHidden(uploadId) {
    const now = performance.now();
    for (const [id, end] of this.#ends)
      if (id === (uploadId ?? id) && now - end.visibleSince < SEEN_MS) end.visibleSince = Infinity;
  }

  removeSeen() {
    const now = performance.now();
    for (const [id, {visibleSince}] of this.#ends) if (now - visibleSince >= SEEN_MS) this.#ends.delete(id);
  }

  /** @returns {Upload[]} */
  get uploads() {
    return [...this.#ends.values()].map(({upload}) => upload);
  }
}
