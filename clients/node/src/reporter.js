/** The reporter: the interface of this package to an upload. */

import * as bounds from "./bounds.js";
import {readClocks} from "./clocks.js";
import {countedBody} from "./counted-body.js";
import {flushIfEnding, installExitHooks} from "./exit.js";
import {FAILED, describe, isCancellation} from "./failure.js";
import {FLUSH_MS, senderOf} from "./senders.js";
import {UploadState} from "./upload-state.js";
import {harmless, warnOnce} from "./warnings.js";

/**
 * @typedef {import("node:stream").Readable} Readable
 * @typedef {import("./types.d.ts").Options} Options
 * @typedef {import("./types.d.ts").Status} Status
 * @typedef {import("./types.d.ts").Update} Update
 * @typedef {import("./upload-state.js").Details} Details
 */

const MIN_INTERVAL_MS = 100;
const SIGN_OF_LIFE_MS = 5000;
const MIN_SIGN_OF_LIFE_MS = 1000;

/** @type {FinalizationRegistry<{sender: import("./sender.js").Sender, upload: UploadState}>} */
const FORGOTTEN = new FinalizationRegistry(({sender, upload}) => sender.abandon(upload));

/**
 * Reports one upload. Only the constructor throws, and `run` if the attempt has ended; whatever is passed to the other
 * methods, and whatever the target does, the upload never notices.
 */
export class UploadReporter {
  #upload;
  #sender;
  #options;
  #flushSeconds;
  #reportedLosses;
  #isClosed = false;
  #onAbort = () => {
    // In a run the call's own end counts: it may succeed in spite of the signal.
    const isOpen = !this.#upload.isRunning && !this.#upload.hasEnded;
    if (isOpen && isCancellation(undefined, this.#options.signal)) this.canceled();
  };

  /**
   * @param {Options} options
   * @throws {TypeError} an option that can never be right, named
   */
  constructor(options) {
    const {bytesTotal = null, attempt, phase = "transfer", counts = "bytes", onSuccess = "completed"} = options;
    this.#upload = new UploadState({
      userId: bounds.userId(options.userId),
      uploadId: bounds.uploadId(options.uploadId),
      fileName: bounds.text(options.fileName, bounds.MAX_FILE_NAME_CHARS),
      bytesTotal: bytesTotal === null ? null : bounds.integer("bytesTotal", bytesTotal, 0),
      attempt: attempt === undefined ? undefined : bounds.integer("attempt", attempt, 1),
      phase: bounds.text(phase, bounds.MAX_PHASE_CHARS),
      hasParts: bounds.oneOf("counts", counts, ["bytes", "parts"]) === "parts",
      minSeconds: bounds.seconds("minIntervalMs", options.minIntervalMs ?? MIN_INTERVAL_MS, MIN_INTERVAL_MS),
      lifeSeconds: bounds.seconds("signOfLifeMs", options.signOfLifeMs ?? SIGN_OF_LIFE_MS, MIN_SIGN_OF_LIFE_MS),
    });
    this.#options = {...options, onSuccess: bounds.oneOf("onSuccess", onSuccess, ["completed", "processing"])};
    this.#flushSeconds = bounds.seconds("flushOnEndMs", options.flushOnEndMs ?? FLUSH_MS, 0);
    this.#sender = senderOf(options.target);
    this.#reportedLosses = this.#sender.lost;
    installExitHooks();
    FORGOTTEN.register(this, {sender: this.#sender, upload: this.#upload}, this);
    this.#listen();
  }

  /** The number of the current attempt, from 1; undefined where push counts the attempts. */
  get attempt() {
    return this.#upload.attempt;
  }

  /** The status last reported; undefined before the first. */
  get status() {
    return this.#upload.status;
  }

  /**
   * Reports `uploading`, awaits `work`, and reports the end: `completed`, `failed` or `canceled`. Then it waits until the
   * end is delivered, at most `flushOnEndMs`. Returns the value of `work`, or rejects with its error.
   *
   * @template T
   * @param {(report: this) => T | PromiseLike<T>} work
   * @returns {Promise<T>}
   * @throws {Error} the attempt has ended, so that this run could report nothing
   */
  async run(work) {
    const {status, hasEnded} = this.#upload;
    if (status === "canceled") this.#options.signal?.throwIfAborted();
    if (hasEnded) throw new Error(`This attempt has ended as ${status}. Call retry(), or make a new reporter.`);
    if (status === undefined || status === "queued") this.uploading();
    this.#upload.isRunning = true;
    try {
      const value = await work(this);
      this.succeeded();
      return value;
    } catch (error) {
      this.endedBy(error);
      throw error;
    } finally {
      this.#upload.isRunning = false;
      await this.#deliver();
    }
  }

  /**
   * Records `bytes` more bytes (fewer, if negative).
   *
   * @param {number | bigint} bytes
   */
  add(bytes) {
    this.#count(bytes, 0);
  }

  /**
   * Records a sum of `bytesUploaded` transferred bytes, for clients that count themselves, and the size if they know it.
   *
   * @param {number | bigint | undefined} bytesUploaded
   * @param {unknown} [bytesTotal]
   */
  progress(bytesUploaded, bytesTotal) {
    if (bytesTotal !== undefined) this.learnTotal(bytesTotal);
    this.#count(bytesUploaded, this.#upload.count);
  }

  /**
   * Sets the size in bytes that a client gives; it may grow. 0, a negative number and any other value mean that the client
   * does not know the size.
   *
   * @param {unknown} bytesTotal
   */
  learnTotal(bytesTotal) {
    this.#upload.learnTotal(bounds.total(bytesTotal));
  }

  /**
   * Returns a body with the bytes of `body` that reports its reading as progress.
   *
   * A Node stream is returned itself. Of bytes in memory comes a Node stream, of a Blob and a web stream a web stream, of
   * an iterable an asynchronous one. What cannot be counted is returned unchanged, with a warning.
   *
   * @template {Readable | ReadableStream<any> | Blob | ArrayBuffer | NodeJS.ArrayBufferView | AsyncIterable<any> |
   *   Iterable<any>} Body
   * @param {Body} body
   * @returns {Body extends Readable | ReadableStream<any> ? Body : Body extends Blob ? ReadableStream<Uint8Array> :
   *   Body extends ArrayBuffer | NodeJS.ArrayBufferView ? Readable : AsyncIterable<any>}
   */
  wrap(body) {
    try {
      return countedBody(body, (bytes) => this.add(bytes));
    } catch {
      warnOnce("NOT_COUNTED", `A body of the class ${Object(body).constructor?.name} is not counted while it is sent.`);
      return /** @type {any} */ (body);
    }
  }

  /**
   * Reports the parts of an `Upload` of @aws-sdk/lib-storage that S3 has acknowledged; returns that upload.
   *
   * @template {{on(event: any, listener: (progress: any) => void): unknown}} Upload
   * @param {Upload} upload
   */
  track(upload) {
    harmless(() => {
      this.#upload.hasParts = true;
      upload.on("httpUploadProgress", ({loaded, total}) => this.progress(loaded, total ?? null));
    });
    return upload;
  }

  /** @param {{message?: string}} [options] */
  queued(options) {
    this.#report("queued", {message: options?.message});
  }

  /** @param {{message?: string}} [options] */
  uploading(options) {
    this.#report("uploading", {message: options?.message});
  }

  /** @param {{message?: string}} [options] */
  paused(options) {
    this.#report("paused", {message: options?.message});
  }

  /**
   * Reports that all bytes arrived and are processed; `phase` is `verifying`, `scanning` or another word.
   *
   * `percent` of the phase (0 to 100; null: unknown) is throttled like bytes, never falls, and stays at 99 until the phase
   * ends; above 100 it is unknown from then on. A phase of several passes gives each as `step` of `steps`. Clients call the
   * phase stalled after `stalledAfterMs` without news, or after their own time without it.
   *
   * @param {string} [phase]
   * @param {{percent?: number | null, step?: number, steps?: number, message?: string, stalledAfterMs?: number}} [options]
   */
  processing(phase = "processing", options = {}) {
    harmless(() => {
      const {percent, step = 1, steps = 1, message, stalledAfterMs} = options ?? {};
      const named = bounds.text(phase, bounds.MAX_PHASE_CHARS);
      const all = bounds.optional(bounds.integer, "steps", steps) ?? 1;
      const now = Math.min(bounds.optional(bounds.integer, "step", step) ?? 1, all);
      const stalledAfter = bounds.optional(bounds.seconds, "stalledAfterMs", stalledAfterMs);
      const stalledAfterSeconds = stalledAfter && Math.ceil(stalledAfter);
      const wasMoving = this.#upload.isMoving;
      if (bounds.isGiven(message) || !this.#upload.advance(named, percent, now, all, stalledAfterSeconds)) {
        this.#report("processing", {phase: named, message, stalledAfterSeconds});
        this.#upload.advance(named, percent, now, all);
      }
      this.#follow(!wasMoving && this.#upload.isMoving);
    });
  }

  /**
   * Ends the attempt as completed. `result` is an object of at most 4 KB of JSON; any other value is left out.
   *
   * @param {Record<string, unknown>} [result]
   * @param {{message?: string}} [options]
   */
  completed(result, options) {
    this.#report("completed", {message: options?.message, result});
  }

  /**
   * Ends the attempt as failed; `code` is for programs, `message` for people, `retryable` if known.
   *
   * @param {string} code
   * @param {string} [message]
   * @param {{retryable?: boolean}} [options]
   */
  failed(code, message, options) {
    const error = harmless(() => ({
      code: bounds.text(code, bounds.MAX_CODE_CHARS),
      message: bounds.text(message ?? FAILED, bounds.MAX_MESSAGE_CHARS),
      ...(options?.retryable !== undefined && {retryable: Boolean(options.retryable)}),
    }));
    this.#report("failed", {error});
  }

  /** @param {{message?: string}} [options] */
  canceled(options) {
    this.#report("canceled", {message: options?.message});
  }

  /**
   * Begins the next attempt (or a higher `attempt`) from its first byte, with status `uploading`.
   *
   * @param {number} [attempt]
   */
  retry(attempt) {
    harmless(() => {
      if (this.#isClosed) return;
      this.#put(this.#upload.retry(readClocks(), bounds.optional(bounds.integer, "attempt", attempt)));
      if (!this.#options.signal?.aborted) this.#listen(); // a signal ends one attempt
    });
  }

  /** Reports the status `onSuccess`, unless the attempt has ended already. */
  succeeded() {
    if (this.#upload.hasEnded || this.status === this.#options.onSuccess) return;
    if (this.#options.onSuccess === "processing") this.processing();
    else this.completed();
  }

  /**
   * Reports the end that `error` means, unless the attempt has ended already: `canceled`, `failed`, or `queued` if `retryOn`
   * returns true.
   *
   * @param {unknown} error
   */
  endedBy(error) {
    const {retryOn, signal, errorMessage} = this.#options;
    if (this.#upload.hasEnded) return;
    if (harmless(() => retryOn?.(error))) this.queued();
    else if (harmless(() => isCancellation(error, signal))) this.canceled();
    else this.#report("failed", {error: harmless(() => describe(error, errorMessage))});
  }

  /**
   * Sends what was recorded for this target, and tries again until `ms` have passed.
   *
   * @returns {Promise<boolean>} false if anything still waits, or was lost since this reporter was made or flushed last
   */
  async flush(ms = FLUSH_MS) {
    const hasLeft = await this.#sender.flush(ms);
    const before = this.#reportedLosses;
    this.#reportedLosses = this.#sender.lost;
    return hasLeft && before === this.#reportedLosses;
  }

  /** Flushes, then reports nothing more, without ending the attempt; the answer is that of `flush`. */
  async close(ms = FLUSH_MS) {
    const flushed = await this.flush(ms);
    this.#isClosed = true;
    this.#unlisten();
    this.#sender.leave(this.#upload);
    FORGOTTEN.unregister(this);
    return flushed;
  }

  /**
   * Ends a block of `await using`: an upload that was left without an end has failed, since a block does not know its error.
   * Then it waits as `run` does.
   */
  async [Symbol.asyncDispose]() {
    const isOpen = this.status === "uploading" || this.status === "paused";
    if (isOpen && this.#options.signal?.aborted) this.canceled();
    else if (isOpen) this.failed("NotCompleted");
    await this.#deliver();
  }

  #listen() {
    const {signal} = this.#options;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /** Node warns of the eleventh listener of one signal, so an upload that has ended leaves it. */
  #unlisten() {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /**
   * @param {unknown} value
   * @param {number} before
   */
  #count(value, before) {
    const bytes = bounds.whole(value);
    if (bytes === undefined) {
      const given = typeof value === "number" ? value : `a value of type ${typeof value}`;
      warnOnce("COUNT", `A count of bytes must be a number below 2^53, not ${given}.`);
    } else if (!this.#isClosed) {
      this.#upload.count += bytes - before;
      this.#follow();
    }
  }

  #follow(hasNews = false) {
    if (this.#upload.isWaiting) this.uploading();
    else if ((hasNews || !this.#upload.isFollowed) && !this.#upload.hasEnded && !this.#isClosed)
      this.#sender.follow(this.#upload);
  }

  /**
   * @param {Status} status
   * @param {Details} details
   */
  #report(status, {phase, message, error, result, stalledAfterSeconds}) {
    harmless(() => {
      if (this.#isClosed) return;
      const kept = bounds.isGiven(result) ? bounds.result(result) : undefined;
      if (bounds.isGiven(result) && !kept)
        warnOnce("RESULT", "A result was left out: it must be an object of at most 4 KB.");
      const cut = bounds.isGiven(message) ? bounds.text(message, bounds.MAX_MESSAGE_CHARS) : undefined;
      this.#put(
        this.#upload.change(readClocks(), status, {phase, message: cut, error, result: kept, stalledAfterSeconds}),
      );
    });
  }

  /** @param {Update | undefined} update */
  #put(update) {
    if (!update) return;
    this.#sender.put(this.#upload, update);
    flushIfEnding();
    if (this.#upload.hasEnded) this.#unlisten();
  }

  async #deliver() {
    if (this.#flushSeconds) await this.#sender.deliver(this.#upload, this.#flushSeconds * 1000);
  }
}
