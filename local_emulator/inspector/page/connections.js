/** The open connections by user, in pages, with their deadlines as bars. */

import {call} from "./api.js";
import {bars, marks, now, setClock} from "./bars.js";
import {el} from "./dom.js";
import {counted, hue, short, span} from "./format.js";
import {go} from "./place.js";

const REFRESH_MS = 2000;

export class Connections {
  #find = el("input", {
    type: "search",
    placeholder: "Find a connection",
    "aria-label": "Find a connection by id, user or address",
    oninput: () => this.#to(0),
  });
  #order = el(
    "select",
    {"aria-label": "Order", onchange: () => this.#to(0)},
    ["user", "newest", "idle"].map((name) =>
      el("option", {value: name}, {user: "by user", newest: "newest", idle: "longest idle"}[name]),
    ),
  );
  #list = el("div", {class: "scroll"});
  #where = el("span");
  #back = el("button", {type: "button", "aria-label": "Previous page", onclick: () => this.#to(this.#page - 1)}, "‹");
  #on = el("button", {type: "button", "aria-label": "Next page", onclick: () => this.#to(this.#page + 1)}, "›");
  #page = 0;
  #asked = 0;
  /** @type {string | null} */ chosen = null;
  element = el(
    "section",
    {"aria-label": "Connections"},
    el("div", {class: "tools"}, this.#find, this.#order),
    this.#list,
    el("div", {class: "pager"}, this.#where, this.#back, this.#on),
  );

  constructor() {
    setInterval(() => this.element.isConnected && !document.hidden && this.refresh(), REFRESH_MS);
  }

  async refresh() {
    const number = ++this.#asked;
    const query = new URLSearchParams({find: this.#find.value, order: this.#order.value, page: String(this.#page)});
    try {
      const answer = await call(`connections?${query}`);
      if (number === this.#asked) this.#show(answer);
    } catch {
      // The header shows that the emulator is not reachable.
    }
  }

  /** @param {number} page */
  #to(page) {
    this.#page = Math.max(0, page);
    this.refresh();
  }

  /** @param {any} answer */
  #show(answer) {
    setClock(answer.now);
    this.#page = answer.page;
    const grouped = this.#order.value === "user";
    const children = [];
    let user;
    for (const connection of answer.connections) {
      if (grouped && connection.user !== user)
        children.push(heading((user = connection.user), answer.ofUser[user ?? ""]));
      children.push(this.#row(connection, grouped));
    }
    const none = answer.open ? "No open connection matches." : "No connections are open.";
    if (!children.length) children.push(el("p", {class: "empty"}, none));
    if (answer.problem) children.unshift(el("p", {class: "part bad"}, `The tables cannot be read: ${answer.problem}`));
    this.#replace(children);
    const from = answer.page * 50;
    const shown = `${from + 1}–${from + answer.connections.length} of ${answer.found.toLocaleString("en")}`;
    const whole = `${counted(answer.found, "connection")} of ${counted(answer.users, "user")}`;
    this.#where.textContent =
      answer.pages > 1 ? `${shown} · ${counted(answer.users, "user")}` : answer.found ? whole : "";
    this.#back.disabled = answer.page === 0;
    this.#on.disabled = answer.page >= answer.pages - 1;
  }

  /** Replaces the rows and keeps the focus. @param {HTMLElement[]} children */
  #replace(children) {
    const focused = /** @type {any} */ (document.activeElement)?.dataset?.id;
    this.#list.replaceChildren(...children);
    if (focused) this.#list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
  }

  /** @param {any} connection @param {boolean} grouped */
  #row(connection, grouped) {
    const {id, user, connectedAt, lastActiveAt} = connection;
    const swatch = el("span", {class: "swatch"});
    swatch.style.background = `hsl(${hue(id)} 60% 55%)`;
    const chosen = id === this.chosen;
    return el(
      "button",
      {
        class: `connection${chosen ? " chosen" : ""}`,
        type: "button",
        "data-id": id,
        "aria-pressed": String(chosen),
        onclick: () => go("live", {connection: chosen ? null : id, record: null}),
      },
      el(
        "span",
        {class: "line"},
        swatch,
        el("code", {}, short(id)),
        !grouped && (user ?? "anonymous"),
        el("span", {class: "muted"}, `age ${span(now() - connectedAt)}`),
        el("span", {class: "muted"}, `idle ${span(Math.max(0, now() - lastActiveAt))}`),
        marks(connection).map(([name, value]) =>
          el("span", {class: "mark"}, value === true ? name : `${name} ${value}`),
        ),
      ),
      el("span", {class: "bars"}, bars(connection)),
    );
  }
}

/** @param {string | null} user @param {number} count */
function heading(user, count) {
  const name = el("button", {type: "button", onclick: () => go("live", {user})}, user ?? "anonymous");
  return el("div", {class: "user"}, name, el("small", {}, count > 1 ? String(count) : ""));
}
