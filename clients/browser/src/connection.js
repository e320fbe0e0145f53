/** @typedef {import("./types.d.ts").Environment} Environment */
/** @typedef {import("./types.d.ts").Upload} Upload */

const PROTOCOL = "upload-progress.v1";

/** One WebSocket and its state. After `drop()` it reports nothing more. */
export class Connection {
  /** @type {WebSocket | undefined} */ #webSocket;
  /** @type {unknown} */ #timer;
  /** @type {unknown} */ #refreshTimer;
  /** @type {Map<string, Map<number, Upload[]>>} */ #pages = new Map();
  dropped = false;
  /** The snapshot has arrived. */
  live = false;
  /** An idle warning is not answered yet. */
  idle = false;
  /** No handshake was sent, because there was no token or the browser did not allow the connection. */
  untried = false;
  /** Epoch milliseconds of the end of the handshake, the last message, our last ping, and our last snapshot request. */
  openedAt = 0;
  heardAt = 0;
  pingedAt = 0;
  askedAt = 0;
  /** Milliseconds by which the server's clock is ahead of this machine's clock. */
  skew = 0;

  /** @param {Environment} environment */
  constructor(environment) {
    this.environment = environment;
  }

  /**
   * Opens the WebSocket and calls `opened`, `heard` for each message, and `lost`.
   *
   * @param {string} url
   * @param {string} token
   * @param {{opened: () => void, heard: (message: any) => void, lost: () => void}} owner
   */
  open(url, token, {opened, heard, lost}) {
    const webSocket = (this.#webSocket = new this.environment.WebSocket(url, [PROTOCOL, `bearer.${token}`]));
    webSocket.onopen = opened;
    // An error always ends a WebSocket, and not every implementation then fires `close`.
    webSocket.onclose = webSocket.onerror = lost;
    webSocket.onmessage = ({data}) => {
      this.heardAt = this.environment.now();
      const message = parse(data);
      if (message) heard(message);
    };
  }

  /** @param {{action: string, [field: string]: unknown}} message */
  send(message) {
    if (this.#webSocket?.readyState === 1) this.#webSocket.send(JSON.stringify(message));
  }

  /**
   * Replaces the timer of this connection.
   *
   * @param {number} ms
   * @param {() => void} run
   */
  after(ms, run) {
    this.environment.clearTimeout(this.#timer);
    this.#timer = this.environment.setTimeout(run, ms);
  }

  /**
   * Replaces the timer that refreshes the token, unless the connection was dropped.
   *
   * @param {number} ms
   * @param {() => void} run
   */
  refreshAfter(ms, run) {
    this.environment.clearTimeout(this.#refreshTimer);
    if (!this.dropped) this.#refreshTimer = this.environment.setTimeout(run, ms);
  }

  /** Removes all listeners and closes. It does not wait for the close handshake, because the peer may be gone. */
  drop() {
    this.dropped = true;
    this.environment.clearTimeout(this.#timer);
    this.environment.clearTimeout(this.#refreshTimer);
    const webSocket = this.#webSocket;
    if (!webSocket) return;
    webSocket.onopen = webSocket.onclose = webSocket.onerror = webSocket.onmessage = null;
    webSocket.close();
  }

  /**
   * Stores one page of a snapshot. Returns the whole snapshot once all its pages have arrived.
   *
   * @param {{snapshotId: string, page: number, pages: number, uploads: Upload[]}} page
   * @returns {Upload[] | undefined}
   */
  collect({snapshotId, page, pages, uploads}) {
    const collected = this.#pages.get(snapshotId) ?? new Map();
    this.#pages.set(snapshotId, collected.set(page, uploads));
    if (collected.size < pages) return undefined;
    this.#pages.clear();
    return [...collected.values()].flat();
  }
}

/**
 * Returns the JSON object in a frame, or undefined if there is none.
 *
 * @param {unknown} data
 * @returns {{[field: string]: any} | undefined}
 */
function parse(data) {
  try {
    const message = JSON.parse(/** @type {string} */ (data));
    return message instanceof Object ? message : undefined;
  } catch {
    return undefined;
  }
}
