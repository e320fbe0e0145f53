// Leads calls of the management API from their AWS-shaped hosts to the emulator, below any SDK: bundled code has its
// SDK inside, so `@aws-sdk/*` is not the place. The path gets the API's prefix; the Host header stays as it was.

import { createRequire } from "node:module";
import net from "node:net";

const https = createRequire(import.meta.url)("node:https"); // as in runtime_client.mjs

// Documented: {api-id}.execute-api.{region}.{suffix}; without an id it is what SDKs take when given no endpoint.
const HOST = /^(?:([^.]+)\.)?execute-api\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;
const NO_ADDRESS = { port: 443, lookup: (hostname, _options, callback) => callback(notFound(hostname)) };

/**
 * Covers node:https, with any agent made from https.Agent, and the global fetch.
 *
 * `base_url` is the emulator's. `apis` gives the path of each API by its id; an unknown id is led to the emulator too,
 * which forbids it as AWS does. `default` is the path of the only stage there is, null if there are more.
 */
export function redirect(redirects) {
  const to = new URL(redirects.base_url);
  const prefixOf = (host) => prefix(redirects, host);
  redirectAgents(to, prefixOf);
  redirectFetch(to, prefixOf);
}

/** Returns the path to put before a request's own; undefined for a host that is no management API, null for no API. */
function prefix({ apis, default: only }, host) {
  const match = String(host).toLowerCase().match(HOST);
  if (!match) return undefined;
  const [, id] = match;
  return id ? (apis[id] ?? `/${id}`) : only;
}

function redirectAgents(to, prefixOf) {
  const agent = https.Agent.prototype;
  const { addRequest, createConnection } = agent;
  agent.addRequest = function (request, options, ...more) {
    const before = prefixOf(options.host);
    if (before) {
      // Its first line is already written if the headers came as a list.
      if (request._header) request._header = request._header.replace(request.path, before + request.path);
      request.path = before + request.path;
    }
    return addRequest.call(this, request, options, ...more);
  };
  agent.createConnection = function (...given) {
    const options = typeof given[0] === "object" ? given[0] : { ...given[2], port: given[0], host: given[1] };
    const before = prefixOf(options.host);
    if (before === undefined) return createConnection.apply(this, given);
    if (before === null) return net.connect({ ...NO_ADDRESS, host: options.host });
    return net.connect({ host: to.hostname.replace(/^\[|\]$/g, ""), port: to.port || 80 });
  };
}

/** Inferred: the host without an API's id does not resolve. */
function notFound(hostname) {
  const error = new Error(`getaddrinfo ENOTFOUND ${hostname}`);
  return Object.assign(error, { code: "ENOTFOUND", syscall: "getaddrinfo", hostname });
}

function redirectFetch(to, prefixOf) {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const url = parsed(input);
    const before = url && prefixOf(url.hostname);
    if (before === undefined || !url) return fetch(input, init);
    if (before === null) throw new TypeError("fetch failed", { cause: notFound(url.hostname) });
    const address = new URL(before + url.pathname + url.search, to);
    return fetch(input instanceof Request ? new Request(address, input) : address, init);
  };
}

function parsed(input) {
  try {
    return new URL(input instanceof Request ? input.url : input);
  } catch {
    return undefined;
  }
}
