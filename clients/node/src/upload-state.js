/** The state of one upload, and the updates that are due. Pure but for the random id of a run. */

import {randomBytes} from "node:crypto";
import {MAX_INTEGER} from "./bounds.js";
import {PhasePercent} from "./phase-percent.js";
import {ProgressLine, SIGN_OF_LIFE_SECONDS, intervalSeconds} from "./prediction.js";
import {RecentSteps} from "./recent-steps.js";
import {Speed, etaSeconds} from "./speed.js";
import {Allowance, MIN_INTERVAL_SECONDS, isDue} from "./throttle.js";
import {warnOnce} from "./warnings.js";

/**
 * @typedef {import("./clocks.js").Moment} Moment
 * @typedef {import("./types.d.ts").Status} Status
 * @typedef {import("./types.d.ts").Update} Update
 * @typedef {Pick<Update, "message" | "error" | "result" | "stalledAfterSeconds"> & {phase?: string}} Details
 */

const PAUSE_SECONDS = 3; // in which much of the bar would have moved: the speed is measured anew
const STALL_INTERVALS = 2; // of signs of life
// They describe the count, not the cause.
export const STALLED = "No progress at the moment.";
export const REPEATING = "Repeating a part.";
// All bytes are counted, which for most clients means that they have read them: what is missing is the call's return.
const CONFIRMING_AFTER_SECONDS = 2;
export const CONFIRMING = "Sent, waiting for the answer";
const RUN_ID_BYTES = 12; // 16 characters of [A-Za-z0-9_-]

/** A status never returns to a lower rank, except to `queued`: a job queue may run the job again in the same attempt. */
const RANK = {queued: 0, uploading: 1, paused: 1, processing: 2, completed: 3, failed: 3, canceled: 3};
const ENDED = 3;

/**
 * The state of one upload; the moment is always an argument.
 *
 * Bytes: a running sum may fall (a file is read again) or exceed the total. The highest sum of the attempt is shown, and
 * until the call has returned it stays below the total. Speed and remaining time use the true sum.
 *
 * Totals: a total of the program limits the bytes shown, since a client may count its retries and form fields too. A total
 * that a client gives may grow, and is unknown once it is exceeded.
 */
export class UploadState {
  /** The bytes counted so far: a callback changes nothing else. */
  count = 0;
  /** @type {Status | undefined} */
  status;
  /** A sender polls it. */
  isFollowed = false;
  /** `run` is about to end it. */
  isRunning = false;
  runId = newRunId();
  #steps = new RecentSteps();
  #percent = new PhasePercent();
  #allowance;
  /** @type {number | undefined} */
  #stalledAfter;
  #line = new ProgressLine();
  #speed = new Speed();
  /** @type {number | undefined} */
  #shownPercent;
  /** @type {string | undefined} */
  #message;
  /** @type {string | undefined} */
  #note;
  #isRequeued = false; // a queue runs the job again: a new run, which names itself
  #highest = 0;
  #rev = 0;
  #seen = 0;
  #movedAt = 0;
  #sentAt = -Infinity;
  #beganAt = Infinity;
  /** @type {[number, number | null]} */
  #shown;

  /**
   * @param {{userId: string, uploadId: string, fileName: string, bytesTotal: number | null, phase: string,
   *   attempt?: number, hasParts?: boolean, minSeconds?: number, lifeSeconds?: number}} options
   */
  constructor(options) {
    this.options = {minSeconds: MIN_INTERVAL_SECONDS, lifeSeconds: SIGN_OF_LIFE_SECONDS, ...options};
    this.bytesTotal = options.bytesTotal;
    this.attempt = options.attempt;
    this.phase = options.phase;
    this.hasParts = options.hasParts ?? false;
    this.isEmpty = options.bytesTotal === 0; // known, unlike a total of 0 that a client gives
    this.#shown = [0, options.bytesTotal];
    this.#allowance = new Allowance(this.options.minSeconds);
  }

  /** True if the current attempt is over; only a new attempt can follow. */
  get hasEnded() {
    return this.status !== undefined && RANK[this.status] === ENDED;
  }

  /** True if bytes are expected or a percent waits, so that progress must be polled. */
  get isMoving() {
    return this.status === "uploading" || this.#percent.value !== this.#shownPercent;
  }

  /** True if it has not begun; its first byte begins it. A late byte of a run that is to be repeated does not. */
  get isWaiting() {
    return this.status === undefined || (this.status === "queued" && !this.#isRequeued);
  }

  /**
   * Sets `status` and returns its update; undefined if the attempt is already past it.
   *
   * @param {Moment} at
   * @param {Status} status
   * @param {Details} [details]
   */
  change(at, status, {phase = this.phase, message, error, result, stalledAfterSeconds} = {}) {
    if (this.status && (this.hasEnded || (status !== "queued" && RANK[status] < RANK[this.status]))) {
      warnOnce("ORDER", `An upload that is ${this.status} cannot become ${status}.`);
      return undefined;
    }
    this.#enter(at, status);
    if (this.#isRequeued) phase = this.options.phase;
    if (phase !== this.phase) {
      this.phase = phase;
      this.#percent = new PhasePercent();
      this.#stalledAfter = undefined;
    }
    this.#stalledAfter = stalledAfterSeconds ?? this.#stalledAfter;
    this.#message = message;
    this.#note = undefined;
    const update = this.#update(at);
    this.#allowance.restart(at.seconds, this.#shown, this.#percentOfBar());
    return {...update, ...(error && {error}), ...(result && {result})};
  }

  /**
   * Records the percent of the current phase; returns false if another phase or status is current.
   *
   * @param {string} phase
   * @param {unknown} percent
   * @param {number} step
   * @param {number} steps
   * @param {number} [stalledAfterSeconds]
   */
  advance(phase, percent, step, steps, stalledAfterSeconds) {
    if (this.status !== "processing" || phase !== this.phase) return false;
    this.#percent.set(percent, step, steps);
    this.#stalledAfter = stalledAfterSeconds ?? this.#stalledAfter;
    return true;
  }

  /**
   * Starts the next attempt, or a higher `attempt`, from its first byte; returns its first update.
   *
   * @param {Moment} at
   * @param {number} [attempt]
   */
  retry(at, attempt = 0) {
    this.attempt = this.attempt === undefined ? attempt || undefined : Math.max(this.attempt + 1, attempt);
    this.runId = newRunId();
    this.status = undefined;
    this.phase = this.options.phase;
    this.#percent = new PhasePercent();
    this.#stalledAfter = undefined;
    this.count = 0;
    this.#highest = 0;
    this.#seen = 0;
    this.#beganAt = Infinity;
    return this.change(at, "uploading");
  }

  /**
   * Returns an update if one is due; `force` ignores the time, but a state that was sent is not sent again.
   *
   * @param {Moment} at
   * @returns {Update | undefined}
   */
  progress(at, {riding = false, force = false} = {}) {
    if (this.status === "processing") {
      const isNew = this.#percent.value !== this.#shownPercent;
      return isNew && (force || this.#isDue(at, riding)) ? this.#update(at) : undefined;
    }
    if (this.status !== "uploading" && this.status !== "paused") return undefined;
    const note = this.#observe(at);
    this.#allowance.observe(at.seconds, this.#sizes(), this.#percentOfBar(), riding);
    const isStalling = note === STALLED && this.#note !== STALLED && this.#isDue(at, riding);
    const isForced = force && (note !== this.#note || this.#isChanged());
    if (!this.#isLifeDue(at) && !isStalling && !isForced) {
      if (!this.#isNewsDue(at, note, riding)) return undefined;
      this.#allowance.left -= 1;
    }
    this.#note = note;
    return this.#update(at);
  }

  /**
   * Sets the size in bytes that a client gives, if it is the first one or higher than the last.
   *
   * @param {number | null} bytesTotal
   */
  learnTotal(bytesTotal) {
    if (bytesTotal !== null && bytesTotal > (this.bytesTotal ?? 0)) this.bytesTotal = bytesTotal;
  }

  /**
   * @param {Moment} at
   * @param {Status} status
   */
  #enter(at, status) {
    if (status === "uploading" && this.status !== "uploading") {
      this.#speed.restart(at.seconds, this.count);
      this.#seen = this.count;
      this.#movedAt = at.seconds;
    }
    this.#isRequeued = status === "queued" && (this.#isRequeued || !this.isWaiting);
    this.status = status;
    // All bytes are transferred, even if not each was counted.
    if (status === "completed") this.#highest = Math.max(this.#bytes(), this.bytesTotal ?? 0);
  }

  /**
   * Samples the true sum; returns a note for the user, if there is one.
   *
   * @param {Moment} at
   */
  #observe({seconds}) {
    const trueSum = this.count;
    const stallSeconds = STALL_INTERVALS * intervalSeconds(this.#age(seconds));
    const stillSeconds = seconds - this.#movedAt;
    const hasStalled = !this.hasParts && (stillSeconds >= stallSeconds || this.#note === STALLED);
    const hasPaused = stillSeconds >= PAUSE_SECONDS && this.#lineNow().standsStill(this.#steps, stillSeconds);
    const hasMoved = trueSum !== this.#seen;
    // The speed of a step back or of so long a silence is unknown.
    if (trueSum < this.#seen || (hasMoved && (hasStalled || hasPaused))) this.#speed.restart(seconds, trueSum);
    this.#speed.observe(seconds, trueSum);
    if (hasMoved) {
      this.#steps.add(trueSum - this.#seen);
      this.#seen = trueSum;
      this.#movedAt = seconds;
    }
    if (this.status === "paused") return undefined; // it waits for the user: no stall
    return this.#noteOf(trueSum, seconds - this.#movedAt, hasStalled);
  }

  /**
   * @param {number} trueSum
   * @param {number} stillSeconds
   * @param {boolean} hasStalled
   */
  #noteOf(trueSum, stillSeconds, hasStalled) {
    const total = this.#sizes()[1];
    if (total !== null && trueSum >= total) return stillSeconds >= CONFIRMING_AFTER_SECONDS ? CONFIRMING : undefined;
    if (hasStalled && stillSeconds > 0) return STALLED;
    return trueSum < this.#highest ? REPEATING : undefined;
  }

  #bytes() {
    this.#highest = Math.max(
      this.#highest,
      Math.min(this.count, (this.options.bytesTotal && this.bytesTotal) || MAX_INTEGER),
    );
    return this.#highest;
  }

  /**
   * Returns the bytes and the size to show; `completed` settles an unknown size, unless no byte was counted.
   *
   * @returns {[number, number | null]}
   */
  #sizes() {
    const sent = this.#bytes();
    const isDone = this.status === "completed";
    if (isDone && (sent || this.isEmpty)) return [sent, sent];
    const total = this.bytesTotal === null || this.bytesTotal < sent ? null : this.bytesTotal;
    // All bytes are counted, but the call has not returned: a client may have read them without sending one.
    const isAhead = sent > 0 && sent === total && this.status !== "processing";
    return [isAhead ? sent - 1 : sent, total];
  }

  /**
   * @param {Moment} at
   * @param {boolean} riding
   */
  #isDue(at, riding) {
    return isDue(at.seconds - this.#sentAt, this.#percentMoved(), riding, this.options.minSeconds);
  }

  /**
   * Returns true if a sign of life is due; a pause waits for the user and gives none.
   *
   * @param {Moment} at
   */
  #isLifeDue({seconds}) {
    const {minSeconds, lifeSeconds} = this.options;
    const interval = Math.max(intervalSeconds(this.#age(this.#sentAt), lifeSeconds), minSeconds);
    return this.status === "uploading" && seconds - this.#sentAt >= interval;
  }

  /**
   * Returns true if the rate allows an update that clients cannot predict.
   *
   * @param {Moment} at
   * @param {string | undefined} note
   * @param {boolean} riding
   */
  #isNewsDue(at, note, riding) {
    if (note !== this.#note && this.#note !== STALLED) {
      this.#allowance.left += 1; // notes are not counted
      return this.#isDue(at, riding);
    }
    const [sent, total] = this.#sizes();
    const elapsed = at.seconds - this.#sentAt;
    if (this.#allowance.left < 1 || elapsed < this.options.minSeconds) return false;
    if (this.#isLineFlat(at, note)) return this.#isChanged();
    return total !== this.#shown[1] || this.#line.isLeftBy(sent, elapsed, this.#steps.largest());
  }

  /**
   * Returns true if clients draw a flat line, and would draw one until the next update, or should no longer.
   *
   * @param {Moment} at
   * @param {string | undefined} note
   */
  #isLineFlat(at, note) {
    if (this.#line.bytesPerSecond || note !== undefined) return false;
    const hasChanged = this.status !== "uploading" || this.#note === STALLED;
    return hasChanged || Boolean(this.#speed.bytesPerSecond()) || this.#isUnpredictable(at);
  }

  /** @param {Moment} at */
  #isUnpredictable({seconds}) {
    return this.#lineNow().isUnpredictable(this.#steps, seconds - this.#movedAt);
  }

  #lineNow() {
    return new ProgressLine(...this.#sizes(), this.#speed.bytesPerSecond());
  }

  #isChanged() {
    return String(this.#sizes()) !== String(this.#shown);
  }

  /** @param {number} seconds */
  #age(seconds) {
    return seconds - this.#beganAt;
  }

  #percentMoved() {
    if (this.status === "processing") return (this.#percent.value ?? 0) - (this.#shownPercent ?? 0);
    return this.#percentOfBar(this.#shown[0]);
  }

  /** Returns the bytes beyond `since` as a percent of the total; 0 while that is unknown. */
  #percentOfBar(since = 0) {
    const [sent, total] = this.#sizes();
    return total ? (100 * (sent - since)) / total : 0;
  }

  /**
   * @param {Moment} at
   * @returns {Update}
   */
  #update({epochMs, seconds}) {
    this.#rev = Math.max(this.#rev + 1, epochMs);
    this.#beganAt = Math.min(this.#beganAt, seconds);
    this.#sentAt = seconds;
    this.#shown = this.#sizes();
    this.#shownPercent = this.#percent.value;
    const [bytesUploaded, bytesTotal] = this.#shown;
    const message = this.#message || this.#note;
    const {userId, uploadId, fileName} = this.options;
    const {runId, phase, attempt} = this;
    const status = /** @type {Status} */ (this.status); // an attempt without a status has no updates
    const speed = this.#speedFields();
    const isUnpredictable = Boolean(speed.bytesPerSecond) && this.#isUnpredictable({epochMs, seconds});
    const bytesPerSecond = isUnpredictable ? 0 : speed.bytesPerSecond;
    this.#line = new ProgressLine(bytesUploaded, bytesTotal, bytesPerSecond, intervalSeconds(this.#age(seconds)));
    return {
      ...{userId, uploadId, runId, fileName, status, phase, bytesUploaded, bytesTotal, rev: this.#rev},
      ...(attempt !== undefined && {attempt}),
      ...(status === "processing" && this.#processingFields()),
      ...(message && {message}),
      ...speed,
      ...(isUnpredictable && {unpredictable: true}),
    };
  }

  #processingFields() {
    return {
      ...(this.#shownPercent !== undefined && {phasePercent: this.#shownPercent}),
      ...(this.#stalledAfter !== undefined && {stalledAfterSeconds: this.#stalledAfter}),
    };
  }

  /** @returns {Pick<Update, "bytesPerSecond" | "etaSeconds">} */
  #speedFields() {
    if (this.status !== "uploading" || this.#note === CONFIRMING || this.#note === REPEATING) return {};
    const bytesPerSecond = this.#note === STALLED ? undefined : this.#speed.bytesPerSecond();
    const total = this.#shown[1];
    const hasTime = total !== null && (bytesPerSecond !== undefined || this.#note === STALLED);
    const left = (total ?? 0) - Math.max(0, this.count);
    return {
      ...(bytesPerSecond !== undefined && {bytesPerSecond}),
      ...(hasTime && {etaSeconds: bytesPerSecond ? etaSeconds(left, bytesPerSecond) : null}),
    };
  }
}

const newRunId = () => randomBytes(RUN_ID_BYTES).toString("base64url");
