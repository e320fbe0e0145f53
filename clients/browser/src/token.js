/** The token that the application's `getToken` returns. */

import {noAnswer} from "./timing.js";

/** @typedef {import("./types.d.ts").Environment} Environment */

const TOKEN_TIMEOUT_MS = 20_000;
/** RFC 6455, section 4.1: a subprotocol is a token of HTTP (RFC 9110, section 5.6.2). Matches the end of a token. */
const END = /[^!#$%&'*+.^`|~\w-]|$/;

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
export async function requestToken(getToken, {setTimeout, clearTimeout}) {
  /** @type {unknown} */ let timer;
  try {
    const timeout = new Promise((_, reject) => {
      timer = setTimeout(() => reject(noAnswer("getToken", TOKEN_TIMEOUT_MS)), TOKEN_TIMEOUT_MS);
    });
    return parseToken(await Promise.race([getToken(), timeout]));
  } catch (error) {
    throw error || new Error("getToken failed");
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
  if (value === null) throw new UnauthorizedError("signed out");
  const token = typeof value === "string" ? value.trim() : "";
  const end = token.search(END);
  if (end && end === token.length) return token;
  throw new Error(`getToken returned no token: ${typeof value}, character ${end}`);
}
