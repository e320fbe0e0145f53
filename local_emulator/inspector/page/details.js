/** All fields of the chosen record or connection. */

import {call, post, remove} from "./api.js";
import {bars} from "./bars.js";
import {copier, el, say} from "./dom.js";
import {bytes, clock, span, took} from "./format.js";
import {json} from "./json.js";
import {logText} from "./log_text.js";
import {go} from "./place.js";

export class Details {
  #body = el("div", {class: "scroll"});
  #heading = el("h2");
  #showing = "";
  element = el(
    "section",
    {class: "details", "aria-label": "Details", hidden: true},
    el(
      "div",
      {class: "title"},
      this.#heading,
      el("button", {class: "quiet", type: "button", "aria-label": "Close details", onclick: () => this.onclose()}, "✕"),
    ),
    this.#body,
  );
  onclose = () => {};

  /** @param {string | null} record @param {string | null} connection */
  async show(record, connection) {
    const showing = record ? `records/${record}` : connection ? `connections/${encodeURIComponent(connection)}` : "";
    if (showing === this.#showing) return;
    this.#showing = showing;
    this.element.hidden = !showing;
    if (!showing) return;
    try {
      const found = await call(showing);
      if (showing === this.#showing) this.#fill(record ? recordParts(found) : connectionParts(found), titleOf(found));
    } catch (problem) {
      const gone =
        connection && !record
          ? "This connection is closed. The timeline shows its records."
          : /** @type {Error} */ (problem).message;
      if (showing === this.#showing)
        this.#fill([el("p", {class: "empty"}, gone)], record ? `Record ${record}` : (connection ?? ""));
    }
  }

  forget() {
    this.#showing = "";
  }

  /** @param {HTMLElement[]} parts @param {string} title */
  #fill(parts, title) {
    this.#heading.textContent = title;
    this.#heading.title = title;
    this.#body.replaceChildren(...parts);
    this.#body.scrollTop = 0;
  }
}

const TITLES = {
  in: "Message from the client",
  out: "Message to the client",
  call: "Call",
  open: "Opened",
  close: "Closed",
};

/** @param {any} found */
function titleOf(found) {
  if (found.id) return `Connection ${found.id}`;
  const title = Reflect.get(TITLES, found.kind) ?? found.kind;
  return found.kind === "call" ? `${found.function} · ${found.what}` : title;
}

/** @param {any} record */
function recordParts(record) {
  const {kind, connection, user, what, outcome, durationMs, requestId, payload, result, log} = record;
  const parts = [
    facts({
      time: `${clock(record.at)}  ${new Date(record.at).toLocaleDateString()}`,
      connection: connection && filter("connection", connection),
      user: user && filter("user", user),
      [kind === "in" ? "route" : kind === "out" ? "type" : "about"]: what,
      outcome: outcome && el("span", {class: record.failed ? "bad" : ""}, outcome),
      took: durationMs !== undefined && took(durationMs),
      size: record.bytes !== undefined && bytes(record.bytes),
      request: requestId,
    }),
  ];
  if (log) parts.push(part("Log", log, logText(log)));
  if (payload)
    parts.push(
      part(kind === "call" ? "Event" : "Payload", payload, json(payload), kind === "call" ? again(record) : null),
    );
  if (result) parts.push(part("Result", result, json(result)));
  return parts;
}

/** @param {any} record */
const again = ({function: name, payload}) =>
  el("button", {class: "quiet", type: "button", onclick: () => toInvoke(name, payload)}, "Invoke again…");

/** @param {string} name @param {string} payload */
function toInvoke(name, payload) {
  sessionStorage.setItem(`event ${name}`, payload);
  go("invoke", {function: name});
}

/** @param {any} connection */
function connectionParts(connection) {
  const {id, user, api, stage, connectedAt, sourceIp, userAgent, rows, authorizer} = connection;
  return [
    facts({
      user: user && filter("user", user),
      stage: `${api} ${stage}`,
      opened: `${clock(connectedAt)}, ${span(Date.now() - connectedAt)} ago`,
      from: sourceIp,
      agent: userAgent,
    }),
    el("div", {class: "part"}, el("h3", {}, "Deadlines"), el("div", {class: "bars"}, bars(connection))),
    actions(id),
    ...rows.map((/** @type {any} */ {table, row}) => part(table, JSON.stringify(row), json(JSON.stringify(row)))),
    Object.keys(authorizer).length
      ? part("Authorizer", JSON.stringify(authorizer), json(JSON.stringify(authorizer)))
      : el("span"),
  ];
}

/** @param {string} id */
function actions(id) {
  const text = el("textarea", {
    rows: 2,
    "aria-label": "A message to the client",
    placeholder: "A message to the client",
  });
  const path = `connections/${encodeURIComponent(id)}`;
  const send = () => call(`${path}/messages`, {method: "POST", body: text.value});
  const fault = (/** @type {string} */ kind, /** @type {string} */ label) =>
    el(
      "button",
      {type: "button", onclick: () => run(() => post("faults", {kind, target: {connection: id}}), `${label}: on.`)},
      label,
    );
  return el(
    "div",
    {class: "part actions"},
    text,
    el("button", {type: "button", onclick: () => run(send, "Sent.")}, "Send"),
    el("button", {type: "button", onclick: () => run(() => remove(path), "Closed.")}, "Close"),
    fault("half-open", "Half-open"),
    fault("black-hole", "Black hole"),
    fault("lost-disconnect", "Lose $disconnect"),
  );
}

/** @param {() => Promise<unknown>} act @param {string} done */
async function run(act, done) {
  try {
    await act();
    say(done);
  } catch (problem) {
    say(/** @type {Error} */ (problem).message, true);
  }
}

/** @param {Record<string, any>} pairs */
const facts = (pairs) =>
  el(
    "dl",
    {class: "facts"},
    Object.entries(pairs).flatMap(([name, value]) => (value ? [el("dt", {}, name), el("dd", {}, value)] : [])),
  );

/** @param {string} name @param {string} value */
const filter = (name, value) => el("a", {href: `#live?${new URLSearchParams({[name]: value})}`}, value);

/** @param {string} title @param {string} text to copy @param {HTMLElement} shown @param {HTMLElement | null} [more] */
const part = (title, text, shown, more) =>
  el("div", {class: "part"}, el("div", {class: "title"}, el("h2", {}, title), more, copier(text)), shown);
