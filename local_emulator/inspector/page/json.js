/** Shows JSON: indented, coloured, with the JSON in strings parsed and times explained. */

import {el} from "./dom.js";
import {moment, span} from "./format.js";

const MAX_CHARS = 200_000;

/**
 * @param {string} text JSON, or any other text, which is shown as it is
 * @returns {HTMLElement}
 */
export function json(text) {
  const value = parsed(text);
  return el(
    "pre",
    {class: "json", tabIndex: 0},
    value === undefined || text.length > MAX_CHARS ? text : node(value, ""),
  );
}

/** @param {string} text @returns {any} undefined for invalid JSON */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {any} value @param {string} indent @returns {Node} */
function node(value, indent) {
  if (Array.isArray(value))
    return list(
      "[",
      "]",
      value.map((one) => [node(one, `${indent}  `)]),
      indent,
    );
  if (value instanceof Object)
    return list(
      "{",
      "}",
      Object.entries(value).map((pair) => entry(pair, indent)),
      indent,
    );
  if (typeof value === "string") return string(value, indent);
  return el("span", {class: value === null ? "null" : typeof value, title: explained(value)}, String(value));
}

/** @param {[string, any]} pair @param {string} indent @returns {(Node | string)[]} */
const entry = ([name, value], indent) => [
  el("span", {class: "key"}, JSON.stringify(name)),
  ": ",
  node(value, `${indent}  `),
];

/** @param {string} open @param {string} close @param {(Node | string)[][]} items @param {string} indent */
function list(open, close, items, indent) {
  if (!items.length) return document.createTextNode(open + close);
  const parts = items.flatMap((item, index) => [index ? ",\n" : "\n", `${indent}  `, ...item]);
  return el("span", {}, open, parts, `\n${indent}`, close);
}

/** @param {string} text @param {string} indent */
function string(text, indent) {
  const inner = /^\s*[[{]/.test(text) ? parsed(text) : undefined;
  if (inner === undefined) return el("span", {class: "string"}, JSON.stringify(text));
  return el("span", {class: "inner", title: "a string of JSON"}, el("i", {}, "json "), node(inner, indent));
}

/** @param {unknown} value */
function explained(value) {
  const now = Date.now();
  const at = moment(value, now);
  if (at === undefined) return undefined;
  return `${new Date(at).toISOString()}, ${at > now ? "in" : ""} ${span(Math.abs(at - now))} ${at > now ? "" : "ago"}`;
}
