/** The message that the server sends to a connection that must not continue (docs/protocol.md). */
const FORBIDDEN = {
  type: "disconnect",
  code: 4403,
  reason: "forbidden",
  message: "getToken returned the token of another user.",
  reconnect: false,
};

/**
 * Returns a class of WebSockets that all serve the same user. A tab may still run when the cookies of its browser are
 * those of another user. Its token then ends the connection, before the other tabs see an upload of that user.
 *
 * @param {typeof WebSocket} WebSocketClass
 */
export function forOneUser(WebSocketClass) {
  /** @type {string | undefined} */ let known;
  return class extends WebSocketClass {
    /**
     * @param {string} url
     * @param {string[]} protocols
     */
    constructor(url, protocols) {
      super(url, protocols);
      const checked = new AbortController();
      const check = (/** @type {MessageEvent} */ event) => {
        // `welcome` names the channel of the user, and so does each update before it.
        const {type, channel = known} = parse(event.data);
        if (type === "welcome") checked.abort();
        known ??= channel;
        if (channel === known) return;
        event.stopImmediatePropagation();
        this.onmessage?.(new MessageEvent("message", {data: JSON.stringify(FORBIDDEN)}));
      };
      this.addEventListener("message", check, checked);
    }
  };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // The client ignores it.
  }
}
