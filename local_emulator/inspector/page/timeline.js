/** The timeline. Only the visible rows are in the document. */

import {el} from "./dom.js";
import {bytes, clock, hue, short, took} from "./format.js";
import {go} from "./place.js";

const ROW_PX = 22;
const MAX_ROWS = 5000;
const LONG_MS = 1000;

/**
 * @typedef {{number: number, at: number, kind: string, connection: string | null, user: string | null, what: string,
 *   function?: string, outcome?: string, failed?: boolean, durationMs?: number, bytes?: number, preview?: string,
 *   requestId?: string, gap?: number}} Row
 */

export class Timeline {
  /** @type {Row[]} */ rows = [];
  /** @type {number | undefined} the number of the chosen record */ chosen;
  #inner = el("div", {class: "rows"});
  #newer = el("button", {class: "newer main", type: "button", hidden: true, onclick: () => this.toEnd()});
  #list = el("div", {class: "timeline", tabIndex: 0, role: "listbox", "aria-label": "Timeline"}, this.#inner);
  #empty = el("p", {class: "empty", hidden: true});
  #missed = 0;
  #frame = 0;
  element = el("div", {class: "stage"}, this.#list, this.#empty, this.#newer);

  /** @param {{chosen: (row: Row | undefined) => void, top: () => void}} owner */
  constructor(owner) {
    this.owner = owner;
    this.#list.addEventListener("scroll", () => this.#scrolled());
    this.#list.addEventListener("click", (/** @type {any} */ event) => this.#clicked(event));
    new ResizeObserver(() => this.#draw()).observe(this.#list);
  }

  /** @param {Row[]} rows @param {string} [emptyText] */
  replace(rows, emptyText = "No records yet.") {
    this.rows = rows;
    this.#empty.textContent = emptyText;
    this.toEnd();
  }

  /** @param {Row[]} rows newer ones */
  append(rows) {
    const following = this.#isAtEnd;
    this.rows.push(...rows);
    const over = Math.max(0, this.rows.length - MAX_ROWS);
    this.rows.splice(0, over);
    if (following) return this.toEnd();
    this.#missed += rows.length;
    if (over) this.#list.scrollTop -= over * ROW_PX;
    this.#draw();
  }

  /** @param {Row[]} rows older ones */
  prepend(rows) {
    this.rows.unshift(...rows.slice(-Math.max(0, MAX_ROWS - this.rows.length)));
    this.#size();
    this.#list.scrollTop += rows.length * ROW_PX;
    this.#draw();
  }

  toEnd() {
    this.#missed = 0;
    this.#size();
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#draw();
  }

  /** Moves the choice. @param {number} step 1 or -1 for the next or previous record, Infinity for an end */
  move(step) {
    const rows = this.rows;
    if (!rows.length) return;
    const from = rows.findIndex(({number}) => number === this.chosen);
    const within = (/** @type {number} */ index) => Math.max(0, Math.min(rows.length - 1, index));
    let index = from < 0 && Number.isFinite(step) ? rows.length - 1 : within(from + step);
    if (rows[index]?.gap) index = within(index + Math.sign(step));
    this.choose(rows[index]);
    const top = index * ROW_PX;
    const {scrollTop, clientHeight} = this.#list;
    if (top < scrollTop) this.#list.scrollTop = top;
    if (top + ROW_PX > scrollTop + clientHeight) this.#list.scrollTop = top + ROW_PX - clientHeight;
  }

  /** @param {Row | undefined} row */
  choose(row) {
    if (row?.gap) return;
    this.chosen = row?.number;
    this.#draw();
    this.owner.chosen(row);
  }

  get current() {
    return this.rows.find(({number}) => number === this.chosen);
  }

  focus() {
    this.#list.focus();
  }

  get #isAtEnd() {
    const {scrollTop, clientHeight, scrollHeight} = this.#list;
    return scrollTop + clientHeight >= scrollHeight - ROW_PX;
  }

  #scrolled() {
    if (this.#isAtEnd) this.#missed = 0;
    if (this.#list.scrollTop === 0 && this.rows.length) this.owner.top();
    this.#draw();
  }

  #size() {
    this.#inner.style.height = `${this.rows.length * ROW_PX}px`;
  }

  #draw() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => this.#drawVisible());
  }

  #drawVisible() {
    this.#frame = 0;
    this.#size();
    const first = Math.max(0, Math.floor(this.#list.scrollTop / ROW_PX) - 5);
    const last = Math.ceil((this.#list.scrollTop + this.#list.clientHeight) / ROW_PX) + 5;
    const connection = this.current?.connection;
    const visible = this.rows.slice(first, last).map((row, index) => this.#row(row, first + index, connection));
    this.#inner.replaceChildren(...visible);
    this.#empty.hidden = this.rows.length > 0;
    this.#newer.hidden = !this.#missed;
    this.#newer.textContent = `↓ ${this.#missed} newer`;
  }

  /** @param {Row} row @param {number} index @param {string | null | undefined} related the connection of the chosen record */
  #row(row, index, related) {
    const {number, connection, failed} = row;
    const chosen = number === this.chosen;
    const classes = [
      "record",
      failed && "failed",
      chosen ? "chosen" : related && related === connection && "related",
      row.gap && "gap",
    ];
    const cells = row.gap ? [`${row.gap.toLocaleString("en")} more records here, too many to show`] : cellsOf(row);
    const element = el(
      "div",
      {
        class: classes.filter(Boolean).join(" "),
        role: "option",
        "aria-selected": String(chosen),
        "data-index": String(index),
      },
      cells,
    );
    element.style.top = `${index * ROW_PX}px`;
    return element;
  }

  /** @param {any} event */
  #clicked(event) {
    const index = event.target.closest(".record")?.dataset.index;
    const filter = event.target.closest("a");
    if (filter) return go("live", {[filter.dataset.name]: filter.dataset.value});
    if (index !== undefined) this.choose(this.rows[Number(index)]);
  }
}

/** @param {Row} row */
function cellsOf(row) {
  const {kind, connection, user, what, outcome, durationMs, failed} = row;
  const swatch = el("span", {class: "swatch"});
  if (connection) swatch.style.background = `hsl(${hue(connection)} 60% 55%)`;
  const fill = durationMs === undefined ? null : el("i");
  if (fill) fill.style.width = `${Math.min(1, Math.log10(1 + (durationMs ?? 0)) / Math.log10(1 + LONG_MS)) * 100}%`;
  return [
    el("span", {class: "at"}, clock(row.at)),
    el("span", {class: `kind ${kind}`}, kind),
    connection ? swatch : el("span"),
    link("connection", connection, short(connection)),
    link("user", user, user),
    el(
      "span",
      {class: "what", title: `${what} ${row.function ?? ""}`},
      link("route", what, what, ""),
      row.function && ["  ", link("route", row.function, row.function, "muted")],
    ),
    el("span", {class: `outcome more${failed || outcome !== "ok" ? "" : " muted"}`, title: outcome}, outcome ?? ""),
    el("span", {class: "took more"}, took(durationMs), fill),
    el("span", {class: "size more"}, bytes(row.bytes)),
    el("span", {class: "preview", title: row.preview}, row.preview ?? ""),
  ];
}

/** @param {string} name @param {string | null} value @param {string | null} text @param {string} [more] */
function link(name, value, text, more = "more") {
  if (!value) return el("span", {class: more}, text ?? "");
  return el("span", {class: more, title: `${name} ${text}`}, el("a", {"data-name": name, "data-value": value}, text));
}
