// What is posted and logged of an error. The two behaviours differ for what is no Error and for an Error without stack.

import { types } from "node:util";

const UNREADABLE = {
  errorType: "handled",
  errorMessage:
    "callback called with Error argument, but there was a problem while retrieving one or more of its message, " +
    "name, and stack",
};

/** An error of the runtime, not of the handler; `stack` keeps the place of the error that caused it. */
export class RuntimeError extends Error {
  constructor(type, message, cause) {
    super(message);
    Object.defineProperty(this, "name", { value: `Runtime.${type}`, configurable: true });
    const place = typeof cause?.stack === "string" && cause.stack;
    if (cause instanceof SyntaxError && place) this.stack = place; // V8 writes file, line and code above the message
    else this.stack = [`${this.name}: ${message}`, ...(place || this.stack).split("\n").filter(isFrame)].join("\n");
  }
}

function isFrame(line) {
  return /^\s+at /.test(line);
}

/** Returns the body of a posted error: errorType, errorMessage, trace (the stack's lines). */
export function errorBody(behaviour, error) {
  try {
    return behaviour === "promises" ? promisesBody(error) : callbacksBody(error);
  } catch {
    return behaviour === "promises" ? { ...UNREADABLE, trace: [] } : UNREADABLE;
  }
}

function promisesBody(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    errorType: escapeDelete(error.name),
    errorMessage: escapeDelete(error.message),
    trace: escapeDelete(error.stack)?.split("\n") || [],
  };
}

function callbacksBody(error) {
  const texts = [error.name, error.message, error.stack];
  if (!types.isNativeError(error) && !texts.every((text) => text && typeof text === "string")) {
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  }
  const [errorType, errorMessage] = texts.map(escapeDelete);
  return { errorType, errorMessage, trace: error.stack.replaceAll("\x7F", "%7F").split("\n") };
}

function escapeDelete(text) {
  return text?.replaceAll("\x7F", "%7F");
}

/** Returns the text of the X-Ray cause that goes into a header with an event's error. */
export function xrayCause(error) {
  try {
    const stack = (escapeDelete(error.stack) || "").split("\n").slice(1).map(stackEntry);
    return JSON.stringify({
      working_directory: process.cwd(),
      exceptions: [{ type: escapeDelete(error.name), message: escapeDelete(error.message), stack }],
      paths: [...new Set(stack.map((entry) => entry.path))],
    });
  } catch {
    return "";
  }
}

function stackEntry(line) {
  const words = line.trim().replace(/[()]/g, "").split(" ").slice(1);
  const [path, number] = words.pop()?.split(":") ?? [];
  return { path, line: parseInt(number), label: words.join(" ") || "anonymous" };
}

/** Returns the part of a text line that follows "Invoke Error": a tab and JSON with the error's own properties. */
export function errorText(behaviour, error) {
  try {
    return `\t${JSON.stringify(error, (_key, value) => withOwnProperties(value))}`;
  } catch {
    return `\t${JSON.stringify(errorBody(behaviour, error))}`;
  }
}

function withOwnProperties(value) {
  if (!(value instanceof Error)) return value;
  const found = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
  if (typeof value.stack === "string") found.stack = value.stack.split("\n");
  return found;
}

/** Returns the first line of the stack that lies in the function's own code, as "file:line:column", or undefined. */
export function placeOf(error, root) {
  const frames = typeof error?.stack === "string" ? error.stack.split("\n").filter(isFrame) : [];
  const own = frames.find((line) => line.includes(root) && !line.includes("/node_modules/"));
  return (own ?? frames.find((line) => !line.includes("node:")))?.match(/\(?((?:file:|\/)[^()]*:\d+:\d+)\)?$/)?.[1];
}
