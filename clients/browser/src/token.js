/** The token that the application's `getToken` returns. */

/** @typedef {import("./types.d.ts").Environment} Environment */

const TOKEN_TIMEOUT_MS = 20_000;
/** RFC 6455, section 4.1: a subprotocol is a token of HTTP (RFC 9110, section 5.6.2). */
const INVALID_CHARACTER = /[^!#$%&'*+.^_`|~\dA-Za-z-]/u;

/** Thrown by `getToken` when the user is signed out. The client then stops until `connect()`. */
export class UnauthorizedError extends Error {
  name = "UnauthorizedError";
}

/**
 * Returns true if the error says that the user is signed out. The name counts too, because another bundle, frame or
 * worker has a class of its own.
 *
 * @param {any} error
 */
export const isUnauthorized = (error) => error instanceof UnauthorizedError || error?.name === "UnauthorizedError";

/**
 * Returns a token that can be offered as a subprotocol.
 *
 * @param {() => string | null | PromiseLike<string | null>} getToken
 * @param {Pick<Environment, "setTimeout" | "clearTimeout">} environment
 * @returns {Promise<string>}
 * @throws the error of `getToken`, or an `Error` if it returns no valid token within 20 s
 */
export async function requestToken(getToken, environment) {
  try {
    const returned = getToken();
    const isPromise = returned instanceof Object && "then" in returned;
    return parseToken(isPromise ? await withTimeout(returned, environment) : returned);
  } catch (error) {
    throw error || new Error("getToken failed without a reason");
  }
}

/**
 * Returns the result of a promise. Rejects if it takes longer than 20 s.
 *
 * @param {PromiseLike<unknown>} promise
 * @param {Pick<Environment, "setTimeout" | "clearTimeout">} environment
 */
async function withTimeout(promise, {setTimeout, clearTimeout}) {
  /** @type {unknown} */ let timer;
  try {
    return await new Promise((resolve, reject) => {
      const expire = () => reject(new Error(`getToken returned nothing for ${TOKEN_TIMEOUT_MS / 1000} s`));
      timer = setTimeout(expire, TOKEN_TIMEOUT_MS);
      promise.then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Returns the token without surrounding white space. The errors that it throws do not contain the value.
 *
 * @param {unknown} value
 * @returns {string}
 */
function parseToken(value) {
  if (value === null) throw new UnauthorizedError("getToken returned null: the user is signed out");
  if (typeof value !== "string") throw new TypeError(`getToken returned no string: ${typeof value}`);
  const token = value.trim();
  const character = INVALID_CHARACTER.exec(token);
  if (token && !character) return token;
  const code = character?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  const why = code ? `U+${code} at ${character?.index} is not allowed in a WebSocket subprotocol` : "it is empty";
  throw new Error(`getToken returned no valid token: ${why}`);
}
