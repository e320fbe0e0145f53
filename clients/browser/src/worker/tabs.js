/** @typedef {import("../types.d.ts").TokenReason} TokenReason */
/** @typedef {{port: MessagePort, visible: boolean, left: Promise<void>}} Tab */

/** A tab that has not answered for so long may be frozen, and another one is asked. */
const ANSWER_TIMEOUT_MS = 5_000;

/** The client waits no longer for a token. */
const TOKEN_TIMEOUT_MS = 20_000;

/** The tabs that take part. */
export class Tabs {
  /** The tabs, in the order of their arrival. */
  /** @type {Set<Tab>} */ #tabs = new Set();
  /** @type {Map<number, {resolve: (token: any) => void, reject: (error: unknown) => void}>} */ #asks = new Map();
  #lastAsk = 0;

  get isEmpty() {
    return this.#tabs.size === 0;
  }

  /** True if one of the tabs is visible. */
  get isVisible() {
    return [...this.#tabs].some(({visible}) => visible);
  }

  /** @param {Tab} tab */
  add(tab) {
    this.#tabs.add(tab);
    return tab.left.then(() => this.#tabs.delete(tab));
  }

  /** @param {object} message */
  post(message) {
    for (const {port} of this.#tabs) port.postMessage(message);
  }

  /**
   * Returns a token from one of the tabs. Asks visible tabs first, and the next one if a tab has gone or is silent.
   *
   * @param {{reason: TokenReason}} why
   * @returns {Promise<string | null>}
   * @throws the error of the tab's `getToken`
   */
  async requestToken(why) {
    const ask = ++this.#lastAsk;
    const answer = new Promise((resolve, reject) => this.#asks.set(ask, {resolve, reject}));
    const asked = new Set();
    try {
      for (let tab = this.#next(asked); tab; tab = this.#next(asked)) {
        asked.add(tab);
        tab.port.postMessage({ask, detail: why});
        const token = await Promise.race([answer, tab.left, silence(ANSWER_TIMEOUT_MS)]);
        if (token !== undefined) return token;
      }
      return await Promise.race([answer, silence(TOKEN_TIMEOUT_MS)]);
    } finally {
      this.#asks.delete(ask);
    }
  }

  /**
   * @param {number} ask
   * @param {unknown} token
   * @param {Error} [error]
   */
  answer(ask, token = "", error) {
    const {resolve, reject} = this.#asks.get(ask) ?? {};
    if (error) reject?.(error);
    else resolve?.(token);
  }

  /** @param {Set<Tab>} asked */
  #next(asked) {
    const others = [...this.#tabs].filter((tab) => !asked.has(tab));
    return others.findLast(({visible}) => visible) ?? others.at(-1);
  }
}

const silence = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
