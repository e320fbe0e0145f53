// The console as Lambda's Node runtimes write it: one line an entry, in text or JSON, from the function's level up.

import { format } from "node:util";
import { errorText, RuntimeError } from "./errors.mjs";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

// The new client knows no event before the first; the old one writes what it has, nothing.
const state = { behaviour: "callbacks", requestId: undefined, tenantId: undefined };

/** Replaces the console's methods. AWS_LAMBDA_LOG_LEVEL filters in both formats; without a known level all is shown. */
export function patchConsole(behaviour) {
  state.behaviour = behaviour;
  state.requestId = behaviour === "promises" ? "-" : undefined;
  const line = inJson() ? jsonLine : textLine;
  const lowest = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
  LEVELS.forEach((level, index) => {
    console[level.toLowerCase()] = index < lowest ? () => {} : (message, ...more) => write(line(level, message, more));
  });
  console.log = console.info;
}

/** Names the event in all following lines. `tenantId` is written by the callbacks behaviour alone. */
export function setEvent(requestId, tenantId) {
  state.requestId = requestId;
  state.tenantId = state.behaviour === "callbacks" ? tenantId : undefined;
}

/** Logs an error that ended an event or the process; `label` is written in text alone. */
export function logError(label, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(state.behaviour === "promises" ? String(thrown) : thrown);
  // Seen in aws-lambda-ric 4.0.2: it logs the name of the runtime's own errors among their properties.
  if (error instanceof RuntimeError && state.behaviour === "promises") {
    Object.defineProperty(error, "name", { enumerable: true });
  }
  if (inJson()) console.error(error);
  else console.error(label, errorText(state.behaviour, error));
}

function inJson() {
  return process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
}

function write(line) {
  process.stdout.write(`${line.replaceAll("\n", "\r")}\n`);
}

function textLine(level, message, more) {
  return `${new Date().toISOString()}\t${state.requestId}\t${level}\t${format(message, ...more)}`;
}

function jsonLine(level, message, more) {
  const entry = { timestamp: new Date().toISOString(), level, requestId: state.requestId };
  if (state.tenantId != null) entry.tenantId = state.tenantId;
  if (more.length === 0) return jsonOfOne(entry, message);
  entry.message = format(message, ...more);
  const error = [message, ...more].find((one) => one instanceof Error);
  return JSON.stringify(error ? { ...entry, ...described(error, []) } : entry);
}

function jsonOfOne(entry, message) {
  const ofError = (_key, value) => (value instanceof Error ? { ...described(value, value.stack), ...value } : value);
  try {
    return JSON.stringify({ ...entry, message }, ofError);
  } catch {
    return JSON.stringify({ ...entry, message: format(message) });
  }
}

function described(error, noText) {
  return {
    errorType: error instanceof RuntimeError ? classOf(error) : (error.constructor?.name ?? "UnknownError"),
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? error.stack.split("\n") : noText,
  };
}

/** Returns the name that the class of a runtime's error has in AWS's clients (seen in 3.3.0 and 4.0.2). */
function classOf(error) {
  const type = error.name.replace("Runtime.", "");
  return state.behaviour === "callbacks" || type.endsWith("Error") ? type : `${type}Error`;
}
