// The JSON text of a handler's result.

import { RuntimeError } from "./errors.mjs";

/** Returns the text. Raises an error for what has none: BigInt, a cycle, a toJSON that throws, a function, a symbol. */
export function resultText(behaviour, result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
  } catch {
    const message = "Unable to stringify response body";
    throw behaviour === "promises" ? new RuntimeError("JSONStringifyError", message) : new Error(message);
  }
  if (text === undefined) throw new TypeError("Wrong arguments");
  return text;
}
