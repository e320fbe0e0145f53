/** Translates an error into the end of an upload. */

import {MAX_CODE_CHARS, MAX_MESSAGE_CHARS, text} from "./bounds.js";
import {harmless} from "./warnings.js";

export const FAILED = "The upload failed.";

// AbortError (fetch, Node, AWS SDK), CancelError (got), CanceledError (axios), RequestAbortedError (undici) and others.
const CANCELS = /^\w*?(Abort(ed)?|Cancell?(ed)?)(Error|Exception)?$/;
// superagent, axios and Node name the kind by `code`.
const CANCEL_CODES = new Set(["ABORTED", "ABORT_ERR", "ERR_CANCELED", "UND_ERR_ABORTED"]);

/**
 * Returns true if the upload was canceled rather than failed. A time-out (`AbortSignal.timeout`) is a failure.
 *
 * @param {any} error
 * @param {AbortSignal} [signal]
 * @returns {boolean}
 */
export function isCancellation(error, signal) {
  if (signal?.aborted) return signal.reason?.name !== "TimeoutError";
  if (error instanceof AggregateError) {
    return error.errors.length > 0 && error.errors.every((/** @type {unknown} */ one) => isCancellation(one));
  }
  return CANCELS.test(String(error?.name)) || CANCEL_CODES.has(error?.code);
}

/**
 * Returns the error's name as the code (its `code` if the name says nothing) and, unless `messageOf` gives a better one,
 * a fixed message. The error's own text never leaves: it may hold URLs with signatures, keys, paths.
 *
 * @param {any} error
 * @param {(error: unknown) => string | null | undefined} [messageOf]
 * @returns {import("./types.d.ts").UploadError}
 */
export function describe(error, messageOf) {
  const name = error?.name && error.name !== "Error" ? error.name : (error?.code ?? "Error");
  const message = harmless(() => messageOf?.(error));
  return {code: text(name, MAX_CODE_CHARS), message: text(message || FAILED, MAX_MESSAGE_CHARS)};
}
