import {hasEnded} from "../rules.js";
import {describe} from "./description.js";
import {create, setAttribute, setText} from "./dom.js";
import {visible} from "./format.js";
import {isQuiet, isStalled} from "./news.js";

/** @typedef {import("../types.d.ts").Upload} Upload */
/** @typedef {typeof import("./texts.js").TEXTS} Texts */

/** A smaller change of a bar is not animated, because the frames cost more than it shows. */
const MIN_ANIMATED_STEP = 0.01;

/**
 * Returns the text of the icon, which assistive technology ignores: the extension of the file, or a sign for its end.
 *
 * @param {Upload} upload
 */
function iconText({status, fileName}) {
  if (status === "completed") return "";
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

  /**
   * @param {(action: "retry" | "cancel") => void} onAction
   * @param {(visible: boolean) => void} onVisibility
   */
  constructor(onAction, onVisibility) {
    // The row takes the focus from a button that is no longer offered.
    this.element.tabIndex = -1;
    this.#icon.setAttribute("aria-hidden", "true");
    this.#name.id = `upload-${++rowCount}`;
    this.#bar.setAttribute("role", "progressbar");
    this.#bar.setAttribute("aria-labelledby", this.#name.id);
    this.#bar.setAttribute("aria-valuemin", "0");
    this.#bar.setAttribute("aria-valuemax", "100");
    this.element.addEventListener("contentvisibilityautostatechange", (event) =>
      onVisibility(!(/** @type {ContentVisibilityAutoStateChangeEvent} */ (event).skipped)),
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
}
