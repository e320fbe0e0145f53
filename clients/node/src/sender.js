/** Polls uploads for their progress and sends it in batches; no upload waits for it. */

import {readClocks} from "./clocks.js";
import {Outbox, keyOf} from "./outbox.js";
import {warnOnce} from "./warnings.js";

/**
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./types.d.ts").Target} Target
 * @typedef {import("./types.d.ts").Update} Update
 * @typedef {import("./upload-state.js").UploadState} UploadState
 */

const TICK_SECONDS = 0.1;
const MAX_WAITING = 10_000;
const MAX_UPDATES = 500;
// An asynchronous invocation takes 256 KB (1 MB since October 2025), a batch of SQS or EventBridge likewise (quotas of
// AWS Lambda, SQS and EventBridge): 200 KB fits everywhere, envelope included.
const MAX_BATCH_BYTES = 200_000;
// Progress is worth little after a minute. Another status may be the last one for a while: it has ten.
const GIVE_UP_PROGRESS_SECONDS = 60;
const GIVE_UP_SECONDS = 600;
const BACK_OFF_SECONDS = 0.25;
const MAX_BACK_OFF_SECONDS = 8;
const FLUSH_BACK_OFF_SECONDS = 0.25;
const MAX_TIMER_MS = 2 ** 31 - 1;
// A function of the program may never answer; the targets of this package give up after 10 s.
const MAX_CALL_MS = 30_000;

/**
 * Sends the updates of any number of uploads to one target.
 *
 * Its timers do not keep the process alive, except while a flush waits. A batch that fails is tried again with full
 * jitter, in its newest state. No error of a target reaches the upload.
 */
export class Sender {
  #target;
  #clocks;
  #random;
  #onActive;
  #outbox;
  /** @type {Set<UploadState>} */
  #uploads = new Set();
  /** @type {Entry[]} */
  #inFlight = [];
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #failuresInARow = 0;
  #failedAt = 0;
  #delay = 0;
  #givenUp = 0;
  #reason = "";

  /**
   * @param {Target} target
   * @param {{onActive?: (isActive: boolean) => void, clocks?: typeof readClocks, random?: () => number,
   *   maxWaiting?: number}} [options]
   */
  constructor(target, {onActive = () => {}, clocks = readClocks, random = Math.random, maxWaiting = MAX_WAITING} = {}) {
    this.#target = target;
    this.#onActive = onActive;
    this.#clocks = clocks;
    this.#random = random;
    this.#outbox = new Outbox(maxWaiting);
  }

  /** The number of updates given up or dropped so far. */
  get lost() {
    return this.#givenUp + this.#outbox.dropped;
  }

  /** The number of updates that wait or are being sent. */
  get waiting() {
    return this.#outbox.size + this.#inFlight.length;
  }

  /** The uploads that have not ended. */
  get uploads() {
    return [...this.#uploads];
  }

  /**
   * Queues `update` and follows its upload until it ends.
   *
   * @param {UploadState} upload
   * @param {Update} update
   */
  put(upload, update) {
    this.#outbox.put(update);
    if (upload.hasEnded) this.leave(upload);
    else this.follow(upload);
    this.#schedule();
  }

  /**
   * Polls `upload` for progress from now on.
   *
   * @param {UploadState} upload
   */
  follow(upload) {
    this.#uploads.add(upload);
    upload.isFollowed = true;
    this.#schedule();
  }

  /**
   * Stops polling `upload`.
   *
   * @param {UploadState} upload
   */
  leave(upload) {
    this.#uploads.delete(upload);
    upload.isFollowed = false;
  }

  /**
   * Sends the last count of an upload whose reporter is gone, and stops polling it.
   *
   * @param {UploadState} upload
   */
  abandon(upload) {
    const update = upload.progress(this.#clocks(), {force: true});
    this.leave(upload);
    if (update) this.#outbox.put(update);
    this.#schedule();
  }

  /**
   * Sends everything recorded so far; false if some of it still waits after `ms`.
   *
   * True may include updates that were lost: compare `lost` before and after.
   *
   * @param {number} ms
   */
  flush(ms) {
    this.#collect({force: true});
    const last = this.#outbox.lastNumber;
    const isDone = () =>
      (this.#outbox.firstNumber ?? Infinity) > last && this.#inFlight.every(({number}) => number > last);
    return this.#waitUntil(isDone, ms);
  }

  /**
   * Waits until nothing of `upload` waits any more; false after `ms`.
   *
   * @param {UploadState} upload
   * @param {number} ms
   */
  deliver(upload, ms) {
    const key = keyOf(upload.options);
    const hasLeft = () => !this.#outbox.has(key) && this.#inFlight.every(({update}) => keyOf(update) !== key);
    return this.#waitUntil(hasLeft, ms);
  }

  /**
   * @param {() => boolean} isDone
   * @param {number} ms
   * @returns {Promise<boolean>}
   */
  #waitUntil(isDone, ms) {
    return new Promise((resolve) => {
      const settle = (/** @type {boolean} */ answer) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        this.#schedule();
        resolve(answer);
      };
      const check = () => isDone() && settle(true);
      const timer = setTimeout(settle, Math.min(ms, MAX_TIMER_MS), false);
      this.#waiting.add(check);
      this.#schedule();
      check();
    });
  }

  /** Sets the timer of the next look; a batch on its way sets it when it is settled. */
  #schedule() {
    clearTimeout(this.#timer);
    const seconds = this.#secondsToWait();
    this.#onActive(seconds !== undefined);
    if (seconds === undefined || this.#inFlight.length) return;
    this.#timer = setTimeout(() => void this.#tick(), seconds * 1000);
    if (!this.#waiting.size) this.#timer.unref();
  }

  #secondsToWait() {
    if (this.waiting) return Math.max(0, this.#resumeAt() - this.#clocks().seconds);
    return this.uploads.some(({isMoving}) => isMoving) ? TICK_SECONDS : undefined;
  }

  #resumeAt() {
    return this.#failedAt + (this.#waiting.size ? Math.min(this.#delay, FLUSH_BACK_OFF_SECONDS) : this.#delay);
  }

  async #tick() {
    this.#collect();
    if (this.#outbox.size && this.#clocks().seconds >= this.#resumeAt()) await this.#sendBatch();
    this.#schedule();
  }

  /** Queues the progress that is due; if a batch is to be sent, progress that is nearly due joins it. */
  #collect({force = false} = {}) {
    const riding = this.#outbox.size > 0;
    if (this.#ask({riding, force}) && !riding) this.#ask({riding: true, force});
  }

  /** @param {{riding: boolean, force: boolean}} how */
  #ask(how) {
    const at = this.#clocks();
    const updates = this.uploads.map((upload) => upload.progress(at, how)).filter((update) => update !== undefined);
    for (const update of updates) this.#outbox.put(update);
    return updates.length > 0;
  }

  async #sendBatch() {
    const {maxUpdates = MAX_UPDATES, maxBytes = MAX_BATCH_BYTES} = this.#target;
    // A flush has a deadline, and an end is never lost to progress.
    this.#inFlight = this.#outbox.take(maxUpdates, maxBytes, this.#waiting.size > 0);
    const unsent = await this.#deliver(this.#inFlight);
    this.#inFlight = [];
    this.#settle(unsent);
    for (const check of [...this.#waiting]) check();
  }

  /**
   * Calls the target; returns the entries that it did not take. It gets copies, which it may change.
   *
   * @param {Entry[]} batch
   */
  async #deliver(batch) {
    const copies = batch.map(({update}) => ({...update}));
    try {
      await inTime(() => this.#target.send([...copies]));
      return [];
    } catch (error) {
      this.#reason = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : String(typeof error);
      const refused = error instanceof Error && "updates" in error ? error.updates : undefined;
      return Array.isArray(refused) ? batch.filter((_, index) => refused.includes(copies[index])) : batch;
    }
  }

  /**
   * Queues unsent entries again or gives them up, and sets the delay before the next try.
   *
   * @param {Entry[]} unsent
   */
  #settle(unsent) {
    this.#failuresInARow = unsent.length ? this.#failuresInARow + 1 : 0;
    const limit = Math.min(MAX_BACK_OFF_SECONDS, BACK_OFF_SECONDS * 2 ** Math.min(this.#failuresInARow, 10));
    this.#delay = unsent.length ? this.#random() * limit : 0;
    this.#failedAt = this.#clocks().seconds;
    for (const entry of unsent) entry.failingSince ??= this.#failedAt;
    const kept = unsent.filter((entry) => this.#waiting.size || !this.#isHopeless(entry));
    this.#outbox.putBack(kept);
    this.#givenUp += unsent.length - kept.length;
    if (kept.length < unsent.length) warnOnce("GIVEN_UP", `Updates were given up after many tries. ${this.#reason}`);
    if (this.#outbox.dropped) warnOnce("DROPPED", "Updates were dropped: more were waiting than the queue holds.");
  }

  /** @param {Entry} entry */
  #isHopeless({failingSince = this.#failedAt, update}) {
    const limit = update.status === "uploading" ? GIVE_UP_PROGRESS_SECONDS : GIVE_UP_SECONDS;
    return this.#failedAt - failingSince >= limit;
  }
}

/**
 * Returns a promise of the answer to `call`, which rejects if there is none within `MAX_CALL_MS`.
 *
 * @param {() => unknown} call
 */
async function inTime(call) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, MAX_CALL_MS, new Error("The target did not answer within 30 s.")).unref();
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}
