// Built from clients/browser/src by `npm run build`.
/**
 * `<upload-progress-list>` shows the uploads of an UploadProgress, one progress bar per upload.
 *
 * ```js
 * document.querySelector("upload-progress-list").source = new UploadProgress({url, getToken});
 * ```
 *
 * An upload without news for `stalled-after-seconds` (120) is shown as stalled.
 *
 * Set `retryable` and `cancelable` to offer buttons. A button fires `retry` or `cancel` with `detail.upload`. Colours are
 * the custom properties `--upload-*`. The slot `empty` holds the content of an empty list.
 *
 * @module
 */

// src/prediction.js
var MAX_PERCENT_BEFORE_COMPLETED = 99.9;
var MAX_SILENT_INTERVALS = 2;
var count = (value) => (typeof value === "number" && value >= 0 && value < Infinity ? value : void 0);
var newsAge = ({newsAt, updatedAt}, now) => Math.max(0, now - (newsAt ?? Date.parse(updatedAt))) || 0;
function intervalSeconds({startedAt, updatedAt}, welcome) {
  const {predictionSeconds = 5, latePredictionSeconds = 10, latePredictionAfterSeconds = 120} = welcome ?? {};
  const isLate = Date.parse(updatedAt) - Date.parse(startedAt) >= latePredictionAfterSeconds * 1e3;
  return isLate ? latePredictionSeconds : predictionSeconds;
}
function predict(upload, before, welcome, now = Date.now()) {
  const held = before?.attempt === upload.attempt ? before : {bytesUploaded: 0, bytesConfirmed: 0};
  const confirmed = count(upload.bytesUploaded) ?? 0;
  const total = count(upload.bytesTotal) ?? Infinity;
  const interval = intervalSeconds(upload, welcome);
  const elapsed = newsAge(upload, now) / 1e3;
  const predicted = Math.min(elapsed, interval);
  const isCounting = upload.status === "uploading" && confirmed >= held.bytesConfirmed;
  const isPacing = isCounting && elapsed < MAX_SILENT_INTERVALS * interval;
  const speed = count(upload.bytesPerSecond);
  const left = count(upload.etaSeconds);
  const max = ((welcome?.maxPredictionPercent ?? 0) / 100) * (total < Infinity ? total : confirmed);
  const slope = (isCounting && !upload.unpredictable && speed) || 0;
  const line2 = confirmed + Math.min(slope * predicted, max);
  const bytesUploaded = Math.floor(Math.min(total, Math.max(line2, held.bytesUploaded)));
  return {
    ...upload,
    bytesUploaded,
    bytesConfirmed: Math.max(confirmed, held.bytesConfirmed),
    percent:
      bytesUploaded > confirmed && total < Infinity
        ? Math.min(MAX_PERCENT_BEFORE_COMPLETED, Math.floor((bytesUploaded * 1e3) / total) / 10)
        : (upload.percent ?? null),
    bytesPerSecond: isPacing ? (speed ?? null) : null,
    // The time left reaches 0 only if the message says so.
    etaSeconds: isPacing && left !== void 0 ? Math.ceil(Math.max(Math.min(left, 1), left - predicted)) : null,
    moving: slope > 0 && elapsed < interval && line2 < Math.min(total, confirmed + max),
  };
}

// src/rules.js
var hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";
function accepts(stored, update) {
  if (!stored || update.attempt !== stored.attempt) return !stored || update.attempt > stored.attempt;
  const isOverruled = stored.source === "client";
  if (isOverruled !== (update.source === "client")) return isOverruled;
  const isNewer = update.rev > stored.rev;
  return hasEnded(stored) && stored.source !== "sweep" ? isNewer && "source" in stored : isNewer || hasEnded(update);
}
function latestFirst(first, second) {
  if (first.startedAt !== second.startedAt) return first.startedAt < second.startedAt ? 1 : -1;
  return first.uploadId < second.uploadId ? -1 : 1;
}

// src/news.js
var QUIET_SECONDS = 30;
var ARRIVAL_SECONDS = 1;
var STALLED_SECONDS = 120;
function isQuiet(upload, now, welcome) {
  const isUploading = upload.status === "uploading";
  const after = isUploading
    ? intervalSeconds(upload, welcome) + ARRIVAL_SECONDS
    : upload.stalledAfterSeconds || QUIET_SECONDS;
  return !hasEnded(upload) && newsAge(upload, now) >= after * 1e3;
}
var isMoving = ({status}) => status === "uploading" || status === "processing";
var isStalled = (upload, now, afterSeconds = STALLED_SECONDS) =>
  isMoving(upload) && newsAge(upload, now) >= (upload.stalledAfterSeconds || afterSeconds) * 1e3;

// src/list/dom.js
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
function create(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

// src/list/announcer.js
var DELAY_MS = 1e3;
var MAX_ANNOUNCED = 3;
var Announcer = class {
  /** @type {string[]} */
  #waiting = [];
  #timer = 0;
  /**
   * @param {Element} element
   * @param {() => Texts} texts
   */
  constructor(element, texts) {
    this.element = element;
    this.texts = texts;
    element.setAttribute("role", "status");
  }
  /** @param {string} text */
  announce(text) {
    this.#waiting.push(text);
    this.flush();
  }
  /** Announces all waiting texts together after a second. */
  flush() {
    if (this.#timer || !this.#waiting.length) return;
    this.#timer = setTimeout(() => this.#write(), DELAY_MS);
  }
  /** Writes the waiting texts into the region. A hidden page waits, because nothing of it is spoken. */
  #write() {
    this.#timer = 0;
    if (document.hidden) return;
    const texts = this.#waiting.splice(0);
    const more = texts.length - MAX_ANNOUNCED;
    if (more > 0) texts.splice(MAX_ANNOUNCED, more, this.texts().more(more));
    setText(this.element, texts.join(". "));
  }
};

// src/list/format.js
var SIZES =
  /** @type {const} */
  ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
function formatBytes(bytes, locale) {
  let step = 0;
  while (bytes >= 1e3 ** (step + 1) && step < SIZES.length - 1) step++;
  const digits = step > 1 ? 1 : 0;
  const value = Math.floor((bytes / 1e3 ** step) * 10 ** digits) / 10 ** digits;
  return measure(value, SIZES[step] ?? "byte", digits, locale);
}
function formatSeconds(seconds, locale, round = Math.ceil) {
  if (round(seconds) < 60) return measure(round(seconds), "second", 0, locale);
  if (round(seconds / 60) < 60) return measure(round(seconds / 60), "minute", 0, locale);
  return measure(round(seconds / 360) / 10, "hour", 1, locale);
}
var INVISIBLE = /[\p{Cc}\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
var visible = (text) => text.replace(INVISIBLE, "�");
var measure = (value, unit, digits, locale) => formatter(locale, unit, digits).format(value).replace(" ", " ");
var formatters = {};
var formatter = (locale, unit, digits) =>
  (formatters[`${locale} ${unit} ${digits}`] ??= new Intl.NumberFormat(validTag(locale), {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }));
function validTag(locale) {
  try {
    return Intl.getCanonicalLocales(
      locale
        ?.trim()
        .replace(/[.@].*/s, "")
        .replaceAll("_", "-"),
    )[0];
  } catch {
    return void 0;
  }
}

// src/list/description.js
function describe(upload, texts, {stale, locale, now = Date.now(), stalledAfterSeconds, welcome} = {}) {
  const {status, bytesUploaded, bytesTotal} = upload;
  const message = line(upload.message);
  if (status === "failed") return line(upload.error?.message) || message || texts.unexplained;
  const all = bytesTotal === null ? "" : formatBytes(bytesTotal, locale);
  const some = bytesUploaded || all ? formatBytes(bytesUploaded, locale) : "";
  const sizes = all ? texts.of(some, all) : some;
  if (status === "completed") return join(message, all || some);
  if (upload.gone) return join(sizes, texts.gone);
  if (status === "canceled") return join(message, sizes);
  const phase = phaseOf(upload, texts);
  const stalled = isStalled(upload, now, stalledAfterSeconds);
  const quiet = stalled || isQuiet(upload, now, welcome);
  const moves = status === "uploading";
  return join(
    stalled && texts.stalled,
    phase,
    message || (!phase && !(moves && sizes) && texts[status]),
    moves ? sizes : all,
    quiet && texts.quiet(formatSeconds(newsAge(upload, now) / 1e3, locale, Math.floor)),
    ...(moves && !quiet && !stale ? pace(upload, texts, locale) : []),
  );
}
var join = (...parts) => parts.filter(Boolean).join(" · ");
var line = (text) => text && visible(text.replace(/\s+/g, " "));
function phaseOf({status, phase, phasePercent}, texts) {
  const name = phase !== "transfer" && phase !== status && line(phase);
  if (typeof phasePercent !== "number" || !(phasePercent >= 0 && phasePercent <= 100)) return name;
  return `${name || texts[status]} ${Math.floor(phasePercent)}%`;
}
function pace({bytesPerSecond, etaSeconds}, texts, locale) {
  return [
    bytesPerSecond && texts.speed(formatBytes(bytesPerSecond, locale)),
    etaSeconds && texts.left(formatSeconds(etaSeconds, locale)),
  ];
}

// src/list/row.js
var MIN_ANIMATED_STEP = 3e-3;
var ANIMATION_MS = 300;
function iconText({status, fileName}) {
  if (status === "completed") return "✓";
  if (status === "failed") return "!";
  return /\.(\w{1,4})$/.exec(fileName ?? "")?.[1]?.toUpperCase() ?? "↑";
}
var rowCount = 0;
var Row = class {
  #icon = create("span", "icon");
  #name = create("bdi", "name");
  #percent = create("span", "percent");
  #fill = create("div", "fill");
  #bar = create("div", "bar", this.#fill);
  #facts = create("span", "facts");
  #done = 0;
  /** @type {DrawnUpload | undefined} */
  #drawn;
  #retry =
    /** @type {HTMLButtonElement} */
    create("button");
  #cancel =
    /** @type {HTMLButtonElement} */
    create("button");
  element = create(
    "li",
    "",
    this.#icon,
    create(
      "div",
      "body",
      create("div", "line", this.#name, this.#percent),
      this.#bar,
      create("div", "line", this.#facts, create("span", "actions", this.#retry, this.#cancel)),
    ),
  );
  /** It has to be drawn, is outside the viewport, could not be drawn. */
  changed = true;
  outside = false;
  failed = false;
  /**
   * @param {Upload} upload
   * @param {{onAction: (action: "retry" | "cancel") => void, onVisibility: () => void}} owner
   */
  constructor(upload, {onAction, onVisibility}) {
    this.upload = upload;
    this.element.tabIndex = -1;
    this.#icon.setAttribute("aria-hidden", "true");
    this.#name.id = `upload-${++rowCount}`;
    this.#bar.setAttribute("role", "progressbar");
    this.#bar.setAttribute("aria-labelledby", this.#name.id);
    this.element.addEventListener("contentvisibilityautostatechange", (event) => {
      this.outside = /** @type {ContentVisibilityAutoStateChangeEvent} */ event.skipped;
      onVisibility();
    });
    this.#retry.addEventListener("click", () => onAction("retry"));
    this.#cancel.addEventListener("click", () => onAction("cancel"));
  }
  /**
   * Draws the upload. Returns true while its bar moves by itself.
   *
   * @param {{texts: Texts, stale: boolean, locale?: string, now: number, stalledAfterSeconds: number, all: boolean,
   *   welcome?: PredictionLimits, retryable: (upload: Upload) => boolean, cancelable: (upload: Upload) => boolean}} how
   *   `all`: the values for assistive technology are due
   */
  draw({retryable, cancelable, all, ...how}) {
    const {texts, stale, now, welcome} = how;
    const {upload} = this;
    const isNew = upload.status !== this.#drawn?.status;
    this.#drawn = predict(upload, this.#drawn, welcome, now + ANIMATION_MS);
    const ended = hasEnded(upload);
    const name = visible(upload.fileName || texts.unnamed);
    setText(this.#name, name);
    setAttribute(this.#name, "title", name);
    setText(this.#icon, iconText(upload));
    if (isNew) this.element.dataset.status = upload.status;
    const silent =
      stale || upload.gone || isQuiet(upload, now, welcome) || isStalled(upload, now, how.stalledAfterSeconds);
    this.element.classList.toggle("stale", silent && !ended);
    const facts = describe(ended || silent ? upload : this.#drawn, texts, how);
    setText(this.#facts, facts);
    const {percent} = this.#drawn;
    const value = percent === null ? null : String(Math.floor(percent));
    const shown = ended ? texts[upload.status] : value && `${value}%`;
    setText(this.#percent, shown ?? "");
    this.#drawBar(this.#drawn);
    if (all || isNew) {
      setAttribute(this.#bar, "aria-valuenow", value);
      setAttribute(this.#bar, "aria-valuetext", [shown, facts].filter(Boolean).join(", "));
    }
    this.#offer(this.#retry, texts.retry, name, retryable(upload));
    this.#offer(this.#cancel, texts.cancel, name, cancelable(upload));
    return this.#drawn.moving;
  }
  /** @param {DrawnUpload} drawn */
  #drawBar(drawn) {
    const {percent} = drawn;
    this.#bar.classList.toggle("unknown", percent === null && isMoving(drawn));
    const done = (percent ?? 0) / 100;
    if (done === this.#done) return;
    this.#fill.classList.toggle("animated", Math.abs(done - this.#done) >= MIN_ANIMATED_STEP);
    this.#fill.style.setProperty("--done", String(done));
    this.#done = done;
  }
  /**
   * @param {HTMLButtonElement} button
   * @param {string} text
   * @param {string} name
   * @param {boolean} offered
   */
  #offer(button, text, name, offered) {
    if (!offered && button.matches(":focus")) this.element.focus();
    button.hidden = !offered;
    if (!offered) return;
    setText(button, text);
    setAttribute(button, "aria-label", `${text}: ${name}`);
  }
};

// src/list/style.js
var STYLE =
  ":host{--u-muted: var(--upload-muted, color-mix(in srgb, CanvasText 70%, Canvas));--u-surface: var(--upload-surface, Canvas);--u-line: var(--upload-line, color-mix(in srgb, CanvasText 15%, Canvas));--u-accent: var(--upload-accent, LinkText);--u-good: var(--upload-good, CanvasText);--u-bad: var(--upload-bad, CanvasText);--u-tint: var(--u-accent);--u-way: 100%;display:block;color:var(--upload-text, CanvasText);font-variant-numeric:tabular-nums}@supports (color: light-dark(red,red)){:host{--u-accent: var(--upload-accent, light-dark(#3451d1, #8fa5ff));--u-good: var(--upload-good, light-dark(#17703a, #6fd491));--u-bad: var(--upload-bad, light-dark(#c02b26, #ff938d))}}:host(:dir(rtl)){--u-way: -100%}ul{list-style:none;margin:0;padding:0;background:var(--u-surface);border:1px solid var(--u-line);border-radius:1rem;overflow:hidden}ul:empty{display:none}li{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.875rem;padding:.875rem 1rem;content-visibility:auto;contain-intrinsic-block-size:auto 5.25rem}li+li{border-block-start:1px solid var(--u-line)}:focus-visible{outline:2px solid var(--u-accent);outline-offset:-2px}[data-status=completed]{--u-tint: var(--u-good)}[data-status=failed]{--u-tint: var(--u-bad)}:is([data-status=paused],[data-status=queued],[data-status=canceled],.stale){--u-tint: var(--u-muted)}.icon{display:grid;place-items:center;inline-size:2.75rem;block-size:2.75rem;border-radius:.5rem;background:color-mix(in srgb,var(--u-tint) 12%,var(--u-surface));color:var(--u-tint);font-size:.75rem;font-weight:600}:is([data-status=completed],[data-status=failed]) .icon{font-size:1.25rem}.body{display:grid;grid-template-columns:minmax(0,1fr);gap:.375rem}.line{display:flex;align-items:baseline;justify-content:space-between;gap:1rem}.name{min-width:0;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:pre}.percent{white-space:nowrap;font-weight:600;color:var(--u-tint)}.facts{color:var(--u-muted);font-size:.875rem;overflow-wrap:anywhere}[data-status=failed] .facts{color:var(--u-bad)}.bar{block-size:.375rem;border-radius:1rem;overflow:hidden;background:color-mix(in srgb,var(--u-tint) 16%,var(--u-surface))}.fill{block-size:100%;border-radius:inherit;background:var(--u-tint);transform:translate(calc((var(--done, 0) - 1) * var(--u-way)))}.animated{transition:transform .3s linear}.unknown .fill{inline-size:30%;animation:unknown 1.6s ease-in-out infinite alternate;transition:none}@keyframes unknown{0%{transform:none}to{transform:translate(calc(2.33 * var(--u-way)))}}.stale .fill{animation-play-state:paused}.actions{display:flex;flex:none}button{padding:.125rem .5rem;border:0;border-radius:.5rem;background:none;color:var(--u-accent);font:inherit;font-size:.875rem;font-weight:600;cursor:pointer}.empty{color:var(--u-muted);text-align:center;padding:1rem}.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}:host([hidden]),[hidden]{display:none!important}@media(forced-colors:active){.bar{border:1px solid}.fill{forced-color-adjust:none;background:Highlight}}@media(prefers-reduced-motion:reduce){.fill{transition:none;animation:none!important}}";

// src/list/texts.js
var TEXTS = {
  list: "Uploads",
  empty: "No uploads yet.",
  unnamed: "Unnamed file",
  queued: "Waiting",
  uploading: "Uploading",
  paused: "Paused",
  processing: "Processing",
  completed: "Done",
  failed: "Failed",
  unexplained: "The upload failed.",
  canceled: "Canceled",
  retry: "Retry",
  cancel: "Cancel",
  more: (count2) => `and ${count2} more`,
  ended: (name, how) => `${name}: ${how}`,
  of: (some, all) => `${some} of ${all}`,
  speed: (size) => `${size}/s`,
  left: (time) => `${time} left`,
  quiet: (time) => `no news for ${time}`,
  stalled: "Stalled",
  gone: "no longer reported; its end is unknown",
};

// src/list/unseen-ends.js
var SEEN_MS = 5e3;
var MAX_ENDS = 200;
var UnseenEnds = class {
  /** `visibleSince` is a time of `performance.now()`, or infinite while the row is not visible. */
  /** @type {Map<string, {upload: Upload, visibleSince: number}>} */
  #ends = /* @__PURE__ */ new Map();
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
};

// src/list/element.js
var MIN_DRAW_MS = 250;
var MIN_DRAW_ALL_MS = 1e3;
var onFrame = globalThis.requestAnimationFrame ?? setTimeout;
var UploadProgressList = class _UploadProgressList
  extends /** @type {ListElementConstructor} */ (globalThis.HTMLElement ?? class {})
{
  static observedAttributes = ["stalled-after-seconds"];
  /** @type {UploadProgress | undefined} */
  #source;
  /** @type {AbortController | undefined} */
  #listening;
  /** @type {Map<string, Upload>} */
  #own = /* @__PURE__ */ new Map();
  #ends = new UnseenEnds();
  /** @type {Map<string, Row>} */
  #rows = /* @__PURE__ */ new Map();
  #reordered = true;
  /** A drawing is scheduled; the time of the last one, and of the last one that included rows outside the viewport. */
  #scheduled = false;
  #drawnAt = 0;
  #allDrawnAt = 0;
  #texts = TEXTS;
  /** @type {(upload: Upload) => boolean} */
  #retryable = () => false;
  /** @type {(upload: Upload) => boolean} */
  #cancelable = () => false;
  #list = create("ul");
  #slot = create("slot");
  #empty = create("div", "empty", this.#slot);
  #announcer = new Announcer(create("div", "said"), () => this.#texts);
  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    const sheet = new CSSStyleSheet();
    sheet.replaceSync?.(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#list.setAttribute("role", "list");
    this.#slot.setAttribute("name", "empty");
    root.append(this.#list, this.#empty, this.#announcer.element);
    this.#adopt();
    this.texts = {};
  }
  /** Sets again what was set before the element was defined, because it hides the accessors of the class. */
  #adopt() {
    const own =
      /** @type {{[name: string]: any}} */
      this;
    for (const [name, value] of Object.entries(own)) {
      if (!(name in _UploadProgressList.prototype)) continue;
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
    this.#listening = void 0;
  }
  /** The client whose uploads are shown. */
  get source() {
    return this.#source;
  }
  set source(source) {
    this.#listening?.abort();
    this.#listening = void 0;
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
  set retryable(rule) {
    this.#retryable = rule;
    this.#redraw();
  }
  /** The rule for uploads with a cancel button. */
  set cancelable(rule) {
    this.#cancelable = rule;
    this.#redraw();
  }
  /** The texts of the list. Texts that are left out stay as they are. */
  set texts(texts) {
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
    const context = {
      all,
      stale,
      now: Date.now() - (connection?.ageMs ?? 0),
      welcome: stale ? void 0 : welcome,
      texts: this.#texts,
      stalledAfterSeconds: this.stalledAfterSeconds,
      locale:
        /** @type {HTMLElement | null} */
        this.closest("[lang]")?.lang,
      retryable: this.#retryable,
      cancelable: this.#cancelable,
    };
    for (const [id, row] of this.#rows) {
      row.upload = uploads.get(id) ?? row.upload;
      if (!row.changed) continue;
      this.#schedule(false);
      if (!all && row.outside) continue;
      const isMoving2 = this.#tryRow(row, context);
      if (all) row.changed = isMoving2;
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
    const focused =
      /** @type {HTMLElement | null} */
      this.shadowRoot?.activeElement;
    let next = this.#list.firstElementChild;
    for (const upload of order) {
      const {element} = this.#row(upload);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
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
      const isMoving2 = row.draw(context);
      if (!document.hidden && !row.outside) this.#ends.becomeVisible(row.upload.uploadId);
      return isMoving2;
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
};

// src/upload-progress-list.js
var NAME = "upload-progress-list";
var {customElements} = globalThis;
if (customElements && !customElements.get(NAME)) customElements.define(NAME, UploadProgressList);
export {TEXTS, UploadProgressList, describe, formatBytes, formatSeconds, isQuiet, isStalled, newsAge, predict};
