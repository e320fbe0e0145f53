/** A form for the fields of a JSON Schema. */

import {el} from "./dom.js";

/** @typedef {Record<string, any>} Schema */

/**
 * Returns the first object with fields in a schema: itself, or one of its alternatives.
 *
 * @param {Schema | null | undefined} schema
 * @param {Schema} [root]
 * @returns {Schema | undefined}
 */
export function objectOf(schema, root = schema ?? {}) {
  if (!schema) return undefined;
  if (typeof schema.$ref === "string" && schema.$ref.startsWith("#/")) {
    const steps = schema.$ref.slice(2).split("/");
    return objectOf(
      steps.reduce((part, step) => part?.[step], /** @type {any} */ (root)),
      root,
    );
  }
  if (schema.properties) return schema;
  for (const one of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) {
    const found = objectOf(one, root);
    if (found) return found;
  }
  return undefined;
}

export class SchemaForm {
  /** @type {Map<string, {input: any, schema: Schema}>} */ #fields = new Map();
  element;

  /** @param {Schema} schema an object's @param {(event: Record<string, unknown>) => void} changed */
  constructor(schema, changed) {
    const required = new Set(schema.required ?? []);
    const names = Object.keys(schema.properties);
    const children = names.flatMap((name) => this.#field(name, schema.properties[name], required.has(name)));
    this.element = el("div", {class: "fields", oninput: () => changed(this.#value())}, children);
  }

  /** @param {string} name @param {Schema} schema @param {boolean} required */
  #field(name, schema, required) {
    const input = inputOf(schema);
    input.id = `field-${name}`;
    this.#fields.set(name, {input, schema});
    const title = schema.description ?? "";
    return [
      el("label", {for: input.id, title}, name, required && el("b", {title: "required"}, " *")),
      Object.assign(input, {title}),
    ];
  }

  /** Shows an event in the fields. @param {Record<string, any>} event */
  fill(event) {
    for (const [name, {input}] of this.#fields) {
      const value = event[name];
      if (input === document.activeElement) continue;
      if (input.type === "checkbox") input.checked = value === true;
      else input.value = value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
    }
  }

  #value() {
    /** @type {Record<string, unknown>} */
    const event = {};
    for (const [name, {input, schema}] of this.#fields) {
      const value = input.type === "checkbox" ? input.checked || undefined : read(input.value, schema);
      if (value !== undefined) event[name] = value;
    }
    return event;
  }

  /** Returns true if the form has a field of this name. @param {string} name */
  has(name) {
    return this.#fields.has(name);
  }
}

/** @param {Schema} schema */
function inputOf(schema) {
  const types = [schema.type ?? []].flat();
  if (schema.enum)
    return el(
      "select",
      {},
      ["", ...schema.enum].map((one) => el("option", {value: one ?? "null"}, String(one))),
    );
  if (types.length === 1 && types[0] === "boolean") return el("input", {type: "checkbox"});
  const hint = types.includes("object")
    ? "{…}"
    : types.includes("array")
      ? "[…]"
      : types.filter((one) => one !== "null").join(" or ");
  return el("input", {placeholder: hint, spellcheck: false, autocomplete: "off"});
}

/** @param {string} text @param {Schema} schema @returns {unknown} the value of a field's text; undefined for none */
function read(text, schema) {
  if (text === "") return undefined;
  const types = [schema.type ?? []].flat();
  if (types.length && types.every((type) => type === "string")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
