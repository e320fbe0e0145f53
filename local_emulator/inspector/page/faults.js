/** A switch for each kind of fault; docs/faults.md describes them. */

import {call, post, remove} from "./api.js";
import {el, say} from "./dom.js";
import {go} from "./place.js";

const REFRESH_MS = 1500;
/** Values for required fields without a default. */
const SUGGESTED = {delayMs: "500", status: "429"};

export class Faults {
  #kinds = el("div", {class: "kinds"});
  /** @type {any} */ #catalogue;
  /** @type {Map<string, Record<string, any>>} inputs by kind */ #inputs = new Map();
  element = el(
    "div",
    {class: "view"},
    el(
      "div",
      {class: "row"},
      el("h2", {}, "Faults"),
      el("span", {class: "muted"}, "Simulate failures of API Gateway, Lambda and DynamoDB."),
      el("span", {class: "grow"}),
      el("button", {type: "button", onclick: () => this.#act(() => remove("faults"))}, "All off"),
    ),
    this.#kinds,
  );

  constructor() {
    setInterval(() => this.element.isConnected && !document.hidden && this.#refresh(), REFRESH_MS);
  }

  /** @param {URLSearchParams} params */
  async show(params) {
    this.#catalogue ??= await call("faults/kinds");
    this.open = params.get("kind");
    await this.#refresh();
  }

  async #refresh() {
    try {
      const {faults} = await call("faults");
      const focused = document.activeElement?.id;
      this.#kinds.replaceChildren(...this.#catalogue.kinds.map((/** @type {any} */ kind) => this.#kind(kind, faults)));
      if (focused) document.getElementById(focused)?.focus({preventScroll: true});
    } catch {
      // The header shows that the emulator is not reachable.
    }
  }

  /** @param {any} kind @param {any[]} faults */
  #kind(kind, faults) {
    const own = faults.filter((fault) => fault.kind === kind.name);
    const on = own.some(({spent}) => !spent);
    const open = this.open === kind.name;
    const active = own.map((fault) => this.#active(fault));
    return el(
      "div",
      {class: `fault${on ? " on" : ""}`},
      this.#switch(kind, own, on),
      el("code", {}, kind.name),
      el("span", {class: "muted"}, kind.about),
      more(kind, open),
      active.length ? el("ul", {class: "active"}, active) : null,
      open ? this.#settings(kind) : null,
    );
  }

  /** @param {any} kind @param {any[]} own @param {boolean} on */
  #switch(kind, own, on) {
    return el("input", {
      type: "checkbox",
      role: "switch",
      class: "switch",
      id: `fault-${kind.name}`,
      checked: on,
      "aria-label": kind.name,
      onchange: () => this.#toggle(kind, own, on),
    });
  }

  /** @param {any} kind */
  #settings(kind) {
    const add = el("button", {type: "button", id: `add-${kind.name}`, onclick: () => this.#add(kind)}, "Switch on");
    return el("div", {class: "settings"}, Object.values(this.#fieldsOf(kind)), add);
  }

  /** @param {any} fault */
  #active({id, target, strikes, seen, spent, times}) {
    const aimed = Object.entries(target)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ");
    const count = `${strikes}${times ? ` of ${times}` : ""}`;
    const text = `${id} ${aimed} · applied ${count} · matched ${seen}${spent ? " · used up" : ""}`;
    return el(
      "li",
      {},
      text,
      el(
        "button",
        {
          type: "button",
          id: `clear-${id}`,
          "aria-label": `Clear ${id}`,
          onclick: () => this.#act(() => remove(`faults/${id}`)),
        },
        "✕",
      ),
    );
  }

  /** Returns the labelled inputs of a kind. They are kept, so that a refresh keeps their text. @param {any} kind */
  #fieldsOf(kind) {
    const known = this.#inputs.get(kind.name);
    if (known) return known;
    const {fields: about, aims} = this.#catalogue;
    const names = [...kind.fields, ...kind.aims, "after", "times", "probability", "seed"];
    const made = Object.fromEntries(
      names.map((name) => {
        const value = kind.default[name] ?? (kind.required.includes(name) ? Reflect.get(SUGGESTED, name) : "");
        const input = el("input", {
          id: `${kind.name}-${name}`,
          value: String(value ?? ""),
          "data-name": name,
          spellcheck: false,
          autocomplete: "off",
        });
        return [name, el("label", {title: about[name] ?? aims[name]}, name, input)];
      }),
    );
    this.#inputs.set(kind.name, made);
    return made;
  }

  /** @param {any} kind @param {any[]} own @param {boolean} on */
  async #toggle(kind, own, on) {
    if (!on) return this.#add(kind);
    await this.#act(() => Promise.all(own.map(({id}) => remove(`faults/${id}`))));
  }

  /** @param {any} kind */
  async #add(kind) {
    /** @type {Record<string, any>} */
    const asked = {kind: kind.name, target: {}};
    for (const [name, label] of Object.entries(this.#fieldsOf(kind))) {
      const text = label.querySelector("input").value.trim();
      if (text && kind.aims.includes(name)) asked.target[name] = text;
      else if (text) asked[name] = parseValue(text);
    }
    await this.#act(() => post("faults", asked));
  }

  /** @param {() => Promise<unknown>} act */
  async #act(act) {
    try {
      await act();
    } catch (problem) {
      say(/** @type {Error} */ (problem).message, true);
    }
    await this.#refresh();
  }
}

/** @param {any} kind @param {boolean} open */
function more(kind, open) {
  const toggle = () => go("faults", {kind: open ? null : kind.name});
  return el(
    "button",
    {class: "quiet", type: "button", id: `more-${kind.name}`, "aria-expanded": String(open), onclick: toggle},
    open ? "less" : "more…",
  );
}

/** Returns a number or boolean for its text, and any other text as it is. @param {string} text */
const parseValue = (text) => (/^(-?[\d.]+|true|false)$/.test(text) ? JSON.parse(text) : text);
