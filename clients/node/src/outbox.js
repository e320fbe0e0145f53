/** The updates that wait to be sent: bounded, in order, the newest state of each upload. */

/**
 * One waiting update, its place in the line, and since when sending it fails (monotonic seconds).
 *
 * @typedef {import("./types.d.ts").Update} Update
 * @typedef {{number: number, update: Update, failingSince?: number}} Entry
 */

const ENDED = new Set(["completed", "failed", "canceled"]);

/** @param {Entry} entry */
const isEnd = ({update}) => ENDED.has(update.status);

/**
 * A queue in order of arrival.
 *
 * Progress replaces waiting progress of the same status and keeps its place. Above `limit` entries, the oldest state that
 * a newer one of its upload has replaced is dropped, else the oldest running state (that upload sends more), else the
 * oldest end. `dropped` counts the lost.
 */
export class Outbox {
  dropped = 0;
  #limit;
  #numbers = 0;
  /** @type {Map<number, Entry>} */
  #entries = new Map();
  /** @type {Map<number, Entry>} */
  #running = new Map();
  /** @type {Map<number, Entry>} */
  #ends = new Map();
  /** @type {Map<number, Entry>} */
  #overtaken = new Map();
  /** @type {Map<string, Entry[]>} */
  #lines = new Map();

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  get size() {
    return this.#entries.size;
  }

  /** The highest number given so far; a flush waits until none up to it is left. */
  get lastNumber() {
    return this.#numbers;
  }

  /** The lowest number that waits; undefined if nothing does. */
  get firstNumber() {
    return this.#entries.keys().next().value;
  }

  /** @param {string} key */
  has(key) {
    return this.#lines.has(key);
  }

  /** @param {Update} update */
  put(update) {
    const line = this.#lineOf(update);
    const last = line.at(-1);
    if (last && kindOf(last.update) === kindOf(update)) {
      last.update = update;
      return;
    }
    if (last) this.#noteOvertaken(last);
    const entry = {number: ++this.#numbers, update};
    line.push(entry);
    this.#add(entry);
    this.#keepWithinLimit();
  }

  /**
   * Puts unsent entries back in their places, unless a newer state of their kind came meanwhile.
   *
   * @param {Entry[]} entries
   */
  putBack(entries) {
    const waiting = [...entries, ...this.#entries.values()].sort((one, other) => one.number - other.number);
    for (const numbered of [this.#entries, this.#running, this.#ends]) numbered.clear();
    for (const entry of waiting) this.#add(entry);
    for (const entry of entries.toReversed()) {
      const line = this.#lineOf(entry.update);
      line.unshift(entry);
      const next = line[1];
      if (!next) continue;
      this.#noteOvertaken(entry);
      if (kindOf(next.update) === kindOf(entry.update)) this.#remove(entry);
    }
    this.#keepWithinLimit();
  }

  /**
   * Removes and returns the first entries that fit together; at least one if any waits.
   *
   * With `endsFirst`, ends take precedence over running states. A state that an end of this batch has replaced, and that
   * does not fit, is dropped.
   *
   * @param {number} maxUpdates
   * @param {number} maxBytes
   */
  take(maxUpdates, maxBytes, endsFirst = false) {
    /** @type {Entry[]} */
    const batch = [];
    let bytesLeft = maxBytes;
    for (const entry of endsFirst ? [...this.#ends.values(), ...this.#running.values()] : this.#entries.values()) {
      bytesLeft -= sizeOf(entry.update);
      if (batch.length === maxUpdates || (batch.length && bytesLeft < 0)) break;
      batch.push(entry);
    }
    if (endsFirst) for (const entry of this.#overtakenBy(batch)) this.#remove(entry);
    for (const entry of batch) this.#remove(entry);
    return batch.sort((one, other) => one.number - other.number);
  }

  /**
   * Returns the states that do not fit in `batch`, although an end in it follows them.
   *
   * @param {Entry[]} batch
   */
  #overtakenBy(batch) {
    const ends = batch.filter(isEnd);
    const before = ends.flatMap((end) => this.#lineOf(end.update).filter(({number}) => number < end.number));
    return new Set(before.filter((entry) => !batch.includes(entry)));
  }

  /** @param {Update} update */
  #lineOf(update) {
    const key = keyOf(update);
    const line = this.#lines.get(key) ?? [];
    this.#lines.set(key, line);
    return line;
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.#entries.set(entry.number, entry);
    (isEnd(entry) ? this.#ends : this.#running).set(entry.number, entry);
  }

  /** @param {Entry} entry */
  #noteOvertaken(entry) {
    if (!isEnd(entry)) this.#overtaken.set(entry.number, entry);
  }

  #keepWithinLimit() {
    while (this.size > this.#limit) {
      const from = [this.#overtaken, this.#running, this.#entries].find(({size}) => size);
      const [oldest] = from?.values() ?? [];
      if (!oldest) return;
      this.#remove(oldest);
      this.dropped += 1;
    }
  }

  /** @param {Entry} entry */
  #remove(entry) {
    for (const numbered of [this.#entries, this.#running, this.#ends, this.#overtaken]) numbered.delete(entry.number);
    const key = keyOf(entry.update);
    const line = this.#lines.get(key)?.filter((other) => other !== entry);
    if (line?.length) this.#lines.set(key, line);
    else this.#lines.delete(key);
  }
}

/**
 * Returns the bytes of this update in a list of JSON, its comma included.
 *
 * @param {Update} update
 */
export const sizeOf = (update) => Buffer.byteLength(JSON.stringify(update)) + 1;

/**
 * Returns the user id and the upload id, which identify the upload together.
 *
 * @param {Pick<Update, "userId" | "uploadId">} update
 */
export const keyOf = ({userId, uploadId}) => `${userId}\n${uploadId}`;

/** @param {Update} update */
const kindOf = ({runId, status, phase}) => `${runId}\n${status}\n${phase}`;
