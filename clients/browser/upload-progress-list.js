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

// src/rules.js
var hasEnded = ({status}) => status === "completed" || status === "failed" || status === "canceled";
function accepts(stored, update) {
  if (!stored || update.attempt !== stored.attempt) return !stored || update.attempt > stored.attempt;
  const isNewer = update.rev > stored.rev;
  return hasEnded(stored) ? isNewer && stored.source === "bucket" : isNewer || hasEnded(update);
}
function latestFirst(first, second) {
  if (first.startedAt !== second.startedAt) return first.startedAt < second.startedAt ? 1 : -1;
  return first.uploadId < second.uploadId ? -1 : Number(first.uploadId > second.uploadId);
}

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
var formatters = /* @__PURE__ */ new Map();
function formatter(locale, unit, digits) {
  const name = `${locale} ${unit} ${digits}`;
  const known = formatters.get(name);
  if (known) return known;
  const created = new Intl.NumberFormat(validTag(locale), {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  });
  formatters.set(name, created);
  return created;
}
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

// src/list/news.js
var QUIET_MS = 3e4;
var STALLED_SECONDS = 120;
var newsAge = ({newsAt, updatedAt}, now) => Math.max(0, now - (newsAt ?? Date.parse(updatedAt))) || 0;
var isQuiet = (upload, now) => !hasEnded(upload) && newsAge(upload, now) >= QUIET_MS;
var isStalled = (upload, now, afterSeconds = STALLED_SECONDS) =>
  ["uploading", "processing"].includes(upload.status) && newsAge(upload, now) >= afterSeconds * 1e3;

// src/list/description.js
function describe(upload, texts, {stale = false, locale, now = Date.now(), stalledAfterSeconds} = {}) {
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
  const quiet = stalled || isQuiet(upload, now);
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
var MIN_ANIMATED_STEP = 0.01;
function iconText({status, fileName}) {
  if (status === "completed") return "";
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
  /**
   * @param {(action: "retry" | "cancel") => void} onAction
   * @param {(visible: boolean) => void} onVisibility
   */
  constructor(onAction, onVisibility) {
    this.element.tabIndex = -1;
    this.#icon.setAttribute("aria-hidden", "true");
    this.#name.id = `upload-${++rowCount}`;
    this.#bar.setAttribute("role", "progressbar");
    this.#bar.setAttribute("aria-labelledby", this.#name.id);
    this.#bar.setAttribute("aria-valuemin", "0");
    this.#bar.setAttribute("aria-valuemax", "100");
    this.element.addEventListener("contentvisibilityautostatechange", (event) =>
      onVisibility(!(/** @type {ContentVisibilityAutoStateChangeEvent} */ event.skipped)),
    );
    this.#retry.type = this.#cancel.type = "button";
    this.#retry.addEventListener("click", () => onAction("retry"));
    this.#cancel.addEventListener("click", () => onAction("cancel"));
  }
  /**
   * @param {Upload} upload
   * @param {{texts: Texts, stale: boolean, locale?: string, now: number, stalledAfterSeconds: number,
   *   retryable: (upload: Upload) => boolean, cancelable: (upload: Upload) => boolean}} how
   */
  draw(upload, {retryable, cancelable, ...how}) {
    const {texts, stale, now} = how;
    const name = visible(upload.fileName || texts.unnamed);
    setText(this.#name, name);
    setAttribute(this.#name, "title", name);
    setText(this.#icon, iconText(upload));
    setAttribute(this.element, "data-status", upload.status);
    const facts = describe(upload, texts, how);
    setText(this.#facts, facts);
    const silent = stale || upload.gone || isQuiet(upload, now) || isStalled(upload, now, how.stalledAfterSeconds);
    this.element.classList.toggle("stale", silent && !hasEnded(upload));
    this.#drawBar(upload, texts, facts);
    this.#offer(this.#retry, texts.retry, name, retryable(upload));
    this.#offer(this.#cancel, texts.cancel, name, cancelable(upload));
  }
  /**
   * @param {Upload} upload
   * @param {Texts} texts
   * @param {string} facts
   */
  #drawBar({status, percent}, texts, facts) {
    const ended = hasEnded({status});
    const unknown = percent === null && (status === "uploading" || status === "processing");
    const shown = percent === null ? "" : `${Math.floor(percent)}%`;
    setText(this.#percent, ended ? texts[status] : shown);
    this.#bar.classList.toggle("unknown", unknown);
    const done = (percent ?? 0) / 100;
    this.#fill.classList.toggle("animated", Math.abs(done - this.#done) >= MIN_ANIMATED_STEP);
    this.#fill.style.setProperty("--done", String(done));
    this.#done = done;
    setAttribute(this.#bar, "aria-valuenow", percent === null ? null : String(Math.floor(percent)));
    setAttribute(this.#bar, "aria-valuetext", [ended ? texts[status] : shown, facts].filter(Boolean).join(", "));
  }
  /**
   * @param {HTMLButtonElement} button
   * @param {string} text
   * @param {string} name
   * @param {boolean} offered
   */
  #offer(button, text, name, offered) {
    if (!offered && button.matches(":focus")) this.element.focus();
    setAttribute(button, "hidden", offered ? null : "");
    if (!offered) return;
    setText(button, text);
    setAttribute(button, "aria-label", `${text}: ${name}`);
  }
};

// src/list/style.js
var STYLE =
  ':host{--u-text: var(--upload-text, CanvasText);--u-muted: var(--upload-muted, color-mix(in srgb, CanvasText 70%, Canvas));--u-surface: var(--upload-surface, Canvas);--u-line: var(--upload-line, color-mix(in srgb, CanvasText 15%, Canvas));--u-accent: var(--upload-accent, LinkText);--u-good: var(--upload-good, CanvasText);--u-bad: var(--upload-bad, CanvasText);--u-tint: var(--u-accent);--u-way: 100%;display:block;color:var(--u-text);font-variant-numeric:tabular-nums}@supports (color: light-dark(red,red)){:host{--u-accent: var(--upload-accent, light-dark(#3451d1, #8fa5ff));--u-good: var(--upload-good, light-dark(#17703a, #6fd491));--u-bad: var(--upload-bad, light-dark(#c02b26, #ff938d))}}:host(:dir(rtl)){--u-way: -100%}:host([hidden]){display:none}ul{list-style:none;margin:0;padding:0;background:var(--u-surface);border:1px solid var(--u-line);border-radius:1rem;overflow:hidden}ul:empty{display:none}li{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.875rem;padding:.875rem 1.125rem 1rem;content-visibility:auto;contain-intrinsic-block-size:auto 5.25rem}li+li{border-block-start:1px solid var(--u-line)}li:focus-visible{outline:2px solid var(--u-accent);outline-offset:-2px;border-radius:.5rem}[data-status=completed]{--u-tint: var(--u-good)}[data-status=failed]{--u-tint: var(--u-bad)}:is([data-status=paused],[data-status=queued],[data-status=canceled]){--u-tint: var(--u-muted)}.icon{display:grid;place-items:center;inline-size:2.75rem;block-size:2.75rem;border-radius:.75rem;background:color-mix(in srgb,var(--u-tint) 12%,var(--u-surface));color:var(--u-tint);font-size:.6875rem;font-weight:700}[data-status=failed] .icon{font-size:1.25rem}[data-status=completed] .icon:before{content:"";inline-size:.4rem;block-size:.8rem;margin-block-end:.2rem;border:solid currentColor;border-width:0 .16rem .16rem 0;transform:rotate(45deg)}.body{display:grid;grid-template-columns:minmax(0,1fr);gap:.375rem}.line{display:flex;align-items:baseline;justify-content:space-between;gap:.25rem 1rem}.name{min-width:0;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:pre}.percent{white-space:nowrap;font-weight:600}:is([data-status=completed],[data-status=failed],[data-status=canceled]) .percent{color:var(--u-tint)}.facts{color:var(--u-muted);font-size:.875rem;overflow-wrap:anywhere}[data-status=failed] .facts{color:var(--u-bad)}.bar{block-size:.375rem;border-radius:1rem;overflow:hidden;background:color-mix(in srgb,var(--u-tint) 16%,var(--u-surface))}.fill{block-size:100%;border-radius:inherit;background:var(--u-tint);transform:translate(calc((var(--done, 0) - 1) * var(--u-way)))}.animated{transition:transform .25s ease-out}.unknown .fill{inline-size:30%;animation:wander 1.6s ease-in-out infinite alternate;transition:none}@keyframes wander{0%{transform:none}to{transform:translate(calc(2.33 * var(--u-way)))}}.stale{--u-tint: var(--u-muted)}.stale .fill{animation-play-state:paused}.actions{display:flex;gap:.25rem;flex:none;margin-inline-end:-.5rem}button{padding:.125rem .5rem;border:0;border-radius:.5rem;background:none;color:var(--u-accent);font:inherit;font-size:.875rem;font-weight:600;cursor:pointer}button:hover{background:color-mix(in srgb,var(--u-accent) 12%,transparent)}button:focus-visible{outline:2px solid var(--u-accent);outline-offset:1px}.empty{color:var(--u-muted);text-align:center;padding:1.5rem 1rem}.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}[hidden]{display:none!important}@media(forced-colors:active){.bar{border:1px solid}.fill{forced-color-adjust:none;background:Highlight}}@media(prefers-reduced-motion:reduce){.fill{transition:none;animation:none!important}}';

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
  more: (count) => `and ${count} more`,
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
   * Forgets that a row was visible, unless it was visible long enough.
   *
   * @param {string} uploadId
   */
  becomeHidden(uploadId) {
    const end = this.#ends.get(uploadId);
    if (end && performance.now() - end.visibleSince < SEEN_MS) end.visibleSince = Infinity;
  }
  allBecomeHidden() {
    for (const id of this.#ends.keys()) this.becomeHidden(id);
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
var MIN_DRAW_MS = 100;
var MIN_DRAW_OUTSIDE_MS = 1e3;
var AGE_MS = 1e3;
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
  /** The uploads whose row could not be drawn. */
  /** @type {Set<string>} */
  #failed = /* @__PURE__ */ new Set();
  /** @type {Map<string, Row>} */
  #rows = /* @__PURE__ */ new Map();
  /** @type {Map<string, Upload>} */
  #shown = /* @__PURE__ */ new Map();
  /** @type {Set<string>} */
  #changed = /* @__PURE__ */ new Set();
  /** The uploads whose rows are outside the viewport. */
  /** @type {Set<string>} */
  #outside = /* @__PURE__ */ new Set();
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
  #empty = create("div", "empty");
  #announcer = new Announcer(create("div", "said"), () => this.#texts);
  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    const sheet = new CSSStyleSheet();
    sheet.replaceSync?.(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#list.setAttribute("role", "list");
    const slot =
      /** @type {HTMLSlotElement} */
      create("slot");
    slot.name = "empty";
    this.#empty.append(slot);
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
    const focused =
      /** @type {HTMLElement | null} */
      this.shadowRoot?.activeElement;
    let next = this.#list.firstElementChild;
    for (const {uploadId} of order) {
      const {element} = this.#row(uploadId);
      if (element === next) next = next.nextElementSibling;
      else this.#list.insertBefore(element, next);
    }
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
      locale:
        /** @type {HTMLElement | null} */
        this.closest("[lang]")?.lang || void 0,
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
};

// src/upload-progress-list.js
var NAME = "upload-progress-list";
var {customElements} = globalThis;
if (customElements && !customElements.get(NAME)) customElements.define(NAME, UploadProgressList);
export {TEXTS, UploadProgressList, describe, formatBytes, formatSeconds, isQuiet, isStalled, newsAge};
