/** Calls the emulator's own interface, under /_emulator/. */

/** An error response of the emulator, or none at all. */
export class EmulatorError extends Error {}

/**
 * @param {string} path below /_emulator/
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function call(path, options) {
  let answer;
  try {
    answer = await fetch(`/_emulator/${path}`, options);
  } catch {
    throw new EmulatorError("The emulator does not answer.");
  }
  const text = await answer.text();
  const body = text && answer.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : text;
  if (!answer.ok) throw new EmulatorError(body?.problem ?? body?.message ?? `The emulator answered ${answer.status}.`);
  return body;
}

/** @param {string} path @param {unknown} body */
export const post = (path, body) =>
  call(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});

/** @param {string} path */
export const remove = (path) => call(path, {method: "DELETE"});

/**
 * Invokes a function through the emulated Lambda API.
 *
 * @param {string} name
 * @param {string} payload JSON
 * @returns {Promise<{failed: boolean, requestId: string | null, durationMs: number, log: string, result: string}>}
 */
export async function invoke(name, payload) {
  const started = performance.now();
  const answer = await fetch(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
    method: "POST",
    headers: {"X-Amz-Log-Type": "Tail"},
    body: payload,
  });
  const result = await answer.text();
  return {
    failed: !answer.ok || answer.headers.has("X-Amz-Function-Error"),
    requestId: answer.headers.get("x-amzn-RequestId"),
    durationMs: performance.now() - started,
    log: decoded(answer.headers.get("X-Amz-Log-Result") ?? ""),
    result,
  };
}

/** @param {string} base64 of UTF-8 */
const decoded = (base64) => new TextDecoder().decode(Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)));
