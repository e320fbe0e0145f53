/** Deadlines as small bars that count down. One timer moves all bars of the page. */

import {el} from "./dom.js";
import {moment, span} from "./format.js";

/** Milliseconds by which the emulator's clock is ahead of this page's clock. */
let ahead = 0;

/** @param {number} now the emulator's, epoch milliseconds */
export const setClock = (now) => (ahead = now - Date.now());
export const now = () => Date.now() + ahead;

/** Each deadline, and the time at which its bar was full. @type {Map<string, [number, number]>} */
const starts = new Map();
const MAX_STARTS = 5000;

/**
 * Returns the time at which the bar of a deadline is full: when this page first saw the deadline.
 *
 * @param {string} key
 * @param {number} at
 * @param {number} since the start of a deadline that was there from the beginning
 */
function startOf(key, at, since) {
  const known = starts.get(key);
  if (known?.[0] === at) return known[1];
  const start = known ? now() : since;
  if (starts.size > MAX_STARTS) starts.clear();
  starts.set(key, [at, start]);
  return start;
}

/**
 * @param {string} label
 * @param {number} from epoch milliseconds: full
 * @param {number} to empty
 * @param {string} [about]
 */
export function bar(label, from, to, about) {
  const fill = el("i");
  const left = el("b");
  const element = el("span", {class: "bar", title: about ?? label}, el("span", {}, label), el("em", {}, fill), left);
  Object.assign(element, {from, to, fill, left});
  move(element);
  return element;
}

/** @param {any} element */
function move(element) {
  const remaining = element.to - now();
  const share = Math.max(0, Math.min(1, remaining / Math.max(1, element.to - element.from)));
  element.fill.style.width = `${share * 100}%`;
  element.left.textContent = remaining > 0 ? span(remaining) : "due";
  element.classList.toggle("soon", remaining < 120_000 && share < 0.5);
  element.classList.toggle("due", remaining < 20_000 && share < 0.5);
}

export const moveAll = () => document.querySelectorAll(".bar").forEach(move);

/**
 * Returns the bars of a connection: the gateway's own deadlines, then those in its rows, the nearest first.
 *
 * @param {any} connection
 * @returns {HTMLElement[]}
 */
export function bars(connection) {
  const {id, connectedAt, lastActiveAt, idleAt, tooOldAt} = connection;
  const own = [
    bar("idle", lastActiveAt, idleAt, "The gateway closes a connection without data in either direction."),
    bar("age", connectedAt, tooOldAt, "The gateway closes a connection that is too old."),
  ];
  const ofRows = deadlines(connection).map(({name, at, table}) =>
    bar(name.replace(/_?at$/i, ""), startOf(`${id} ${name}`, at, connectedAt), at, `${name} in ${table}`),
  );
  return [...own, ...ofRows];
}

/**
 * Returns the fields of a connection's rows that are future times, or were when this page first saw them.
 *
 * @param {any} connection
 */
function deadlines({id, rows}) {
  const found = [];
  for (const {table, row} of rows ?? []) {
    for (const [name, value] of Object.entries(row)) {
      const at = moment(value, now());
      const wasFuture = starts.get(`${id} ${name}`)?.[0] === at;
      if (at !== undefined && (at > now() || wasFuture)) found.push({name, at, table});
    }
  }
  return found.sort((one, other) => one.at - other.at);
}

/**
 * Returns the counters and flags in a connection's rows: numbers other than 0 that are no times, and true.
 *
 * @param {any} connection
 * @returns {[string, number | string | boolean][]}
 */
export function marks({rows}) {
  /** @type {[string, any][]} */
  const found = [];
  for (const {keys, row} of rows ?? []) {
    for (const [name, value] of Object.entries(row)) {
      if (keys.includes(name)) continue;
      if (typeof value === "number" && value !== 0 && moment(value, now()) === undefined) found.push([name, value]);
      if (value === true) found.push([name, value]);
    }
  }
  return found;
}
