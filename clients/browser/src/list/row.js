import {isMoving, isQuiet, isStalled} from "../news.js";
import {predict} from "../prediction.js";
import {hasEnded} from "../rules.js";
import {describe} from "./description.js";
import {create, setAttribute, setText} from "./dom.js";
import {visible} from "./format.js";

/** @typedef {import("../types.d.ts").Upload} Upload */
/** @typedef {import("../types.d.ts").DrawnUpload} DrawnUpload */
/** @typedef {import("../types.d.ts").PredictionLimits} PredictionLimits */
/** @typedef {typeof import("./texts.js").TEXTS} Texts */

/** A smaller change of a bar is not animated, because the frames cost more than it shows. */
const MIN_ANIMATED_STEP = 0.003;
/** What is drawn is that of this later time, which the bar reaches by an animation (style.js) after the next drawing. */
const ANIMATION_MS = 300;

/**
 * Returns the text of the icon, which assistive technology ignores: the extension of the file, or a sign for its end.
 *
 * @param {Upload} upload
 */
function iconText({status, fileName}) {
  if (status === "completed") return "✓";
  if (status === "failed") return "!";
  return /\.(\w{1,4})$/.exec(fileName ?? "")?.[1]?.toUpperCase() ?? "↑";
}

let rowCount = 0;

/** The row of one upload. */
export class Row {
  #icon = create("span", "icon");
  #name = create("bdi", "name");
  #percent = create("span", "percent");
  #fill = create("div", "fill");
  #bar = create("div", "bar", this.#fill);
  #facts = create("span", "facts");
  #done = 0;
  /** @type {DrawnUpload | undefined} */ #drawn;
  #retry = /** @type {HTMLButtonElement} */ (create("button"));
  #cancel = /** @type {HTMLButtonElement} */ (create("button"));
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
    // The row takes the focus from a button that is no longer offered.
    this.element.tabIndex = -1;
    this.#icon.setAttribute("aria-hidden", "true");
    this.#name.id = `upload-${++rowCount}`;
    this.#bar.setAttribute("role", "progressbar");
    this.#bar.setAttribute("aria-labelledby", this.#name.id);
    this.element.addEventListener("contentvisibilityautostatechange", (event) => {
      this.outside = /** @type {ContentVisibilityAutoStateChangeEvent} */ (event).skipped;
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
    // A size beside the age of the news, or after the end, is what the server said.
    const facts = describe(ended || silent ? upload : this.#drawn, texts, how);
    setText(this.#facts, facts);
    const {percent} = this.#drawn;
    const value = percent === null ? null : String(Math.floor(percent));
    const shown = ended ? texts[upload.status] : value && `${value}%`;
    setText(this.#percent, shown ?? "");
    this.#drawBar(this.#drawn);
    // Some assistive technology speaks each change.
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
}
