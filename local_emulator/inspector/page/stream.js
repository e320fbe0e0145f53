/** What is new, as the emulator tells it; comes back by itself when the emulator was restarted. */

const RETRY_MS = 1000;

export class Stream extends EventTarget {
  /** @type {WebSocket | undefined} */ #webSocket;
  #after = 0;
  #paused = false;
  /** @type {Record<string, string>} */ #selection = {};

  connect() {
    const webSocket = (this.#webSocket = new WebSocket(`ws://${location.host}/_emulator/stream`));
    webSocket.onopen = () => this.#tell("state", true);
    webSocket.onmessage = ({data}) => this.#hear(JSON.parse(data));
    webSocket.onclose = () => {
      this.#tell("state", false);
      setTimeout(() => this.connect(), RETRY_MS);
    };
  }

  get paused() {
    return this.#paused;
  }

  set paused(paused) {
    this.#paused = paused;
    this.#ask();
  }

  /**
   * Follow what fits, from a record's number on.
   *
   * @param {Record<string, string>} selection
   * @param {number} after
   */
  follow(selection, after) {
    this.#selection = selection;
    this.#after = after;
    this.#ask();
  }

  #ask() {
    if (this.#webSocket?.readyState !== 1) return;
    this.#webSocket.send(JSON.stringify({after: this.#after, selection: this.#selection, paused: this.#paused}));
  }

  /** @param {any} message */
  #hear(message) {
    if (message.counts) this.#tell("counts", message.counts);
    if (message.rows) {
      this.#after = message.last;
      this.#tell("rows", message);
    }
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}
