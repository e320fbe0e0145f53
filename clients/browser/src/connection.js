import {Timer} from "./timer.js";

/** @typedef {import("./types.d.ts").Environment} Environment */
/** @typedef {import("./types.d.ts").Upload} Upload */

const PROTOCOL = "upload-progress.v1";

/** One WebSocket and its state. After `drop()` it reports nothing more. */
export class Connection {
  /** @type {WebSocket | undefined} */ #webSocket;
  /** @type {Map<string, Map<number, Upload[]>>} */ #pages = new Map();
  dropped = false;
  /** The snapshot has arrived. */
  live = false;
  /** An idle warning is not answered yet. */
  idle = false;
  /**
   * Epoch milliseconds of the end of the handshake, the last message, our ping (0 after any message), and our
   * last snapshot request.
   */
  openedAt = 0;
  heardAt = 0;
  pingedAt = 0;
  askedAt = 0;
  /** The time of the next check, in epoch milliseconds. */
  checkAt = 0;
  /**
   * Milliseconds by which the server's clock is ahead of this machine's clock. Both measure a connection's age from its
   * start, so the difference is the skew.
   */
  skew = 0;

  /** @param {Environment} environment */
  constructor(environment) {
    this.environment = environment;
    /** The time limit of the handshake, then the checks of a live connection; the next request of a token. */
    this.check = new Timer(environment);
    this.refresh = new Timer(environment);
  }

  /**
   * Opens the WebSocket and calls `opened`, `heard` for each message, and `lost`.
   *
   * @param {string} url
   * @param {string} token
   * @param {{opened: () => void, heard: (message: any) => void, lost: (cause: unknown) => void}} owner
   */
  open(url, token, {opened, heard, lost}) {
    const webSocket = (this.#webSocket = new this.environment.WebSocket(url, [PROTOCOL, `bearer.${token}`]));
    webSocket.onopen = opened;
    // An error always ends a WebSocket, and not every implementation then fires `close`.
    webSocket.onclose = webSocket.onerror = (/** @type {any} */ event) => lost(this.#causeOf(event));
    webSocket.onmessage = ({data}) => {
      this.heardAt = this.environment.now();
      this.pingedAt = 0;
      let message;
      try {
        message = JSON.parse(data);
      } catch {
        // The protocol has JSON alone.
      }
      if (message) heard(message);
    };
  }

  /**
   * Returns the cause of an `error` or `close` event. Node's event of an error has one, that of a browser has none.
   *
   * @param {any} event
   */
  #causeOf({error}) {
    return error ?? new Error(this.openedAt ? "connection lost" : "handshake failed");
  }

  /** @param {{action: string, [field: string]: unknown}} message */
  send(message) {
    if (this.#webSocket?.readyState === 1) this.#webSocket.send(JSON.stringify(message));
  }

  /** Removes all listeners and closes. It does not wait for the close handshake, because the peer may be gone. */
  drop() {
    this.dropped = true;
    this.check.clear();
    this.refresh.clear();
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
