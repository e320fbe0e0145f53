import {setText} from "./dom.js";

/** @typedef {typeof import("./texts.js").TEXTS} Texts */

const DELAY_MS = 1000;
const MAX_ANNOUNCED = 3;

/** A live region (WAI-ARIA `status`) in which screen readers hear how uploads ended. */
export class Announcer {
  /** @type {string[]} */ #waiting = [];
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
}
