import {accepts, hasEnded, latestFirst} from "../rules.js";
import {Announcer} from "./announcer.js";
import {describe} from "./description.js";
import {create, setText} from "./dom.js";
import {visible} from "./format.js";
import {STALLED_SECONDS, isQuiet, isStalled} from "./news.js";
import {Row} from "./row.js";
import {STYLE} from "./style.js";
import {TEXTS} from "./texts.js";
import {UnseenEnds} from "./unseen-ends.js";

/** @typedef {import("../types.d.ts").Upload} Upload */
/** @typedef {import("../types.d.ts").UploadDetail} UploadDetail */
/** @typedef {import("../types.d.ts").ListElementConstructor} ListElementConstructor */
/** @typedef {import("../upload-progress.js").UploadProgress} UploadProgress */
/** @typedef {typeof TEXTS} Texts */

/** The time between two drawings of a row, because users do not read faster. */
const MIN_DRAW_MS = 100;
const MIN_DRAW_OUTSIDE_MS = 1000;
const AGE_MS = 1000;

/** jsdom has frames only if it is told to be visual. */
const onFrame = globalThis.requestAnimationFrame ?? setTimeout;

/** The element. It updates itself once `source` is set. */
export class UploadProgressList extends /** @type {ListElementConstructor} */ (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = ["stalled-after-seconds"];
  /** @type {UploadProgress | undefined} */ #source;
  /** @type {AbortController | undefined} */ #listening;
  /** @type {Map<string, Upload>} */ #own = new Map();
  #ends = new UnseenEnds();
  /** The uploads whose row could not be drawn. */
  /** @type {Set<string>} */ #failed = new Set();
  /** @type {Map<string, Row>} */ #rows = new Map();
  /** @type {Map<string, Upload>} */ #shown = new Map();
  /** @type {Set<string>} */ #changed = new Set();
  /** The uploads whose rows are outside the viewport. */
  /** @type {Set<string>} */ #outside = new Set();
  #reordered = true;
  /** A drawing is scheduled; the time of the last one, and of the last one that included rows outside the viewport. */
  #scheduled = false;
  #drawnAt = 0;
  #allDrawnAt = 0;
  #texts = TEXTS;
  /** @type {(upload: Upload) => boolean} */ #retryable = () => false;
  /** @type {(upload: Upload) => boolean} */ #cancelable = () => false;
  #list = create("ul");
  #empty = create("div", "empty");
  #announcer = new Announcer(create("div", "said"), () => this.#texts);

  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    const sheet = new CSSStyleSheet();
    // jsdom 26 has no replaceSync.
    sheet.replaceSync?.(STYLE);
    root.adoptedStyleSheets = [sheet];
    // Safari removes the role of a list without bullets.
    this.#list.setAttribute("role", "list");
    const slot = /** @type {HTMLSlotElement} */ (create("slot"));
    slot.name = "empty";
    this.#empty.append(slot);
    root.append(this.#list, this.#empty, this.#announcer.element);
    this.#adopt();
    this.texts = {};
  }

  /** Sets again what was set before the element was defined, because it hides the accessors of the class. */
  #adopt() {
    const own = /** @type {{[name: string]: any}} */ (this);
    for (const [name, value] of Object.entries(own)) {
      if (!(name in UploadProgressList.prototype)) continue;
      delete own[name];
      own[name] = value;
    }
  }

  connectedCallback() {
    if (this.hasAttribute("source")) console.warn("upload-progress-list: source is a property");
    this.#listen();
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#listening = undefined;
  }

  /** The client whose uploads are shown. */
  get source() {
    return this.#source;
  }

  set source(source) {
    this.#listening?.abort();
    this.#listening = undefined;
    this.#source = source;
    this.#own.clear();
    this.#ends.clear();
    this.#listen();
  }

  attributeChangedCallback() {
    this.#redraw();
  }

  /** Seconds without news after which an upload counts as stalled; also the attribute `stalled-after-seconds`. */
  get stalledAfterSeconds() {
    const seconds = Number(this.getAttribute("stalled-after-seconds"));
    return seconds > 0 ? seconds : STALLED_SECONDS;
  }

  set stalledAfterSeconds(seconds) {
    this.setAttribute("stalled-after-seconds", String(seconds));
  }

  /** The rule for uploads with a retry button. */
  set retryable(/** @type {(upload: Upload) => boolean} */ rule) {
    this.#retryable = rule;
    this.#redraw();
  }

  /** The rule for uploads with a cancel button. */
  set cancelable(/** @type {(upload: Upload) => boolean} */ rule) {
    this.#cancelable = rule;
    this.#redraw();
  }

  /** The texts of the list. Texts that are left out stay as they are. */
  set texts(/** @type {Partial<Texts>} */ texts) {
    this.#texts = {...this.#texts, ...texts};
    this.#list.setAttribute("aria-label", this.#texts.list);
    const slot = this.#empty.firstElementChild;
    if (slot) setText(slot, this.#texts.empty);
    this.#redraw();
  }

  /**
   * Shows an upload of this page that the server does not know yet, or that failed before it reached the server. An
   * update of the source replaces it as soon as it is accepted.
   *
   * @param {Upload} upload
   */
  show(upload) {
    this.#own.set(upload.uploadId, upload);
    this.#change(upload.uploadId, true);
  }

  #listen() {
    if (!this.#source || this.#listening || !this.isConnected) return;
    this.#listening = new AbortController();
    const options = {signal: this.#listening.signal};
    this.#source.addEventListener("upload", ({detail}) => this.#receive(detail), options);
    this.#source.addEventListener("uploads", () => this.#onUploads(), options);
    this.#source.addEventListener("connection", () => this.#redraw(), options);
    document.addEventListener("visibilitychange", () => this.#onVisibility(), options);
    const aging = setInterval(() => this.#age(), AGE_MS);
    options.signal.addEventListener("abort", () => clearInterval(aging));
    this.#redraw();
  }

  /** @param {UploadDetail} detail */
  #receive({upload, previous}) {
    const ends = upload.gone || hasEnded(upload);
    if (ends) this.#ends.add(upload);
    else this.#ends.remove(upload.uploadId);
    this.#change(upload.uploadId, !previous || previous.startedAt !== upload.startedAt);
    const isNew = previous?.status !== upload.status || previous.attempt !== upload.attempt || upload.gone;
    if (ends && isNew) this.#announce(upload);
  }

  #onUploads() {
    this.#ends.removeSeen();
    this.#redraw();
  }

  #onVisibility() {
    if (document.hidden) return this.#ends.allBecomeHidden();
    this.#redraw();
    this.#announcer.flush();
  }

  /** Redraws the rows whose news gets older, because no event says so. */
  #age() {
    const now = Date.now();
    const after = this.stalledAfterSeconds;
    for (const [id, upload] of this.#shown) {
      if (isQuiet(upload, now) || isStalled(upload, now, after)) this.#change(id, false);
    }
  }

  #redraw() {
    for (const id of this.#shown.keys()) this.#changed.add(id);
    this.#schedule(true);
  }

  /**
   * @param {string} uploadId
   * @param {boolean} reordered
   */
  #change(uploadId, reordered) {
    this.#changed.add(uploadId);
    this.#schedule(reordered);
  }

  /** @param {boolean} reordered */
  #schedule(reordered) {
    this.#reordered ||= reordered;
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = this.#drawnAt + MIN_DRAW_MS - performance.now();
    const draw = () => onFrame(() => this.#draw());
    if (reordered || wait <= 0) draw();
    else setTimeout(draw, wait);
  }

  /** Draws each changed row once. Rows outside the viewport, which screen readers may read, are drawn less often. */
  #draw() {
    this.#scheduled = false;
    this.#drawnAt = performance.now();
    this.#shown = this.#merged();
    const all = this.#reordered || this.#drawnAt - this.#allDrawnAt >= MIN_DRAW_OUTSIDE_MS;
    if (this.#reordered) this.#arrange();
    this.#reordered = false;
    if (all) this.#allDrawnAt = this.#drawnAt;
    const {state = "", ageMs = 0} = this.#source?.connection ?? {};
    // Without a connection no news arrives, so the age of the news stays as it was when the data was live.
    const context = {stale: state !== "live", now: Date.now() - (ageMs ?? 0)};
    for (const id of this.#changed) if (all || !this.#outside.has(id)) this.#tryRow(id, context);
    if (this.#changed.size) this.#schedule(false);
  }

  /** @returns {Map<string, Upload>} */
  #merged() {
    const uploads = new Map(this.#source?.uploads.map((upload) => [upload.uploadId, upload]));
    for (const end of this.#ends.uploads) if (!uploads.has(end.uploadId)) uploads.set(end.uploadId, end);
    for (const [id, own] of this.#own) {
      if (accepts(uploads.get(id), own)) uploads.set(id, own);
      else this.#own.delete(id);
    }
    return uploads;
  }

  #arrange() {
    for (const [id, row] of this.#rows) {
      if (this.#shown.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
      this.#failed.delete(id);
      this.#outside.delete(id);
    }
    const order = [...this.#shown.values()].sort(latestFirst);
    const focused = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement);
    let next = this.#list.firstElementChild;
    for (const {uploadId} of order) {
      const {element} = this.#row(uploadId);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
    // A row that was moved has lost the focus.
    if (focused !== this.shadowRoot?.activeElement) focused?.focus({preventScroll: true});
    this.#empty.hidden = order.length > 0;
  }

  /**
   * @param {string} uploadId
   * @param {boolean} isVisible
   */
  #onRowVisibility(uploadId, isVisible) {
    if (!isVisible) this.#ends.becomeHidden(uploadId);
    if (!isVisible) this.#outside.add(uploadId);
    else if (this.#outside.delete(uploadId)) this.#change(uploadId, false);
  }

  /** @param {string} uploadId */
  #row(uploadId) {
    const known = this.#rows.get(uploadId);
    if (known) return known;
    const row = new Row(
      (action) => this.#act(action, uploadId),
      (isVisible) => this.#onRowVisibility(uploadId, isVisible),
    );
    this.#rows.set(uploadId, row);
    this.#changed.add(uploadId);
    return row;
  }

  /**
   * Draws a row. A row that cannot be drawn does not stop the others, and is logged once.
   *
   * @param {string} uploadId
   * @param {{stale: boolean, now: number}} context
   */
  #tryRow(uploadId, context) {
    this.#changed.delete(uploadId);
    try {
      this.#drawRow(uploadId, context);
    } catch (error) {
      if (!this.#failed.has(uploadId)) console.warn("upload-progress-list cannot draw an upload", error);
      this.#failed.add(uploadId);
    }
  }

  /**
   * @param {string} uploadId
   * @param {{stale: boolean, now: number}} context
   */
  #drawRow(uploadId, context) {
    const upload = this.#shown.get(uploadId);
    if (!upload) return;
    this.#rows.get(uploadId)?.draw(upload, {
      ...context,
      texts: this.#texts,
      stalledAfterSeconds: this.stalledAfterSeconds,
      locale: /** @type {HTMLElement | null} */ (this.closest("[lang]"))?.lang || undefined,
      retryable: this.#retryable,
      cancelable: this.#cancelable,
    });
    if (!document.hidden && !this.#outside.has(uploadId)) this.#ends.becomeVisible(uploadId);
  }

  /**
   * @param {"retry" | "cancel"} action
   * @param {string} uploadId
   */
  #act(action, uploadId) {
    const upload = this.#shown.get(uploadId);
    this.dispatchEvent(new CustomEvent(action, {detail: {upload}, bubbles: true, composed: true}));
  }

  /**
   * Announces how an upload ended. Its progress is not announced.
   *
   * @param {Upload} upload
   */
  #announce(upload) {
    const end = upload.status === "failed" ? describe(upload, this.#texts) : this.#texts[upload.status];
    const name = visible(upload.fileName || this.#texts.unnamed);
    this.#announcer.announce(this.#texts.ended(name, upload.gone ? this.#texts.gone : end));
  }
}
