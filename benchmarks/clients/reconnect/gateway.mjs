/** A gateway as a fleet of clients sees it: it takes so many connections per second and refuses the rest. */

const HANDSHAKE_MS = 80; // authorizer and $connect, both warm
const REFUSAL_MS = 20; // 429 needs neither
const ANSWER_MS = 40; // $default
const CLOSED = 3;

export class SimulatedGateway {
  /** Every attempt: its moment in milliseconds, and whether it was accepted. */
  attempts = [];
  accepted = [];
  /** Moments at which a connection was live: its snapshot had been sent. */
  live = [];
  open = new Set();
  #tokens = Infinity;
  #perSecond = Infinity;
  #filledAt = 0;

  constructor(time) {
    this.time = time;
    const gateway = this;
    /** What the client takes for the browser's WebSocket. */
    this.WebSocket = class {
      readyState = 0;

      constructor() {
        gateway.#handshake(this);
      }

      send(text) {
        gateway.#answer(this, JSON.parse(text));
      }

      close() {
        this.readyState = CLOSED;
        gateway.open.delete(this);
      }
    };
  }

  /**
   * From now on a token bucket: API Gateway's quota is 500 new connections per second; its burst is not documented,
   * so the bucket holds one second's worth.
   */
  limit(perSecond) {
    this.#perSecond = this.#tokens = perSecond;
    this.#filledAt = this.time.now;
  }

  /** Forget what has been observed so far. */
  clear() {
    this.attempts = [];
    this.accepted = [];
    this.live = [];
  }

  /** Send a message to all connections. */
  tell(message) {
    const data = JSON.stringify(message);
    for (const one of this.open) one.onmessage?.({data});
  }

  /** End all connections, as a network does that goes away. */
  dropAll() {
    for (const one of [...this.open]) this.#end(one);
  }

  #end(webSocket) {
    webSocket.close();
    webSocket.onclose?.({});
  }

  #take() {
    const {now} = this.time;
    const refill = ((now - this.#filledAt) / 1000) * this.#perSecond || 0;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + refill);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #handshake(webSocket) {
    const accepted = this.#take();
    this.attempts.push(this.time.now);
    if (accepted) this.accepted.push(this.time.now);
    this.time.setTimeout(
      () => {
        if (webSocket.readyState === CLOSED) return;
        if (!accepted) return this.#end(webSocket);
        webSocket.readyState = 1;
        this.open.add(webSocket);
        webSocket.onopen?.({});
      },
      accepted ? HANDSHAKE_MS : REFUSAL_MS,
    );
  }

  #answer(webSocket, message) {
    const answers = {
      hello: [
        {type: "welcome", id: message.id},
        {type: "snapshot", id: message.id, snapshotId: "s", page: 1, pages: 1, uploads: []},
      ],
      ping: [{type: "pong"}],
    };
    this.time.setTimeout(() => {
      for (const answer of answers[message.action] ?? []) webSocket.onmessage?.({data: JSON.stringify(answer)});
      if (message.action === "hello" && webSocket.readyState === 1) this.live.push(this.time.now);
    }, ANSWER_MS);
  }
}
