/** Uploads without clocks: a state on a trace of steps, polled as its sender polls it. */

import {ProgressLine, intervalSeconds} from "../src/prediction.js";
import {isDue} from "../src/throttle.js";
import {STALLED, UploadState} from "../src/upload-state.js";

export const TICK_SECONDS = 0.1;

/** Returns a moment of both clocks. */
export const moment = (seconds) => ({epochMs: 1_700_000_000_000 + Math.round(seconds * 1000), seconds});

/** Returns the state of one upload of alice. */
export const upload = (options = {}) =>
  new UploadState({
    userId: "alice",
    uploadId: "u1",
    fileName: "film.mp4",
    bytesTotal: 1000,
    phase: "transfer",
    ...options,
  });

/** Returns steps of `size` bytes at `rate(seconds)` bytes per second, as (seconds, bytes). */
export function atRate(total, size, rate) {
  const steps = [];
  for (let now = 0, left = total; left > 0; left -= size) {
    now += Math.min(size, left) / Math.max(1, rate(now));
    steps.push([now, Math.min(size, left)]);
  }
  return steps;
}

/**
 * Returns the run of an upload over `seconds`, without its end: its updates, how many are signs of life, the errors of the
 * bar in percent, one per tick, and how many updates the throttle alone would send.
 */
export function simulate(total, steps, seconds) {
  const state = upload({bytesTotal: total, attempt: 1});
  const run = {updates: [], signsOfLife: 0, errors: [], unpredicted: 0};
  state.change(moment(0), "uploading");
  let line = new ProgressLine(0, total);
  let [sentAt, next, shown, shownAt] = [0, 0, 0, 0];
  for (let tick = 1; tick <= Math.round(seconds / TICK_SECONDS); tick += 1) {
    const now = tick * TICK_SECONDS;
    for (; next < steps.length && steps[next][0] <= now; next += 1) state.count += steps[next][1];
    const count = Math.min(total, state.count);
    if (count !== shown && isDue(now - shownAt, (100 * (count - shown)) / total)) {
      [shown, shownAt] = [count, now];
      run.unpredicted += 1;
    }
    const update = state.progress(moment(now));
    if (update) {
      const isLate = now - sentAt >= intervalSeconds(sentAt) - TICK_SECONDS / 2;
      run.updates.push([now, update]);
      run.signsOfLife += Number(isLate || update.message === STALLED);
      line = new ProgressLine(update.bytesUploaded, total, update.bytesPerSecond, intervalSeconds(now));
      sentAt = now;
    }
    run.errors.push((100 * Math.abs(line.bytesAfter(now - sentAt) - count)) / total);
  }
  return run;
}

/** Returns random numbers from 0 to 1 that are the same for each run of a seed (mulberry32). */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
