/** Invoke any function of the template, with an event of one's own or a sample of the project's. */

import {call, invoke} from "./api.js";
import {el, say} from "./dom.js";
import {took} from "./format.js";
import {json, parsed} from "./json.js";
import {logText} from "./log_text.js";
import {go} from "./place.js";
import {objectOf, SchemaForm} from "./schema_form.js";

export class Invoke {
  #menu = el("nav", {class: "menu", "aria-label": "Functions"});
  #bench = el("div");
  element = el("div", {class: "view split"}, this.#menu, this.#bench);
  #shown = "";

  /** @param {URLSearchParams} params */
  async show(params) {
    const {functions} = await call("functions");
    const preferred = functions.find((/** @type {any} */ {schema}) => schema) ?? functions[0];
    const name = params.get("function") ?? preferred?.logicalId;
    this.#menu.replaceChildren(...functions.map((/** @type {any} */ one) => item(one, one.logicalId === name)));
    const chosen = functions.find((/** @type {any} */ {logicalId}) => logicalId === name);
    const handed = sessionStorage.getItem(`event ${name}`);
    if (!chosen) this.#bench.replaceChildren(el("p", {class: "empty"}, "The template has no function of that name."));
    else if (handed !== null || this.#shown !== name) this.#bench.replaceChildren(bench(chosen, handed));
    sessionStorage.removeItem(`event ${name}`);
    this.#shown = name;
  }
}

/** @param {any} one @param {boolean} chosen */
const item = ({logicalId, handler}, chosen) =>
  el(
    "button",
    {type: "button", "aria-pressed": String(chosen), onclick: () => go("invoke", {function: logicalId})},
    logicalId,
    el("small", {}, handler),
  );

/** @param {any} one the function @param {string | null} handed an event to begin with */
function bench(one, handed) {
  const schema = objectOf(one.schema);
  const remembered = handed ?? localStorage.getItem(`event ${one.logicalId}`);
  const text = el("textarea", {spellcheck: false, "aria-label": "Event", oninput: () => edited()});
  const result = el(
    "div",
    {class: "result", "aria-live": "polite"},
    el("p", {class: "empty"}, "What the function answers appears here."),
  );
  const form = schema && new SchemaForm(schema, (fields) => filled(fields));
  const put = (/** @type {any} */ event) => {
    text.value = typeof event === "string" ? event : JSON.stringify(event, null, 2);
    edited();
  };
  const filled = (/** @type {Record<string, unknown>} */ fields) => {
    const others = Object.entries(parsed(text.value) ?? {}).filter(([name]) => !form?.has(name));
    text.value = JSON.stringify({...Object.fromEntries(others), ...fields}, null, 2);
    check();
  };
  const edited = () => {
    const event = parsed(text.value);
    if (event instanceof Object && !Array.isArray(event)) form?.fill(event);
    check();
  };
  const check = () => text.setAttribute("aria-invalid", String(parsed(text.value) === undefined));
  const run = () => runs(one, text.value, result);
  text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  put(remembered ?? one.samples.find((/** @type {any} */ {event}) => event !== undefined)?.event ?? {});
  return el(
    "div",
    {},
    el(
      "div",
      {class: "row"},
      el("h2", {}, one.logicalId),
      el("span", {class: "muted"}, `${one.handler} · ${one.timeoutSeconds} s · ${one.memoryMb} MB`),
    ),
    el(
      "div",
      {class: "row"},
      one.samples.length ? el("span", {class: "muted"}, "Samples") : hint(one),
      samples(one, put),
      button(run),
    ),
    el("div", {class: `invoke${form ? "" : " plain"}`}, form?.element, text, result),
  );
}

/** @param {() => void} run */
const button = (run) => el("button", {class: "main grow", type: "button", title: "Ctrl+Enter", onclick: run}, "Invoke");

/** @param {any} one @param {(event: any) => void} put */
const samples = ({samples: all}, put) =>
  all.map((/** @type {any} */ {name, event, problem}) =>
    el("button", {type: "button", disabled: problem !== undefined, title: problem, onclick: () => put(event)}, name),
  );

/** @param {any} one */
const hint = ({logicalId}) =>
  el(
    "span",
    {class: "muted"},
    "Samples: put JSON files into ",
    el("code", {}, `events/${logicalId}/`),
    " beside the template.",
  );

/** @param {any} one @param {string} event @param {HTMLElement} result */
async function runs(one, event, result) {
  if (parsed(event) === undefined) return say("The event is no JSON.", true);
  localStorage.setItem(`event ${one.logicalId}`, event);
  try {
    const answer = await invoke(one.logicalId, event);
    result.className = `result${answer.failed ? " failed" : ""}`;
    result.replaceChildren(
      el(
        "div",
        {class: "part"},
        el("b", {class: answer.failed ? "bad" : ""}, answer.failed ? "Failed" : "Succeeded"),
        ` in ${took(answer.durationMs)} `,
        el("code", {class: "muted"}, answer.requestId ?? ""),
      ),
      el("div", {class: "part"}, json(answer.result)),
      el("div", {class: "part"}, el("h3", {}, "Log"), logText(answer.log)),
    );
  } catch {
    say("The emulator does not answer.", true);
  }
}
