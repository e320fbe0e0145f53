// Built from clients/browser/src by `npm run build`.
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

// src/rules.js
var hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";

// src/upload-progress-report.js
var INTERVAL_MS = 1e3;
var RETRY_MS = 5e3;
var RESENT_MS = 6e4;
var UploadReporter = class {
  #client;
  /** @type {Map<string, Reported>} */
  #reported = /* @__PURE__ */ new Map();
  /** The uploads whose state is to be sent, first come, first served. */
  /** @type {Set<string>} */
  #waiting = /* @__PURE__ */ new Set();
  #wasLive = true;
  #lastId = 0;
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
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
    const step = `${status} ${bytesTotal ? Math.floor((bytesUploaded / bytesTotal) * 1e3) : bytesUploaded}`;
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
    if (uploadId === void 0 || !this.#isLive) return;
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
};
var whole = (size) => (Number.isFinite(size) && size >= 0 ? Math.floor(size) : void 0);
function sizesOf({status, bytesUploaded, bytesTotal}) {
  const sent = whole(bytesUploaded);
  if (bytesTotal !== void 0) bytesTotal = whole(bytesTotal) || (bytesTotal === 0 && !sent ? 0 : null);
  if (!bytesTotal || sent === void 0 || sent < bytesTotal) return {bytesUploaded: sent, bytesTotal};
  if (status !== "uploading") return {bytesUploaded: bytesTotal, bytesTotal};
  return {bytesUploaded: bytesTotal - 1, bytesTotal, message: "Sent, waiting for the answer"};
}
export {UploadReporter};
