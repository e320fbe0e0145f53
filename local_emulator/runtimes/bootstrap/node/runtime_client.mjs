// A client of Lambda's Runtime API (Lambda Developer Guide, "Using the Lambda runtime API").

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

import { endGroup } from "./lifeline.mjs";

// An import would read each export of node:http; on Node 24 one of them loads the whole of fetch, 13 MB.
const { Agent, request } = createRequire(import.meta.url)("node:http");
const PREFIX = "/2018-06-01/runtime";
const JSON_BODY = { "Content-Type": "application/json" };
const MAX_CAUSE_LENGTH = 4096; // HTTP servers take about 8 KB of a header

// Run by a process of its own, with the request's parts as arguments and the body on stdin.
const SEND = `
  const [url, headers] = process.argv.slice(1);
  const request = require("node:http").request(url, { method: "POST", headers: JSON.parse(headers) });
  process.stdin.pipe(request.on("error", () => process.exit(1)).on("response", (response) => response.resume()));
`;

/**
 * Asks for events and posts what comes of them. `next` and posts have a connection each.
 *
 * AWS's client blocks the process while it posts. This one posts while the process runs, and sends what is still under
 * way when the process ends: an answer once given reaches the caller, whatever the handler does next.
 */
export class RuntimeClient {
  #base;
  #asking = new Agent({ keepAlive: true, maxSockets: 1 });
  #posting = new Agent({ keepAlive: true, maxSockets: 1 });
  #unsent;

  /** `address` is host:port, as AWS_LAMBDA_RUNTIME_API has it. */
  constructor(address) {
    this.#base = `http://${address}${PREFIX}`;
    process.on("exit", () => this.#unsent && this.#sendNow(this.#unsent));
  }

  /** Waits for the next event, without any time-out; returns its headers (names in lower case) and its JSON text. */
  async next() {
    return exchange(`${this.#base}/invocation/next`, { agent: this.#asking }).catch(endUnanswered);
  }

  /** Posts the JSON text of a result. */
  postResponse(id, body) {
    return this.#post({ path: `/invocation/${encodeURIComponent(id)}/response`, body, headers: JSON_BODY });
  }

  /** Posts the error of an event; `cause` is the text of its X-Ray cause. */
  postError(id, error, cause) {
    return this.#post(errorOfEvent(id, error, cause));
  }

  /** Posts the error of an event before it returns; for a process that is about to end. */
  postErrorNow(id, error, cause) {
    this.#sendNow(errorOfEvent(id, error, cause));
  }

  /** Posts the error of the initialisation before it returns. */
  postInitErrorNow(error) {
    const type = String(error.errorType).replace(/[^ -~]/g, "?");
    const headers = { ...JSON_BODY, "Lambda-Runtime-Function-Error-Type": type };
    this.#sendNow({ path: "/init/error", body: JSON.stringify(error), headers });
  }

  async #post(message) {
    this.#unsent = message;
    const { path, body, headers } = message;
    const options = { method: "POST", headers: sized(headers, body), agent: this.#posting };
    await exchange(this.#base + path, options, body).catch(endUnanswered);
    this.#unsent = undefined;
  }

  #sendNow({ path, body, headers }) {
    this.#unsent = undefined;
    const given = [this.#base + path, JSON.stringify(sized(headers, body))];
    spawnSync(process.execPath, ["--eval", SEND, "--", ...given], { input: body, env: {} });
  }
}

function errorOfEvent(id, error, cause) {
  const headers = { ...JSON_BODY };
  const ascii = cause.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (ascii && ascii.length <= MAX_CAUSE_LENGTH) headers["Lambda-Runtime-Function-XRay-Error-Cause"] = ascii;
  return { path: `/invocation/${encodeURIComponent(id)}/error`, body: JSON.stringify(error), headers };
}

/** The emulator is gone: this connection can close before the lifeline does, and what the function started ends too. */
function endUnanswered(error) {
  process.stderr.write(`The Runtime API does not answer: ${error.message}\n`);
  endGroup();
}

function sized(headers, body) {
  return { ...headers, "Content-Length": Buffer.byteLength(body) };
}

/** Sends one request; again, if it met a kept connection that the server was just closing. */
function exchange(url, options, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on("error", reject);
    });
    sent.on("error", (error) => {
      if (sent.reusedSocket && error.code === "ECONNRESET") exchange(url, options, body).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}
