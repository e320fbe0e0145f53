/** Both clocks of the machine. */

/**
 * A moment of both clocks: the wall clock, for `rev`, and the monotonic clock, for durations.
 *
 * @typedef {{epochMs: number, seconds: number}} Moment
 */

/** @returns {Moment} */
export const readClocks = () => ({epochMs: Date.now(), seconds: performance.now() / 1000});
