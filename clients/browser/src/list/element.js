import {STALLED_SECONDS, isQuiet, isStalled} from "../news.js";
import {accepts, hasEnded, latestFirst} from "../rules.js";
import {Announcer} from "./announcer.js";
import {describe} from "./description.js";
import {create, setText} from "./dom.js";
import {visible} from "./format.js";
import {Row} from "./row.js";
import {STYLE} from "./style.js";
import {TEXTS} from "./texts.js";
import {UnseenEnds} from "./unseen-ends.js";

/** @typedef {import("../types.d.ts").Upload} Upload */
/** @typedef {import("../types.d.ts").UploadDetail} UploadDetail */
/** @typedef {import("../types.d.ts").ListElementConstructor} ListElementConstructor */
/** @typedef {import("../upload-progress.js").UploadProgress} UploadProgress */
/** @typedef {typeof TEXTS} Texts */

/** The time between two drawings of a row, because users do not read faster. A bar is animated in between. */
const MIN_DRAW_MS = 250;
/** The same for rows outside the viewport, and for the values that screen readers may speak. */
const MIN_DRAW_ALL_MS = 1000;

/** jsdom has frames only with its option `pretendToBeVisual`. */
const onFrame = globalThis.requestAnimationFrame ?? setTimeout;

/** The element. It updates itself once `source` is set. */
export class UploadProgressList extends /** @type {ListElementConstructor} */ (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = ["stalled-after-seconds"];
  /** @type {UploadProgress | undefined} */ #source;
  /** @type {AbortController | undefined} */ #listening;
  /** @type {Map<string, Upload>} */ #own = new Map();
  #ends = new UnseenEnds();
  /** @type {Map<string, Row>} */ #rows = new Map();
  #reordered = true;
  /** A drawing is scheduled; the time of the last one, and of the last one that included rows outside the viewport. */
  #scheduled = false;
  #drawnAt = 0;
  #allDrawnAt = 0;
  #texts = TEXTS;
  /** @type {(upload: Upload) => boolean} */ #retryable = () => false;
  /** @type {(upload: Upload) => boolean} */ #cancelable = () => false;
  #list = create("ul");
  #slot = create("slot");
  #empty = create("div", "empty", this.#slot);
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
    this.#slot.setAttribute("name", "empty");
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
    setText(this.#slot, this.#texts.empty);
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
    // The options of a listener have a signal, as the controller has.
    const options = (this.#listening = new AbortController());
    this.#source.addEventListener("upload", ({detail}) => this.#receive(detail), options);
    this.#source.addEventListener("uploads", () => this.#onUploads(), options);
    this.#source.addEventListener("connection", () => this.#redraw(), options);
    document.addEventListener("visibilitychange", () => this.#onVisibility(), options);
    const aging = setInterval(() => this.#age(), MIN_DRAW_ALL_MS);
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
    if (document.hidden) return this.#ends.becomeHidden();
    this.#redraw();
    this.#announcer.flush();
  }

  /** Redraws the rows whose news gets older, because no event says so. */
  #age() {
    const now = Date.now();
    const {welcome} = this.#source ?? {};
    for (const [id, {upload}] of this.#rows) {
      if (isQuiet(upload, now, welcome) || isStalled(upload, now, this.stalledAfterSeconds)) this.#change(id, false);
    }
  }

  #redraw() {
    for (const row of this.#rows.values()) row.changed = true;
    this.#schedule(true);
  }

  /**
   * @param {string} uploadId
   * @param {boolean} reordered
   */
  #change(uploadId, reordered) {
    const row = this.#rows.get(uploadId);
    if (row) row.changed = true;
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

  /**
   * Draws the changed rows, and those whose bar moves by itself. Rows outside the viewport, which screen readers may read,
   * are drawn less often.
   */
  #draw() {
    this.#scheduled = false;
    this.#drawnAt = performance.now();
    const uploads = this.#merged();
    const all = this.#reordered || this.#drawnAt - this.#allDrawnAt >= MIN_DRAW_ALL_MS;
    if (this.#reordered) this.#arrange(uploads);
    this.#reordered = false;
    if (all) this.#allDrawnAt = this.#drawnAt;
    const {connection, welcome} = this.#source ?? {};
    const stale = connection?.state !== "live";
    // Without a connection no news arrives, so bars stay, and the age of the news is that of when the data was live.
    const context = {
      all,
      stale,
      now: Date.now() - (connection?.ageMs ?? 0),
      welcome: stale ? undefined : welcome,
      texts: this.#texts,
      stalledAfterSeconds: this.stalledAfterSeconds,
      locale: /** @type {HTMLElement | null} */ (this.closest("[lang]"))?.lang,
      retryable: this.#retryable,
      cancelable: this.#cancelable,
    };
    for (const [id, row] of this.#rows) {
      row.upload = uploads.get(id) ?? row.upload;
      if (!row.changed) continue;
      this.#schedule(false);
      if (!all && row.outside) continue;
      const isMoving = this.#tryRow(row, context);
      if (all) row.changed = isMoving;
    }
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

  /** @param {Map<string, Upload>} uploads */
  #arrange(uploads) {
    for (const [id, row] of this.#rows) {
      if (uploads.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    const order = [...uploads.values()].sort(latestFirst);
    const focused = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement);
    let next = this.#list.firstElementChild;
    for (const upload of order) {
      const {element} = this.#row(upload);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
    // A row that was moved has lost the focus; for any other this has no effect.
    focused?.focus({preventScroll: true});
    this.#empty.hidden = order.length > 0;
  }

  /** @param {Upload} upload */
  #row(upload) {
    const {uploadId} = upload;
    const known = this.#rows.get(uploadId);
    if (known) return known;
    const row = new Row(upload, {
      onAction: (action) => {
        const detail = {upload: row.upload};
        this.dispatchEvent(new CustomEvent(action, {detail, bubbles: true, composed: true}));
      },
      onVisibility: () => (row.outside ? this.#ends.becomeHidden(uploadId) : this.#change(uploadId, false)),
    });
    this.#rows.set(uploadId, row);
    return row;
  }

  /**
   * Draws a row. Returns true while its bar moves by itself. A row that cannot be drawn does not stop the others, and is
   * logged once.
   *
   * @param {Row} row
   * @param {Parameters<Row["draw"]>[0]} context
   */
  #tryRow(row, context) {
    try {
      const isMoving = row.draw(context);
      if (!document.hidden && !row.outside) this.#ends.becomeVisible(row.upload.uploadId);
      return isMoving;
    } catch (error) {
      if (!row.failed) console.warn("upload-progress-list:", error);
      row.failed = true;
      return false;
    }
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
