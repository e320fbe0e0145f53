/** The logs of handlers by request, newest first. */

import {call} from "./api.js";
import {el} from "./dom.js";
import {logText} from "./log_text.js";
import {clock, short, took} from "./format.js";

const REFRESH_MS = 1000;
const MAX_CALLS = 50;

export class Logs {
  #text = el("input", {
    type: "search",
    placeholder: "Filter  ( / )",
    "aria-label": "Filter calls",
    oninput: () => this.#refresh(true),
  });
  #list = el("div");
  #last = -1;
  element = el(
    "div",
    {class: "view logs"},
    el(
      "div",
      {class: "row"},
      el("h2", {}, "Handler logs"),
      el("span", {class: "muted"}, "by request, newest first"),
      el("span", {class: "grow"}),
      this.#text,
    ),
    this.#list,
  );

  /** @param {import("./stream.js").Stream} stream */
  constructor(stream) {
    this.stream = stream;
    setInterval(() => this.element.isConnected && !document.hidden && !stream.paused && this.#refresh(), REFRESH_MS);
  }

  /** @param {URLSearchParams} params */
  show(params) {
    if (params.has("text")) this.#text.value = params.get("text");
    this.#refresh(true);
  }

  /** @param {string} key */
  key(key) {
    if (key === "/") this.#text.select();
    return key === "/";
  }

  async #refresh(anyway = false) {
    const query = new URLSearchParams({kinds: "log", full: "1", limit: String(MAX_CALLS), text: this.#text.value});
    try {
      const {rows} = await call(`records?${query}`);
      const last = rows[0]?.number ?? 0;
      if (last === this.#last && !anyway) return;
      this.#last = last;
      const none = el("p", {class: "empty"}, "No logs yet. What handlers print or log appears here, by request.");
      this.#list.replaceChildren(...(rows.length ? rows.map(article) : [none]));
    } catch {
      // The header shows that the emulator is not reachable.
    }
  }
}

/** @param {any} row */
function article({number, at, function: name, what, connection, user, outcome, failed, durationMs, requestId, log}) {
  return el(
    "article",
    {class: failed ? "failed" : ""},
    el(
      "header",
      {},
      el("code", {class: "muted"}, clock(at)),
      el("b", {}, name),
      el("span", {class: "muted"}, what),
      user && el("a", {href: `#live?${new URLSearchParams({user})}`}, user),
      connection && el("a", {href: `#live?${new URLSearchParams({connection})}`}, el("code", {}, short(connection))),
      el("span", {class: failed ? "bad" : "muted"}, outcome),
      el("span", {class: "muted"}, took(durationMs)),
      el("a", {class: "grow", href: `#live?record=${number}`, title: requestId}, el("code", {}, requestId.slice(0, 8))),
    ),
    logText(log),
  );
}
