/** The percent within one phase of processing, as far as a tool knows it. Pure. */

// Many tools say 100, or stop below it, while work follows: only the end of the phase is the end.
const MAX_BEFORE_END = 99;

/**
 * The percent of the current phase, 0 to 99; undefined while it is unknown. It never falls within a phase.
 *
 * A value above 100 means that the tool expected less work: the percent is then unknown for the rest of the phase.
 */
export class PhasePercent {
  /** @type {number | undefined} */
  value;
  #highest = 0;
  #exceeded = false;

  /**
   * Records the percent of step `step` of `steps`; what is no number means that it is unknown.
   *
   * @param {unknown} percent
   */
  set(percent, step = 1, steps = 1) {
    const number = typeof percent === "number" ? percent : NaN;
    this.#exceeded ||= number > 100;
    if (this.#exceeded || Number.isNaN(number)) {
      this.value = undefined;
      return;
    }
    const share = (step - 1 + Math.max(0, number) / 100) / steps;
    this.#highest = Math.max(this.#highest, Math.min(MAX_BEFORE_END, Math.round(share * 1000) / 10));
    this.value = this.#highest;
  }
}
