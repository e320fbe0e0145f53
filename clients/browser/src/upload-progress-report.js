/**
 * Reports the uploads of this page, so that they show on the user's other devices.
 *
 * ```js
 * const reporter = new UploadReporter(progress);
 * request.upload.onprogress = ({loaded, total}) =>
 *   reporter.report({uploadId, fileName, status: "uploading", bytesUploaded: loaded, bytesTotal: total});
 * request.onload = () => reporter.report({uploadId, status: request.status < 300 ? "completed" : "failed"});
 * ```
 *
 * @module
 */

import {hasEnded} from "./rules.js";

/** @typedef {import("./upload-progress.js").UploadProgress} UploadProgress */
/** @typedef {import("./types.d.ts").Upload} Upload */
/**
 * @typedef {{uploadId: string, status: Upload["status"]} & Partial<Pick<Upload, "fileName" | "phase" | "bytesUploaded"
 *   | "bytesTotal" | "bytesPerSecond" | "etaSeconds" | "message" | "error">>} Report
 * @typedef {{upload: Report & {rev: number}, step: string, id: number, sentAt: number}} Reported
 */

/** docs/protocol.md: a connection may send ten messages in 10 s. */
const INTERVAL_MS = 1000;
const RETRY_MS = 5000;
/** A connection that was lost is noticed within so long. Until then, an end may have been lost with it. */
const RESENT_MS = 60_000;

/** Sends states at most once a second, and again after a reconnection. An end is sent at once. */
export class UploadReporter {
  #client;
  /** @type {Map<string, Reported>} */ #reported = new Map();
  /** The uploads whose state is to be sent, first come, first served. */
  /** @type {Set<string>} */ #waiting = new Set();
  #wasLive = true;
  #lastId = 0;
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;

  /** @param {UploadProgress & {isShared?: never}} client its connection gets no message about the reports */
  constructor(client) {
    if (client.isShared) throw new TypeError("UploadReporter needs an UploadProgress, not a SharedUploadProgress");
    this.#client = client;
    client.addEventListener("connection", ({detail}) => this.#onConnection(detail.state === "live"));
    client.addEventListener("warning", ({detail}) => this.#onWarning(detail));
  }

  /**
   * Reports the state of an upload. It never throws: a report must not break an upload.
   *
   * @param {Report} report
   */
  report(report) {
    const {uploadId, status} = report;
    const sizes = sizesOf(report);
    const {bytesUploaded = 0, bytesTotal} = sizes;
    const known = this.#reported.get(uploadId);
    const rev = Math.max(Date.now(), (known?.upload.rev ?? 0) + 1);
    // The bar has tenths of a percent; without a total, the bytes move.
    const step = `${status} ${bytesTotal ? Math.floor((bytesUploaded / bytesTotal) * 1000) : bytesUploaded}`;
    this.#reported.set(uploadId, {id: 0, sentAt: 0, ...known, step, upload: {...report, ...sizes, rev}});
    if (known?.step === step) return;
    this.#waiting.add(uploadId);
    if (hasEnded(report)) this.#send(uploadId);
    this.#next();
  }

  get #isLive() {
    return this.#client.connection.state === "live";
  }

  /** Sends what waits, one state in an interval. */
  #next() {
    clearTimeout(this.#timer);
    const [uploadId] = this.#waiting;
    if (uploadId === undefined || !this.#isLive) return;
    const wait = this.#notBefore - Date.now();
    if (wait <= 0) this.#send(uploadId);
    this.#timer = setTimeout(() => this.#next(), Math.max(wait, 1));
  }

  /** @param {string} uploadId */
  #send(uploadId) {
    const known = this.#reported.get(uploadId);
    if (!known || !this.#isLive) return;
    this.#waiting.delete(uploadId);
    this.#notBefore = Date.now() + INTERVAL_MS;
    known.sentAt = Date.now();
    known.id = ++this.#lastId;
    this.#client.send({action: "report", id: `report ${known.id}`, upload: known.upload});
  }

  /** @param {boolean} isLive */
  #onConnection(isLive) {
    if (isLive && !this.#wasLive)
      for (const [uploadId, {upload, sentAt}] of this.#reported) {
        if (hasEnded(upload) && sentAt && Date.now() - sentAt >= RESENT_MS) this.#reported.delete(uploadId);
        else this.#waiting.add(uploadId);
      }
    this.#wasLive = isLive;
    this.#next();
  }

  /** @param {any} error the answer to a report, or another warning */
  #onWarning({id, temporary, retryAfterMs = RETRY_MS}) {
    const found = [...this.#reported].find(([, known]) => id === `report ${known.id}`);
    if (!found) return;
    if (temporary) {
      this.#waiting.add(found[0]);
      this.#notBefore = Date.now() + retryAfterMs;
      this.#next();
    } else this.#waiting.delete(found[0]);
  }
}

/**
 * Returns a size in whole bytes; undefined if it is none.
 *
 * @param {any} size
 */
const whole = (size) => (Number.isFinite(size) && size >= 0 ? Math.floor(size) : undefined);

/**
 * Returns the sizes as the server takes them. A total of 0 beside bytes is unknown (`ProgressEvent`). A form counts more
 * bytes than its file has. While all bytes are counted, but not confirmed, the last one is left out.
 *
 * @param {Report} report
 * @returns {Partial<Report>}
 */
function sizesOf({status, bytesUploaded, bytesTotal}) {
  const sent = whole(bytesUploaded);
  if (bytesTotal !== undefined) bytesTotal = whole(bytesTotal) || (bytesTotal === 0 && !sent ? 0 : null);
  if (!bytesTotal || sent === undefined || sent < bytesTotal) return {bytesUploaded: sent, bytesTotal};
  if (status !== "uploading") return {bytesUploaded: bytesTotal, bytesTotal};
  return {bytesUploaded: bytesTotal - 1, bytesTotal, message: "Sent, waiting for the answer"};
}
