/**
 * `<upload-progress-list>`: shows what an UploadProgress knows, one bar per upload.
 *
 * ```js
 * document.querySelector("upload-progress-list").source = new UploadProgress({url, getToken});
 * ```
 *
 * An upload without news for `stalled-after-seconds` (120) is called stalled.
 *
 * Set `retryable` and `cancelable` to offer buttons; they are told as events `retry` and `cancel` with
 * `detail.upload`. Colours are the custom properties `--upload-*`; content for an empty list goes into the slot
 * `empty`.
 *
 * @module
 */

import {hasEnded, judge, latestFirst} from "./upload-progress.js";

/** @typedef {import("./upload-progress.js").Upload} Upload */
/** @typedef {import("./upload-progress.js").UploadProgress} UploadProgress */

/** What the list says; assign to `texts` what should be said otherwise. */
export const TEXTS = {
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
  more: (/** @type {number} */ count) => `and ${count} more`,
  ended: (/** @type {string} */ name, /** @type {string} */ how) => `${name}: ${how}`,
  of: (/** @type {string} */ some, /** @type {string} */ all) => `${some} of ${all}`,
  speed: (/** @type {string} */ size) => `${size}/s`,
  left: (/** @type {string} */ time) => `${time} left`,
  quiet: (/** @type {string} */ time) => `no news for ${time}`,
  stalled: "Stalled",
  gone: "not reported any more; its end is not known",
};

const STYLE = `
:host {
  --u-text: var(--upload-text, CanvasText);
  --u-muted: var(--upload-muted, color-mix(in srgb, CanvasText 70%, Canvas));
  --u-surface: var(--upload-surface, Canvas);
  --u-line: var(--upload-line, color-mix(in srgb, CanvasText 15%, Canvas));
  --u-accent: var(--upload-accent, light-dark(#3451d1, #8fa5ff));
  --u-good: var(--upload-good, light-dark(#17703a, #6fd491));
  --u-bad: var(--upload-bad, light-dark(#c02b26, #ff938d));
  --u-tint: var(--u-accent);
  display: block;
  color: var(--u-text);
}
:host([hidden]) { display: none; }
ul {
  list-style: none;
  margin: 0;
  padding: 0;
  background: var(--u-surface);
  border: 1px solid var(--u-line);
  border-radius: 1rem;
  overflow: hidden;
}
ul:empty { display: none; }
li {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: .875rem;
  padding: .875rem 1.125rem 1rem;
  content-visibility: auto;
  contain-intrinsic-block-size: auto 5.25rem;
}
li + li { border-block-start: 1px solid var(--u-line); }
li:focus-visible { outline: 2px solid var(--u-accent); outline-offset: -2px; border-radius: .5rem; }
[data-status="completed"] { --u-tint: var(--u-good); }
[data-status="failed"] { --u-tint: var(--u-bad); }
:is([data-status="paused"], [data-status="queued"], [data-status="canceled"]) { --u-tint: var(--u-muted); }
.kind {
  display: grid;
  place-items: center;
  inline-size: 2.75rem;
  block-size: 2.75rem;
  border-radius: .75rem;
  background: color-mix(in srgb, var(--u-tint) 12%, var(--u-surface));
  color: var(--u-tint);
  font-size: .6875rem;
  font-weight: 700;
  letter-spacing: .02em;
}
[data-status="failed"] .kind { font-size: 1.25rem; }
[data-status="completed"] .kind::before {
  content: "";
  inline-size: .4rem;
  block-size: .8rem;
  margin-block-end: .2rem;
  border: solid currentColor;
  border-width: 0 .16rem .16rem 0;
  transform: rotate(45deg);
}
.body { display: grid; grid-template-columns: minmax(0, 1fr); gap: .375rem; }
.line { display: flex; align-items: baseline; justify-content: space-between; gap: .25rem 1rem; }
.name { min-width: 0; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.percent { font-size: .9375rem; font-variant-numeric: tabular-nums; white-space: nowrap; font-weight: 600; }
:is([data-status="completed"], [data-status="failed"], [data-status="canceled"]) .percent { color: var(--u-tint); }
.facts { color: var(--u-muted); font-size: .875rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
[data-status="failed"] .facts { color: var(--u-bad); }
.bar {
  block-size: .375rem;
  border-radius: 1rem;
  overflow: hidden;
  background: color-mix(in srgb, var(--u-tint) 16%, var(--u-surface));
}
.fill {
  block-size: 100%;
  border-radius: inherit;
  background: var(--u-tint);
  transform: translateX(calc((var(--done, 0) - 1) * 100%));
}
.glide { transition: transform .25s ease-out; }
:host(:dir(rtl)) .fill { transform: translateX(calc((1 - var(--done, 0)) * 100%)); }
.unknown .fill { inline-size: 30%; animation: wander 1.6s ease-in-out infinite alternate; transition: none; }
@keyframes wander { from { transform: none; } to { transform: translateX(233%); } }
:host(:dir(rtl)) .unknown .fill { animation-name: wander-back; }
@keyframes wander-back { from { transform: none; } to { transform: translateX(-233%); } }
.stale { --u-tint: var(--u-muted); }
.stale .fill { animation-play-state: paused; }
.actions { display: flex; gap: .25rem; flex: none; margin-inline-end: -.5rem; }
button {
  padding: .125rem .5rem;
  border: 0;
  border-radius: .5rem;
  background: none;
  color: var(--u-accent);
  font: inherit;
  font-size: .875rem;
  font-weight: 600;
  cursor: pointer;
}
button:hover { background: color-mix(in srgb, var(--u-accent) 12%, transparent); }
button:focus-visible { outline: 2px solid var(--u-accent); outline-offset: 1px; }
.empty { color: var(--u-muted); text-align: center; padding: 1.5rem 1rem; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }
@media (forced-colors: active) {
  .bar { border: 1px solid; }
  .fill { forced-color-adjust: none; background: Highlight; }
}
@media (prefers-reduced-motion: reduce) { .fill { transition: none; animation: none !important; } }
`;

const SIZES = /** @type {const} */ (["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]);
/** Nobody reads faster; rows out of sight wait longer. */
const DRAW_MS = 100;
const DRAW_UNSEEN_MS = 1000;
/** Of a bar: a smaller step is not worth the frames of gliding. */
const LEAP = 0.01;
const SPEAK_MS = 1000;
const MOST_SPOKEN = 3;
/** Speed and time left are not claimed of an upload without news for so long. */
const QUIET_MS = 30_000;
const STALLED_SECONDS = 120;
const AGE_MS = 1000;
/** An end counts as seen once it was in sight for so long. */
const SEEN_MS = 5000;
const MAX_ENDS = 200;

/**
 * Returns how old the news of an upload is, in milliseconds; 0 where no time is known.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt">} upload
 * @param {number} now epoch milliseconds
 */
export const newsAge = ({newsAt, updatedAt}, now) => Math.max(0, now - (newsAt ?? Date.parse(updatedAt))) || 0;

/**
 * Returns whether an upload that has not ended had no news for 30 s.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt" | "status">} upload
 * @param {number} now epoch milliseconds
 */
export const isQuiet = (upload, now) => !hasEnded(upload) && newsAge(upload, now) >= QUIET_MS;

/**
 * Returns whether an upload should move but had no news for too long. A queued or paused one need not move.
 *
 * @param {Pick<Upload, "newsAt" | "updatedAt" | "status">} upload
 * @param {number} now epoch milliseconds
 * @param {number} [afterSeconds]
 */
export const isStalled = (upload, now, afterSeconds = STALLED_SECONDS) =>
  ["uploading", "processing"].includes(upload.status) && newsAge(upload, now) >= afterSeconds * 1000;

/**
 * @param {number} bytes
 * @param {string} [locale]
 */
export function formatBytes(bytes, locale) {
  const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return measure(bytes / 1000 ** step, SIZES[step] ?? "byte", step > 1 ? 1 : 0, locale);
}

/**
 * @param {number} seconds
 * @param {string} [locale]
 * @param {(number: number) => number} [round] up for a time that is left, down for an age
 */
export function formatSeconds(seconds, locale, round = Math.ceil) {
  if (seconds < 60) return measure(round(seconds), "second", 0, locale);
  if (seconds < 3600) return measure(round(seconds / 60), "minute", 0, locale);
  return measure(seconds / 3600, "hour", 1, locale);
}

/**
 * A number with its unit, which no line break parts.
 *
 * @param {number} value
 * @param {string} unit
 * @param {number} digits
 * @param {string} [locale]
 */
const measure = (value, unit, digits, locale) => formatter(locale, unit, digits).format(value).replace(" ", "\u00a0");

/** @type {Map<string, Intl.NumberFormat>} */
const formatters = new Map();

/**
 * Returns a formatter for a language tag (BCP 47) or a POSIX locale such as `de_DE.UTF-8`; the browser's own for
 * anything else.
 *
 * @param {string | undefined} locale
 * @param {string} unit
 * @param {number} digits
 */
function formatter(locale, unit, digits) {
  const name = `${locale} ${unit} ${digits}`;
  const known = formatters.get(name);
  if (known) return known;
  const made = new Intl.NumberFormat(validTag(locale), {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  });
  formatters.set(name, made);
  return made;
}

/** @param {string | undefined} locale */
function validTag(locale) {
  try {
    return Intl.getCanonicalLocales(locale?.trim().replace(/[.@].*/s, "").replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}

/**
 * What the line below a bar says.
 *
 * @param {Upload} upload
 * @param {typeof TEXTS} texts
 * @param {{stale?: boolean, locale?: string, now?: number, stalledAfterSeconds?: number}} how `stale`: speed and time
 *   left are not known any more; `now`: epoch milliseconds, the time for which it is said
 */
export function describe(upload, texts, {stale = false, locale, now = Date.now(), stalledAfterSeconds} = {}) {
  const {status, bytesUploaded, bytesTotal, message, error} = upload;
  const all = bytesTotal === null ? "" : formatBytes(bytesTotal, locale);
  const some = formatBytes(bytesUploaded, locale);
  if (status === "failed") return error?.message || message || texts.unexplained;
  if (status === "completed") return [message, all || some].filter(Boolean).join(" · ");
  const sizes = all ? texts.of(some, all) : some;
  if (upload.gone) return [sizes, texts.gone].join(" · ");
  if (status === "canceled") return [message, sizes].filter(Boolean).join(" · ");
  const stalled = isStalled(upload, now, stalledAfterSeconds);
  const quiet = stalled || isQuiet(upload, now);
  /** @type {(string | number | false | null | undefined)[]} */
  const parts = [stalled && texts.stalled];
  if (status === "uploading") parts.push(message, sizes);
  else parts.push(message || texts[status], all);
  if (quiet) parts.push(texts.quiet(formatSeconds(newsAge(upload, now) / 1000, locale, Math.floor)));
  else if (status === "uploading" && !stale) parts.push(...pace(upload, texts, locale));
  return parts.filter(Boolean).join(" · ");
}

/**
 * Returns the speed and the time left, as far as they are known.
 *
 * @param {Upload} upload
 * @param {typeof TEXTS} texts
 * @param {string} [locale]
 */
function pace({bytesPerSecond, etaSeconds}, texts, locale) {
  return [
    bytesPerSecond && texts.speed(formatBytes(bytesPerSecond, locale)),
    etaSeconds && texts.left(formatSeconds(etaSeconds, locale)),
  ];
}

/**
 * Write only what differs: a bar that stands still costs no layout.
 *
 * @param {Element} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value null takes the attribute away
 */
function put(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {Element[]} children
 */
function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * What stands beside the name, for the eye alone: what kind of file it is, or how it ended.
 *
 * @param {Upload} upload
 */
function mark({status, fileName}) {
  if (status === "completed") return "";
  if (status === "failed") return "!";
  return /\.(\w{1,4})$/.exec(fileName ?? "")?.[1]?.toUpperCase() ?? "↑";
}

let rowsMade = 0;

/** One upload's line in the list. */
class Row {
  #kind = make("span", "kind");
  #name = make("bdi", "name");
  #percent = make("span", "percent");
  #fill = make("div", "fill");
  #bar = make("div", "bar", this.#fill);
  #facts = make("span", "facts");
  #done = 0;
  #retry = /** @type {HTMLButtonElement} */ (make("button"));
  #cancel = /** @type {HTMLButtonElement} */ (make("button"));
  element = make(
    "li",
    "",
    this.#kind,
    make(
      "div",
      "body",
      make("div", "line", this.#name, this.#percent),
      this.#bar,
      make("div", "line", this.#facts, make("span", "actions", this.#retry, this.#cancel)),
    ),
  );

  /**
   * @param {(action: "retry" | "cancel") => void} act
   * @param {(seen: boolean) => void} see is told when the row comes into sight or leaves it
   */
  constructor(act, see) {
    // Focus goes to the row when the button that had it is no longer offered.
    this.element.tabIndex = -1;
    this.#kind.setAttribute("aria-hidden", "true");
    this.#name.id = `upload-${++rowsMade}`;
    this.#bar.setAttribute("role", "progressbar");
    this.#bar.setAttribute("aria-labelledby", this.#name.id);
    this.#bar.setAttribute("aria-valuemin", "0");
    this.#bar.setAttribute("aria-valuemax", "100");
    this.element.addEventListener("contentvisibilityautostatechange", (event) =>
      see(!(/** @type {ContentVisibilityAutoStateChangeEvent} */ (event).skipped)),
    );
    this.#retry.type = this.#cancel.type = "button";
    this.#retry.addEventListener("click", () => act("retry"));
    this.#cancel.addEventListener("click", () => act("cancel"));
  }

  /**
   * @param {Upload} upload
   * @param {{texts: typeof TEXTS, stale: boolean, locale?: string, now: number, stalledAfterSeconds: number,
   *   retryable: (upload: Upload) => boolean, cancelable: (upload: Upload) => boolean}} how
   */
  draw(upload, {retryable, cancelable, ...how}) {
    const {texts, stale, now} = how;
    const name = upload.fileName || texts.unnamed;
    write(this.#name, name);
    put(this.#name, "title", name);
    write(this.#kind, mark(upload));
    put(this.element, "data-status", upload.status);
    const facts = describe(upload, texts, how);
    write(this.#facts, facts);
    const silent = stale || upload.gone || isQuiet(upload, now) || isStalled(upload, now, how.stalledAfterSeconds);
    this.element.classList.toggle("stale", silent && !hasEnded(upload));
    this.#drawBar(upload, texts, facts);
    this.#offer(this.#retry, texts.retry, name, retryable(upload));
    this.#offer(this.#cancel, texts.cancel, name, cancelable(upload));
  }

  /**
   * @param {Upload} upload
   * @param {typeof TEXTS} texts
   * @param {string} facts
   */
  #drawBar({status, percent}, texts, facts) {
    const ended = hasEnded({status});
    const unknown = percent === null && (status === "uploading" || status === "processing");
    const shown = percent === null ? "" : `${Math.floor(percent)}%`;
    write(this.#percent, ended ? texts[status] : shown);
    this.#bar.classList.toggle("unknown", unknown);
    const done = (percent ?? 0) / 100;
    this.#fill.classList.toggle("glide", Math.abs(done - this.#done) >= LEAP);
    this.#fill.style.setProperty("--done", String(done));
    this.#done = done;
    put(this.#bar, "aria-valuenow", percent === null ? null : String(Math.floor(percent)));
    put(this.#bar, "aria-valuetext", [ended ? texts[status] : shown, facts].filter(Boolean).join(", "));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} text
   * @param {string} name
   * @param {boolean} offered
   */
  #offer(button, text, name, offered) {
    if (!offered && button.matches(":focus")) this.element.focus();
    put(button, "hidden", offered ? null : "");
    if (!offered) return;
    write(button, text);
    put(button, "aria-label", `${text}: ${name}`);
  }
}

/** The list; works by itself once `source` is set. */
export class UploadProgressList extends HTMLElement {
  static observedAttributes = ["stalled-after-seconds"];
  /** @type {UploadProgress | undefined} */ #source;
  /** @type {AbortController | undefined} */ #listening;
  /** @type {Map<string, Upload>} */ #own = new Map();
  /** Uploads that ended or are gone, until that was seen; the time since when it is in sight. */
  /** @type {Map<string, {upload: Upload, seenAt: number}>} */ #ends = new Map();
  /** @type {Set<string>} */ #undrawable = new Set();
  /** @type {Map<string, Row>} */ #rows = new Map();
  /** @type {Map<string, Upload>} */ #shown = new Map();
  /** @type {Set<string>} */ #changed = new Set();
  /** @type {Set<string>} */ #unseen = new Set();
  /** @type {string[]} */ #toSay = [];
  #reordered = true;
  /** A draw is planned; when the last one was, and the last one of rows out of sight as well. */
  #planned = false;
  #drawnAt = 0;
  #allDrawnAt = 0;
  #speaking = 0;
  #texts = TEXTS;
  /** @type {(upload: Upload) => boolean} */ #retryable = () => false;
  /** @type {(upload: Upload) => boolean} */ #cancelable = () => false;
  #list = make("ul");
  #empty = make("div", "empty");
  #said = make("div", "said");

  constructor() {
    super();
    const root = this.attachShadow({mode: "open"});
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    // Safari takes the role away from a list without bullets.
    this.#list.setAttribute("role", "list");
    this.#said.setAttribute("role", "status");
    const slot = /** @type {HTMLSlotElement} */ (make("slot"));
    slot.name = "empty";
    this.#empty.append(slot);
    root.append(this.#list, this.#empty, this.#said);
    this.texts = {};
  }

  connectedCallback() {
    this.#listen();
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#listening = undefined;
  }

  /** Whose uploads are shown. */
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

  /** After how many seconds without news an upload is called stalled; also the attribute `stalled-after-seconds`. */
  get stalledAfterSeconds() {
    const seconds = Number(this.getAttribute("stalled-after-seconds"));
    return seconds > 0 ? seconds : STALLED_SECONDS;
  }

  set stalledAfterSeconds(seconds) {
    this.setAttribute("stalled-after-seconds", String(seconds));
  }

  /** Which uploads get a button to try again. */
  set retryable(/** @type {(upload: Upload) => boolean} */ rule) {
    this.#retryable = rule;
    this.#redraw();
  }

  /** Which uploads get a button to call them off. */
  set cancelable(/** @type {(upload: Upload) => boolean} */ rule) {
    this.#cancelable = rule;
    this.#redraw();
  }

  /** What the list says; the texts that are left out stay as they are. */
  set texts(/** @type {Partial<typeof TEXTS>} */ texts) {
    this.#texts = {...this.#texts, ...texts};
    this.#list.setAttribute("aria-label", this.#texts.list);
    const slot = this.#empty.firstElementChild;
    if (slot) write(slot, this.#texts.empty);
    this.#redraw();
  }

  /**
   * Show an upload of this page before the server tells of it, or its failure to get there; what the source says of
   * the same upload counts more as soon as it may replace it.
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
    this.#source.addEventListener("upload", ({detail}) => this.#hear(detail), options);
    this.#source.addEventListener("uploads", () => this.#forgetSeen(), options);
    this.#source.addEventListener("connection", () => this.#redraw(), options);
    document.addEventListener("visibilitychange", () => this.#look(), options);
    const aging = setInterval(() => this.#age(), AGE_MS);
    options.signal.addEventListener("abort", () => clearInterval(aging));
    this.#redraw();
  }

  /** @param {import("./upload-progress.js").UploadDetail} detail */
  #hear({upload, previous}) {
    const ends = upload.gone || hasEnded(upload);
    if (ends) this.#ends.set(upload.uploadId, {upload, seenAt: Infinity});
    else this.#ends.delete(upload.uploadId);
    for (const [id] of this.#ends) if (this.#ends.size > MAX_ENDS) this.#ends.delete(id);
    this.#change(upload.uploadId, !previous || previous.startedAt !== upload.startedAt);
    const isNew = previous?.status !== upload.status || previous.attempt !== upload.attempt || upload.gone;
    if (ends && isNew) this.#say(upload);
  }

  #forgetSeen() {
    for (const [id, {seenAt}] of this.#ends) if (performance.now() - seenAt >= SEEN_MS) this.#ends.delete(id);
    this.#redraw();
  }

  /**
   * An end that was in sight too shortly was not seen.
   *
   * @param {string} uploadId
   */
  #leaveSight(uploadId) {
    const end = this.#ends.get(uploadId);
    if (end && performance.now() - end.seenAt < SEEN_MS) end.seenAt = Infinity;
  }

  /** The page is seen again: what ended meanwhile is now in sight, and is said now. */
  #look() {
    if (document.hidden) return [...this.#ends.keys()].forEach((id) => this.#leaveSight(id));
    this.#redraw();
    if (this.#toSay.length) this.#speak();
  }

  /** The news of an upload gets older without an event. */
  #age() {
    const now = Date.now();
    const after = this.stalledAfterSeconds;
    for (const [id, upload] of this.#shown) {
      if (isQuiet(upload, now) || isStalled(upload, now, after)) this.#change(id, false);
    }
  }

  #redraw() {
    for (const id of this.#shown.keys()) this.#changed.add(id);
    this.#plan(true);
  }

  /**
   * @param {string} uploadId
   * @param {boolean} reordered
   */
  #change(uploadId, reordered) {
    this.#changed.add(uploadId);
    this.#plan(reordered);
  }

  /** @param {boolean} reordered */
  #plan(reordered) {
    this.#reordered ||= reordered;
    if (this.#planned) return;
    this.#planned = true;
    const wait = this.#drawnAt + DRAW_MS - performance.now();
    if (reordered || wait <= 0) requestAnimationFrame(() => this.#draw());
    else setTimeout(() => requestAnimationFrame(() => this.#draw()), wait);
  }

  /** However many updates came, each row is drawn once; those out of sight now and then, for who hears the page. */
  #draw() {
    this.#planned = false;
    this.#drawnAt = performance.now();
    this.#shown = this.#merged();
    const all = this.#reordered || this.#drawnAt - this.#allDrawnAt >= DRAW_UNSEEN_MS;
    if (this.#reordered) this.#arrange();
    this.#reordered = false;
    if (all) this.#allDrawnAt = this.#drawnAt;
    const {state = "", ageMs = 0} = this.#source?.connection ?? {};
    // Without a connection there is no news of any upload: its age stays what it was when the data was right.
    const how = {stale: state !== "live", now: Date.now() - (ageMs ?? 0)};
    for (const id of this.#changed) if (all || !this.#unseen.has(id)) this.#tryRow(id, how);
    if (this.#changed.size) this.#plan(false);
  }

  /** @returns {Map<string, Upload>} */
  #merged() {
    const uploads = new Map(this.#source?.uploads.map((upload) => [upload.uploadId, upload]));
    for (const [id, {upload}] of this.#ends) if (!uploads.has(id)) uploads.set(id, upload);
    for (const [id, own] of this.#own) {
      const told = uploads.get(id);
      if (judge(told, own) === "accepted") uploads.set(id, own);
      else this.#own.delete(id);
    }
    return uploads;
  }

  #arrange() {
    for (const [id, row] of this.#rows) {
      if (this.#shown.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
      this.#undrawable.delete(id);
      this.#unseen.delete(id);
    }
    const order = [...this.#shown.values()].sort(latestFirst);
    const focused = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement);
    let place = this.#list.firstElementChild;
    for (const {uploadId} of order) {
      const {element} = this.#row(uploadId);
      if (element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(element, place);
    }
    // A row that was moved has lost the focus.
    if (focused !== this.shadowRoot?.activeElement) focused?.focus({preventScroll: true});
    this.#empty.hidden = order.length > 0;
  }

  /**
   * @param {string} uploadId
   * @param {boolean} seen
   */
  #see(uploadId, seen) {
    if (!seen) this.#leaveSight(uploadId);
    if (!seen) this.#unseen.add(uploadId);
    else if (this.#unseen.delete(uploadId)) this.#change(uploadId, false);
  }

  /** @param {string} uploadId */
  #row(uploadId) {
    const known = this.#rows.get(uploadId);
    if (known) return known;
    const row = new Row((action) => this.#act(action, uploadId), (seen) => this.#see(uploadId, seen));
    this.#rows.set(uploadId, row);
    this.#changed.add(uploadId);
    return row;
  }

  /**
   * Draws a row; one that cannot be drawn costs no other, and is told once.
   *
   * @param {string} uploadId
   * @param {{stale: boolean, now: number}} how
   */
  #tryRow(uploadId, how) {
    this.#changed.delete(uploadId);
    try {
      this.#drawRow(uploadId, how);
    } catch (error) {
      if (!this.#undrawable.has(uploadId)) console.warn("upload-progress-list cannot draw an upload", error);
      this.#undrawable.add(uploadId);
    }
  }

  /**
   * @param {string} uploadId
   * @param {{stale: boolean, now: number}} how
   */
  #drawRow(uploadId, how) {
    const upload = this.#shown.get(uploadId);
    if (!upload) return;
    this.#rows.get(uploadId)?.draw(upload, {
      ...how,
      texts: this.#texts,
      stalledAfterSeconds: this.stalledAfterSeconds,
      locale: /** @type {HTMLElement | null} */ (this.closest("[lang]"))?.lang || undefined,
      retryable: this.#retryable,
      cancelable: this.#cancelable,
    });
    const end = this.#ends.get(uploadId);
    if (end && !document.hidden && !this.#unseen.has(uploadId)) end.seenAt = Math.min(end.seenAt, performance.now());
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
   * Tell those who hear the page how an upload ended, and nothing of its way there.
   *
   * @param {Upload} upload
   */
  #say(upload) {
    const explained = upload.status === "failed" ? describe(upload, this.#texts) : this.#texts[upload.status];
    const how = upload.gone ? this.#texts.gone : explained;
    this.#toSay.push(this.#texts.ended(upload.fileName || this.#texts.unnamed, how));
    this.#speak();
  }

  /** Says what ended; a page that is not seen waits with it, for nothing of it is spoken. */
  #speak() {
    this.#speaking ||= setTimeout(() => {
      this.#speaking = 0;
      if (document.hidden) return;
      const said = this.#toSay.splice(0);
      const more = said.length - MOST_SPOKEN;
      write(this.#said, [...said.slice(0, MOST_SPOKEN), ...(more > 0 ? [this.#texts.more(more)] : [])].join(". "));
    }, SPEAK_MS);
  }
}

customElements.define("upload-progress-list", UploadProgressList);
