/** The live view: connections, timeline and details. */

import {call} from "./api.js";
import {Connections} from "./connections.js";
import {Details} from "./details.js";
import {el} from "./dom.js";
import {short} from "./format.js";
import {go, selection} from "./place.js";
import {Timeline} from "./timeline.js";

const KINDS = [
  ["Frames", "in,out", "Messages from clients and to clients"],
  ["Calls", "call", "Calls of functions"],
  ["Logs", "log", "Calls with output"],
  [
    "Other",
    "open,close,refused,fault,reload,notice",
    "Connections that opened, closed or were refused; faults, notices",
  ],
];
const NO_RECORDS = "No records yet. Frames, calls and faults appear here.";
const NO_MATCHES = "No record matches the filter. New matches appear here; x clears the filter.";
const CHIPS = ["connection", "user", "route"];

export class Live {
  #connections = new Connections();
  #details = new Details();
  #timeline = new Timeline({chosen: (row) => this.#choose(row), top: () => this.#older()});
  #text = el("input", {
    type: "search",
    placeholder: "Filter  ( / )",
    "aria-label": "Filter the timeline",
    oninput: () => go("live", {text: this.#text.value}),
  });
  #chips = el("span");
  #kinds = KINDS.map(([name, kinds, about]) =>
    el(
      "button",
      {
        type: "button",
        title: about,
        "data-kinds": kinds,
        "aria-pressed": "false",
        onclick: () => this.#toggle(kinds ?? ""),
      },
      name,
    ),
  );
  #selected = "none";
  #before = 0;
  #params = new URLSearchParams();
  element = el(
    "div",
    {class: "live"},
    this.#connections.element,
    el(
      "section",
      {"aria-label": "Timeline"},
      el("div", {class: "tools"}, this.#text, this.#chips, this.#kinds, this.#clear()),
      this.#timeline.element,
    ),
    this.#details.element,
  );

  /** @param {import("./stream.js").Stream} stream */
  constructor(stream) {
    this.stream = stream;
    stream.addEventListener("rows", (/** @type {any} */ {detail}) => this.#append(detail));
    stream.addEventListener("state", (/** @type {any} */ {detail}) => detail && this.#renew());
    this.#details.onclose = () => go("live", {record: null, connection: null});
  }

  /** @param {URLSearchParams} params */
  show(params) {
    this.#params = params;
    const connection = params.get("connection");
    if (document.activeElement !== this.#text) this.#text.value = params.get("text") ?? "";
    this.#chips.replaceChildren(
      ...CHIPS.filter((name) => params.get(name)).map((name) => chip(name, params.get(name) ?? "")),
    );
    for (const button of this.#kinds)
      button.setAttribute("aria-pressed", String(params.get("kinds") === button.dataset.kinds));
    this.#connections.chosen = connection;
    this.#connections.refresh();
    this.#timeline.chosen = Number(params.get("record")) || undefined;
    this.#details.show(params.get("record"), connection);
    this.element.classList.toggle("bare", !params.get("record") && !connection);
    const selected = JSON.stringify(selection(params));
    if (selected !== this.#selected) this.#load(selected);
    else this.#timeline.append([]);
  }

  /** @param {string} key @returns {boolean} true if the view handles the key */
  key(key) {
    const row = this.#timeline.current;
    /** @type {Record<string, () => void>} */
    const handlers = {
      "/": () => this.#text.select(),
      j: () => this.#timeline.move(1),
      k: () => this.#timeline.move(-1),
      g: () => this.#timeline.move(-Infinity),
      G: () => this.#timeline.move(Infinity),
      c: () => go("live", {connection: row?.connection ?? null}),
      u: () => go("live", {user: row?.user ?? null}),
      r: () => go("live", {route: row?.what ?? null}),
      x: () => this.#clearFilters(),
      Escape: () => (this.#params.get("record") ? go("live", {record: null}) : this.#clearFilters()),
    };
    handlers[key]?.();
    return key in handlers;
  }

  /** @param {string} kinds */
  #toggle(kinds) {
    go("live", {kinds: this.#params.get("kinds") === kinds ? null : kinds});
  }

  #clearFilters() {
    this.#text.value = "";
    go("live", {connection: null, user: null, route: null, kinds: null, text: null, record: null});
  }

  #clear() {
    const forget = async () => {
      await call("records", {method: "DELETE"});
      this.#timeline.replace([]);
      go("live", {record: null});
    };
    return el("button", {class: "quiet", type: "button", title: "Delete all records", onclick: forget}, "Clear");
  }

  /** @param {import("./timeline.js").Row | undefined} row */
  #choose(row) {
    go("live", {record: row ? String(row.number) : null});
  }

  /** @param {string} selected */
  async #load(selected) {
    this.#selected = selected;
    try {
      const {rows, before, last} = await this.#page();
      if (selected !== this.#selected) return;
      this.#before = before;
      this.#timeline.replace(rows.reverse(), selected === "{}" ? NO_RECORDS : NO_MATCHES);
      this.stream.follow(JSON.parse(selected), last);
    } catch {
      this.#selected = "none";
    }
  }

  /** Loads everything again, because a restarted emulator numbers its records from 1. */
  #renew() {
    this.#details.forget();
    this.#details.show(this.#params.get("record"), this.#params.get("connection"));
    this.#load(JSON.stringify(selection(this.#params)));
  }

  /** @param {number} [before] */
  #page(before) {
    const query = new URLSearchParams(selection(this.#params));
    if (before) query.set("before", String(before));
    return call(`records?${query}`);
  }

  async #older() {
    const before = this.#before;
    if (!before) return;
    this.#before = 0;
    const answer = await this.#page(before);
    this.#timeline.prepend(answer.rows.reverse());
    this.#before = answer.before;
  }

  /** @param {{rows: any[], skipped: number}} records */
  #append({rows, skipped}) {
    const gap = skipped ? [{number: -1, at: 0, kind: "gap", connection: null, user: null, what: "", gap: skipped}] : [];
    const known = this.#timeline.rows.at(-1)?.number ?? 0;
    this.#timeline.append([...gap, ...rows.filter(({number}) => number > known)]);
  }
}

/** @param {string} name @param {string} value */
const chip = (name, value) =>
  el(
    "span",
    {class: "chip", title: value},
    el("span", {}, `${name}: ${name === "connection" ? short(value) : value}`),
    el(
      "button",
      {type: "button", "aria-label": `Remove the filter ${name}`, onclick: () => go("live", {[name]: null})},
      "✕",
    ),
  );
