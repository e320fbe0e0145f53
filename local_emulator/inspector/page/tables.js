/** The rows of the template's DynamoDB tables, in pages. */

import {call} from "./api.js";
import {bar, now} from "./bars.js";
import {el, say} from "./dom.js";
import {counted, moment, span} from "./format.js";
import {json} from "./json.js";
import {go} from "./place.js";

const HOUR_MS = 3_600_000;

export class Tables {
  #menu = el("nav", {class: "menu", "aria-label": "Tables"});
  #partition = el("input", {type: "search", spellcheck: false, onchange: () => this.#load(null)});
  #data = el("div", {class: "data", role: "region", "aria-label": "Rows", tabIndex: 0});
  #next = el("button", {type: "button", onclick: () => this.#load(this.#start)}, "Next page ›");
  #row = el("div");
  /** @type {string | null} */ #start = null;
  /** @type {any} */ #table;
  element = el("div", {class: "view split"}, this.#menu, el("div", {}, this.#tools(), this.#data, this.#row));

  #tools() {
    const again = el("button", {type: "button", onclick: () => this.#load(null)}, "Refresh");
    return el("div", {class: "row"}, this.#partition, again, this.#next);
  }

  /** @param {URLSearchParams} params */
  async show(params) {
    try {
      const {tables} = await call("tables");
      this.#table = tables.find((/** @type {any} */ {logicalId}) => logicalId === params.get("table")) ?? tables[0];
      this.#menu.replaceChildren(...tables.map((/** @type {any} */ one) => item(one, one === this.#table)));
      if (!this.#table) return this.#data.replaceChildren(el("p", {class: "empty"}, "The template has no tables."));
      this.#partition.placeholder = `${this.#table.keys[0]} is…`;
      this.#partition.setAttribute("aria-label", `Only rows whose ${this.#table.keys[0]} is`);
      await this.#load(null);
    } catch (problem) {
      say(/** @type {Error} */ (problem).message, true);
    }
  }

  /** @param {string | null} start */
  async #load(start) {
    const query = new URLSearchParams({partition: this.#partition.value.trim()});
    if (start) query.set("start", start);
    try {
      const {rows, next} = await call(`tables/${this.#table.logicalId}?${query}`);
      this.#start = next;
      this.#next.disabled = !next;
      this.#row.replaceChildren();
      this.#data.replaceChildren(rows.length ? this.#grid(rows) : el("p", {class: "empty"}, "No rows."));
    } catch (problem) {
      say(/** @type {Error} */ (problem).message, true);
    }
  }

  /** @param {any[]} rows */
  #grid(rows) {
    const {keys} = this.#table;
    const names = [...new Set([...keys, ...rows.flatMap((row) => Object.keys(row).sort())])];
    const cells = (/** @type {any} */ row) =>
      names.map((name) => el("td", {class: keys.includes(name) ? "key" : ""}, cell(name, row[name])));
    const lines = rows.map((row) =>
      el("tr", {onclick: (/** @type {any} */ event) => this.#choose(event.currentTarget, row)}, cells(row)),
    );
    return el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          names.map((name) => el("th", {}, name)),
        ),
      ),
      el("tbody", {}, lines),
    );
  }

  /** @param {HTMLElement} line @param {any} row */
  #choose(line, row) {
    for (const other of this.#data.querySelectorAll("tr.chosen")) other.classList.remove("chosen");
    line.classList.add("chosen");
    this.#row.replaceChildren(el("div", {class: "part"}, json(JSON.stringify(row))));
  }
}

/** @param {any} one @param {boolean} chosen */
const item = ({logicalId, items}, chosen) =>
  el(
    "button",
    {type: "button", "aria-pressed": String(chosen), onclick: () => go("tables", {table: logicalId})},
    logicalId,
    el("small", {}, counted(items, "row")),
  );

/** @param {string} name @param {any} value */
function cell(name, value) {
  if (value === undefined) return el("span", {class: "muted"}, "–");
  const at = moment(value, now());
  if (at === undefined) return typeof value === "string" ? value : JSON.stringify(value);
  const left = at - now();
  if (left > 0 && left < 3 * HOUR_MS) return bar("", at - HOUR_MS, at, `${name} ${new Date(at).toISOString()}`);
  return el(
    "span",
    {title: `${value} is ${new Date(at).toISOString()}`},
    left > 0 ? `in ${span(left)}` : `${span(-left)} ago`,
  );
}
