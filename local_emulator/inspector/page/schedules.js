/** The template's schedules, with their next run and a button to run them now. */

import {call} from "./api.js";
import {bar} from "./bars.js";
import {el, say} from "./dom.js";
import {took} from "./format.js";
import {json} from "./json.js";

const REFRESH_MS = 2000;

export class Schedules {
  #table = el("tbody");
  #result = el("div");
  element = el(
    "div",
    {class: "view"},
    el("div", {class: "row"}, el("h2", {}, "Schedules")),
    el(
      "div",
      {class: "wide"},
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["Name", "Function", "When", "Next", "Last", "Action"].map((name) => el("th", {}, name)),
          ),
        ),
        this.#table,
      ),
    ),
    this.#result,
  );

  constructor() {
    setInterval(() => this.element.isConnected && !document.hidden && this.#refresh(), REFRESH_MS);
  }

  show() {
    this.#refresh();
  }

  async #refresh() {
    try {
      const {schedules} = await call("schedules");
      const none = el("tr", {}, el("td", {colSpan: 6, class: "empty"}, "The template has no schedules."));
      const focused = document.activeElement?.id;
      this.#table.replaceChildren(
        ...(schedules.length ? schedules.map((/** @type {any} */ one) => this.#row(one)) : [none]),
      );
      if (focused) document.getElementById(focused)?.focus({preventScroll: true});
    } catch {
      // The header shows that the emulator is not reachable.
    }
  }

  /** @param {any} schedule */
  #row({name, logicalId, function: functionName, expression, timezone, enabled, problem, next, last}) {
    const due = next ? Date.parse(next) : 0;
    const from = last ? Math.min(Date.parse(last.at), due - 1000) : due - 60_000;
    const ended = last
      ? `${last.condition}${last.durationMs === undefined ? "" : ` in ${took(last.durationMs)}`}`
      : "never";
    return el(
      "tr",
      {},
      el("td", {title: name}, logicalId),
      el("td", {}, functionName),
      el("td", {}, el("code", {}, expression), timezone === "UTC" ? null : ` ${timezone}`),
      el(
        "td",
        {},
        next ? bar("", from, due) : el("span", {class: "muted"}, problem ?? (enabled ? "only on request" : "disabled")),
      ),
      el("td", {class: last?.failed ? "bad" : ""}, ended),
      el("td", {}, el("button", {type: "button", id: `run-${logicalId}`, onclick: () => this.#run(name)}, "Run now")),
    );
  }

  /** @param {string} name */
  async #run(name) {
    try {
      const ended = await call(`schedules/${encodeURIComponent(name)}`, {method: "POST"});
      const said = el(
        "b",
        {class: ended.failed ? "bad" : ""},
        `${ended.failed ? "Failed" : "Succeeded"} in ${took(ended.durationMs)}`,
      );
      this.#result.className = `result${ended.failed ? " failed" : ""}`;
      this.#result.replaceChildren(
        el("div", {class: "part"}, said, el("code", {class: "muted"}, ` ${ended.requestId}`)),
        el("div", {class: "part"}, json(JSON.stringify(ended.result))),
      );
      await this.#refresh();
    } catch (problem) {
      say(/** @type {Error} */ (problem).message, true);
    }
  }
}
