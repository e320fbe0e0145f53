// Built from clients/browser/src by `npm run build`.
/**
 * An Uppy plugin that shows what happens to a file after its upload, until the server says how it ended.
 *
 * ```js
 * uppy.use(UploadProgressUppy, {progress, uploadId: (file) => file.meta.uploadId});
 * ```
 *
 * @module
 */

// src/upload-progress-uppy.js
import {BasePlugin} from "@uppy/core";
var UploadProgressUppy = class extends BasePlugin {
  /** The attempt after the last that ended, by upload, because a retry must not end with the end before. */
  /** @type {Map<string, number>} */
  #attempts = /* @__PURE__ */ new Map();
  /** The waits that go on, by file. */
  /** @type {Map<string, {stop: AbortController, ended: Promise<void>}>} */
  #waits = /* @__PURE__ */ new Map();
  /**
   * @param {Uppy} uppy
   * @param {UppyOptions & {id?: string}} options
   */
  constructor(uppy, options) {
    super(uppy, options);
    this.id = options.id ?? "UploadProgress";
    this.type = "modifier";
  }
  install() {
    this.uppy.addPostProcessor(this.#process);
    this.uppy.on("restored", this.#restore);
    this.uppy.on("file-removed", this.#stop);
    this.#restore();
  }
  uninstall() {
    this.uppy.removePostProcessor(this.#process);
    this.uppy.off("restored", this.#restore);
    this.uppy.off("file-removed", this.#stop);
    for (const {stop} of this.#waits.values()) stop.abort();
  }
  #process = (fileIds) => Promise.all(fileIds.map((id) => this.#wait(this.uppy.getFile(id))));
  /** Goes on with the files that were waited for when the page was left. */
  #restore = () => {
    for (const file of this.uppy.getFiles()) if (file.progress.postprocess) this.#wait(file);
  };
  #stop = (file) => this.#waits.get(file.id)?.stop.abort();
  /**
   * Returns a promise of the end, the same while it is waited for.
   *
   * @param {UppyFile | undefined} file
   */
  #wait(file) {
    if (!file || file.error) return;
    const known = this.#waits.get(file.id);
    if (known) return known.ended;
    const stop = new AbortController();
    const ended = this.#follow(file, stop.signal).finally(() => {
      stop.abort();
      this.#waits.delete(file.id);
    });
    this.#waits.set(file.id, {stop, ended});
    return ended;
  }
  /**
   * @param {UppyFile} file
   * @param {AbortSignal} signal
   */
  async #follow(file, signal) {
    const {progress, uploadId: idOf = ({meta, id}) => meta.uploadId ?? id} =
      /** @type {UppyOptions} */
      this.opts;
    const uploadId = idOf(file);
    const show = (upload) => this.#show(file.id, upload);
    progress.addEventListener("upload", ({detail: {upload}}) => upload.uploadId === uploadId && show(upload), {signal});
    show(progress.uploads.find((upload) => upload.uploadId === uploadId));
    const end = progress.ended(uploadId, {attempt: this.#attempts.get(uploadId), signal});
    await end.then(
      (upload) => this.#end(file.id, upload),
      () => {},
      // The file was removed, or the plugin.
    );
  }
  /**
   * @param {string} fileId
   * @param {Upload} [upload]
   */
  #show(fileId, upload) {
    const {texts} =
      /** @type {UppyOptions} */
      this.opts;
    const {phase, message = phase ?? texts?.processing ?? "Processing", phasePercent} = upload ?? {};
    const isKnown = typeof phasePercent === "number" && phasePercent >= 0 && phasePercent <= 100;
    const file = this.uppy.getFile(fileId);
    if (!file) return;
    if (isKnown)
      this.uppy.emit("postprocess-progress", file, {mode: "determinate", message, value: phasePercent / 100});
    else this.uppy.emit("postprocess-progress", file, {mode: "indeterminate", message});
  }
  /**
   * @param {string} fileId
   * @param {Upload} upload
   */
  #end(fileId, upload) {
    const {uploadId, attempt, status, result, error, message} = upload;
    this.#attempts.set(uploadId, attempt + 1);
    const file = this.uppy.getFile(fileId);
    this.uppy.emit("postprocess-complete", file);
    if (status === "completed") {
      const response = {status: 200, ...file.response, body: {...file.response?.body, result}};
      return this.uppy.setFileState(fileId, {response});
    }
    const {texts} =
      /** @type {UppyOptions} */
      this.opts;
    this.uppy.emit("upload-error", file, new Error(error?.message ?? message ?? texts?.failed ?? "The upload failed."));
  }
};
export {UploadProgressUppy};
