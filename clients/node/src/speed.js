/** The speed of an upload, and the time that is left. Pure. */

import {MAX_INTEGER} from "./bounds.js";

const WINDOW_SECONDS = 8;
const MIN_SPAN_SECONDS = 0.8;
const PAUSE_FACTOR = 1.5;
const MAX_SAMPLES = 256;

/**
 * A moving average over the last 8 s, from samples of (seconds, bytes so far).
 *
 * If bytes arrive in steps further apart than the window, the average covers the time since the last step. A pause up to
 * 1.5 times as long as the one before belongs to the rhythm and does not lower the average.
 */
export class Speed {
  /** @type {[number, number][]} */
  #samples = [];
  #steppedAt = 0;
  #pause = 0;

  /**
   * Discards the samples, as after a pause, a silence or a step back.
   *
   * @param {number} seconds
   * @param {number} total
   */
  restart(seconds, total) {
    this.#samples = [[seconds, total]];
    this.#steppedAt = seconds;
    this.#pause = 0;
  }

  /**
   * Records that `total` bytes were transferred at `seconds` (monotonic).
   *
   * @param {number} seconds
   * @param {number} total
   */
  observe(seconds, total) {
    const samples = this.#samples;
    if (samples.length && total !== samples.at(-1)?.[1]) {
      this.#pause = seconds - this.#steppedAt;
      this.#steppedAt = seconds;
    } else if (seconds - this.#steppedAt <= PAUSE_FACTOR * this.#pause) return;
    // Of a standstill, its beginning and its latest moment are enough.
    if (samples.length > 1 && samples.at(-1)?.[1] === samples.at(-2)?.[1]) samples.pop();
    samples.push([seconds, total]);
    while (samples.length > MAX_SAMPLES || (samples[2] && Number(samples[1]?.[0]) <= seconds - WINDOW_SECONDS)) {
      samples.shift();
    }
  }

  /** Returns the average in bytes per second; undefined until the samples span 0.8 s. */
  bytesPerSecond() {
    const [first, before] = this.#samples[0] ?? [0, 0];
    const [last, now] = this.#samples.at(-1) ?? [0, 0];
    return last - first < MIN_SPAN_SECONDS
      ? undefined
      : Math.min(Math.max(0, Math.round((now - before) / (last - first))), MAX_INTEGER);
  }
}

/**
 * Returns whole seconds, rounded up, until `remaining` bytes are transferred; null at a standstill.
 *
 * @param {number} remaining
 * @param {number} bytesPerSecond
 */
export function etaSeconds(remaining, bytesPerSecond) {
  if (remaining <= 0) return 0;
  return bytesPerSecond > 0 ? Math.ceil(remaining / bytesPerSecond) : null;
}
