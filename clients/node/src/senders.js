/** The senders of this process: one per target, shared by its uploads, flushed at the end of the process. */

import {Sender} from "./sender.js";

/** @typedef {import("./types.d.ts").Target} Target */

export const FLUSH_MS = 2000;

/** @type {WeakMap<object, Sender>} */
const SENDERS = new WeakMap();
/** @type {Set<Sender>} */
const ACTIVE = new Set();
/** @type {WeakMap<Sender, number>} */
const REPORTED = new WeakMap();

/**
 * Returns the sender of a target; throws a TypeError if it is neither a target nor a function.
 *
 * @param {Target | ((updates: import("./types.d.ts").Update[]) => unknown)} target
 */
export function senderOf(target) {
  const known = SENDERS.get(target);
  if (known) return known;
  if (typeof target !== "function" && typeof target?.send !== "function") {
    throw new TypeError("target must be a target, such as a LambdaTarget, or a function that takes a list of updates");
  }
  const sender = new Sender(typeof target === "function" ? {send: target} : target, {
    onActive: (isActive) => (isActive ? ACTIVE.add(sender) : ACTIVE.delete(sender)),
  });
  SENDERS.set(target, sender);
  return sender;
}

/** Returns the senders that have updates to send or uploads to poll. */
export const activeSenders = () => [...ACTIVE];

/**
 * Sends what every reporter of this process recorded, and tries again until `ms` have passed.
 *
 * @returns {Promise<boolean>} false if anything still waits, or was given up or dropped since the last call
 */
export async function flush(ms = FLUSH_MS) {
  const senders = activeSenders();
  const flushed = await Promise.all(senders.map((sender) => sender.flush(ms)));
  const losses = senders.filter((sender) => sender.lost > (REPORTED.get(sender) ?? 0));
  for (const sender of losses) REPORTED.set(sender, sender.lost);
  return flushed.every(Boolean) && !losses.length;
}
