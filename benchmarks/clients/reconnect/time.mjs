/** Time that passes only when told to, and chance that repeats itself: what a simulation stands on. */

/** Timers in the order of their moments; those of one moment in the order in which they were set. */
export class SimulatedTime {
  now = 0;
  #order = 0;
  #heap = [];

  /** @returns {{run?: () => void}} what `clearTimeout` takes */
  setTimeout(run, ms) {
    const timer = {at: this.now + Math.max(0, ms), order: this.#order++, run};
    this.#push(timer);
    return timer;
  }

  clearTimeout(timer) {
    if (timer) timer.run = undefined;
  }

  /** Let time pass until `until` (milliseconds); promises settle after each timer, as in a real event loop. */
  async pass(until) {
    while (this.#heap.length && this.#heap[0].at <= until) {
      const timer = this.#pop();
      if (!timer.run) continue;
      this.now = timer.at;
      timer.run();
      await new Promise(setImmediate);
    }
    this.now = until;
  }

  #push(timer) {
    const heap = this.#heap;
    let place = heap.push(timer) - 1;
    while (place) {
      const parent = (place - 1) >> 1;
      if (!isBefore(timer, heap[parent])) break;
      heap[place] = heap[parent];
      place = parent;
    }
    heap[place] = timer;
  }

  #pop() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length) this.#sink(last);
    return first;
  }

  #sink(timer) {
    const heap = this.#heap;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], timer)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = timer;
  }
}

const isBefore = (one, other) => one.at < other.at || (one.at === other.at && one.order < other.order);

/**
 * Numbers from 0 to 1 that are the same for the same seed (mulberry32).
 *
 * @param {number} seed
 */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
