/** The emulator's stream of new records. It reconnects by itself after a restart of the emulator. */

const RETRY_MS = 1000;

export class Stream extends EventTarget {
  /** @type {WebSocket | undefined} */ #webSocket;
  #after = 0;
  #paused = false;
  /** @type {Record<string, string>} */ #selection = {};

  connect() {
    const webSocket = (this.#webSocket = new WebSocket(`ws://${location.host}/_emulator/stream`));
    webSocket.onopen = () => this.#dispatch("state", true);
    webSocket.onmessage = ({data}) => this.#receive(JSON.parse(data));
    webSocket.onclose = () => {
      this.#dispatch("state", false);
      setTimeout(() => this.connect(), RETRY_MS);
    };
  }

  get paused() {
    return this.#paused;
  }

  set paused(paused) {
    this.#paused = paused;
    this.#subscribe();
  }

  /**
   * Follows the records that match, after a record's number.
   *
   * @param {Record<string, string>} selection
   * @param {number} after
   */
  follow(selection, after) {
    this.#selection = selection;
    this.#after = after;
    this.#subscribe();
  }

  #subscribe() {
    if (this.#webSocket?.readyState !== 1) return;
    this.#webSocket.send(JSON.stringify({after: this.#after, selection: this.#selection, paused: this.#paused}));
  }

  /** @param {any} message */
  #receive(message) {
    if (message.counts) this.#dispatch("counts", message.counts);
    if (message.rows) {
      this.#after = message.last;
      this.#dispatch("rows", message);
    }
  }

  /** @param {string} type @param {unknown} detail */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}
