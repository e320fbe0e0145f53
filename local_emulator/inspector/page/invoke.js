/** Invokes a function of the template, with any event or a sample of the project. */

import {call, invoke} from "./api.js";
import {el, say} from "./dom.js";
import {took} from "./format.js";
import {json, parsed} from "./json.js";
import {logText} from "./log_text.js";
import {go} from "./place.js";
import {objectOf, SchemaForm} from "./schema_form.js";

export class Invoke {
  #menu = el("nav", {class: "menu", "aria-label": "Functions"});
  #panel = el("div");
  element = el("div", {class: "view split"}, this.#menu, this.#panel);
  #shown = "";

  /** @param {URLSearchParams} params */
  async show(params) {
    const {functions} = await call("functions");
    const preferred = functions.find((/** @type {any} */ {schema}) => schema) ?? functions[0];
    const name = params.get("function") ?? preferred?.logicalId;
    this.#menu.replaceChildren(...functions.map((/** @type {any} */ one) => item(one, one.logicalId === name)));
    const chosen = functions.find((/** @type {any} */ {logicalId}) => logicalId === name);
    const given = sessionStorage.getItem(`event ${name}`);
    if (!chosen) this.#panel.replaceChildren(el("p", {class: "empty"}, "The template has no function of that name."));
    else if (given !== null || this.#shown !== name) this.#panel.replaceChildren(panel(chosen, given));
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

/** The event to send, as JSON text and as a form where the function has a schema. Each follows the other. */
class EventEditor {
  /** @type {SchemaForm | undefined} */ #form;
  text = el("textarea", {spellcheck: false, "aria-label": "Event", oninput: () => this.#edited()});

  /** @param {any} schema of the event, or null @param {() => void} run */
  constructor(schema, run) {
    const fields = objectOf(schema);
    this.#form = fields && new SchemaForm(fields, (values) => this.#fill(values));
    this.text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
    });
  }

  /** The form, if there is one. @returns {HTMLElement | undefined} */
  get form() {
    return this.#form?.element;
  }

  /** @param {any} event JSON text, or a value */
  set(event) {
    this.text.value = typeof event === "string" ? event : JSON.stringify(event, null, 2);
    this.#edited();
  }

  /** @param {Record<string, unknown>} values */
  #fill(values) {
    const others = Object.entries(parsed(this.text.value) ?? {}).filter(([name]) => !this.#form?.has(name));
    this.text.value = JSON.stringify({...Object.fromEntries(others), ...values}, null, 2);
    this.#validate();
  }

  #edited() {
    const event = parsed(this.text.value);
    if (event instanceof Object && !Array.isArray(event)) this.#form?.fill(event);
    this.#validate();
  }

  #validate() {
    this.text.setAttribute("aria-invalid", String(parsed(this.text.value) === undefined));
  }
}

/** @param {any} one the function @param {string | null} given the first event */
function panel(one, given) {
  const result = el(
    "div",
    {class: "result", "aria-live": "polite"},
    el("p", {class: "empty"}, "The result appears here."),
  );
  const run = () => send(one, editor.text.value, result);
  const editor = new EventEditor(one.schema, run);
  const sample = one.samples.find((/** @type {any} */ {event}) => event !== undefined)?.event;
  editor.set(given ?? localStorage.getItem(`event ${one.logicalId}`) ?? sample ?? {});
  const heading = [
    el("h2", {}, one.logicalId),
    el("span", {class: "muted"}, `${one.handler} · ${one.timeoutSeconds} s · ${one.memoryMb} MB`),
  ];
  const hintOrLabel = one.samples.length ? el("span", {class: "muted"}, "Samples") : hint(one);
  return el(
    "div",
    {},
    el("div", {class: "row"}, heading),
    el(
      "div",
      {class: "row"},
      hintOrLabel,
      samples(one, (event) => editor.set(event)),
      button(run),
    ),
    el("div", {class: `invoke${editor.form ? "" : " plain"}`}, editor.form, editor.text, result),
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
async function send(one, event, result) {
  if (parsed(event) === undefined) return say("The event is not valid JSON.", true);
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
