import assert from "node:assert/strict";
import {once} from "node:events";
import {test} from "node:test";
import {UploadProgress} from "../upload-progress.js";
import {World, settle, notInDeno} from "./world.js";

/** What the client writes to the console, which stays silent meanwhile. */
function consoleOf(t) {
  const said = [];
  t.mock.method(console, "warn", (...what) => said.push(what));
  return said;
}

/** A WebSocket whose constructor throws. */
const throwing = (error) =>
  class {
    constructor() {
      throw error;
    }
  };

for (const [name, error, reason] of [
  ["a Content Security Policy", new DOMException("connect-src forbids it.", "SecurityError"), "csp"],
  ["a bad address", new DOMException("The URL's scheme is wrong.", "SyntaxError"), "constructor"],
]) {
  test(`${name} that stops the constructor is named as the cause, and is no refusal`, async (t) => {
    const said = consoleOf(t);
    const world = await World.begin(t, {environment: {WebSocket: throwing(error)}});
    await world.fail(6);
    const state = world.states.at(-1);
    assert.deepEqual([state.reason, state.cause], [reason, error]);
    assert.ok(!world.reasons.includes("refused"));
    assert.deepEqual(said, [[`upload-progress, ${reason}:`, error]]);
  });
}

test("a policy that is told by an event alone is named as the cause", async (t) => {
  const said = consoleOf(t);
  class Blocked {
    constructor(url) {
      queueMicrotask(() => {
        world.document.dispatchEvent(Object.assign(new Event("securitypolicyviolation"), {blockedURI: url}));
        this.onerror?.({});
      });
    }
    close() {}
  }
  const world = await World.begin(t, {environment: {WebSocket: Blocked}});
  await world.fail(4);
  assert.deepEqual([...new Set(world.states.map(({reason}) => reason).filter(Boolean))], ["csp"]);
  assert.equal(world.states.at(-1).cause.type, "securitypolicyviolation");
  assert.equal(said.length, 1);
});

test("a violation of another address costs no connection", async (t) => {
  const world = await World.begin(t);
  await world.gateway.accepted();
  world.document.dispatchEvent(
    Object.assign(new Event("securitypolicyviolation"), {blockedURI: "https://cdn.example/"}),
  );
  assert.equal(world.states.at(-1).reason, undefined);
});

test("without a WebSocket it stops, says why, and connects once there is one", async (t) => {
  const said = consoleOf(t);
  const {WebSocket} = globalThis;
  globalThis.WebSocket = undefined;
  t.after(() => (globalThis.WebSocket = WebSocket));
  const world = await World.begin(t);
  const {reason, cause, retryInMs} = await world.is("closed");
  assert.deepEqual([reason, retryInMs], ["unsupported", undefined]);
  assert.match(cause.message, /WebSocket is not a constructor/);
  world.clock.pass(600_000);
  world.show();
  world.online();
  await settle();
  assert.deepEqual([said.length, world.reasons.length], [1, 1]);
  globalThis.WebSocket = WebSocket;
  world.progress.connect();
  await world.live();
});

test("a refused handshake, a lost connection and a token that is missing each have a cause and one warning", async (t) => {
  const said = consoleOf(t);
  const world = await World.begin(t);
  world.gateway.refuse = 401;
  await world.fail(3);
  assert.deepEqual([world.states.at(-1).reason, world.states.at(-1).cause instanceof Error], ["refused", true]);
  world.gateway.refuse = 0;
  for (let time = 0; time < 2; time++) {
    (await world.live()).cut();
    const {reason, cause, retryInMs} = await world.is("reconnecting");
    assert.deepEqual([reason, cause instanceof Error], ["network", true]);
    world.clock.pass(retryInMs);
  }
  const peer = await world.live();
  world.token = () => Promise.reject(new Error("503"));
  peer.cut();
  while (world.states.at(-1).reason !== "no_token") {
    world.clock.pass(30_000);
    await settle();
  }
  assert.deepEqual(
    said.map(([text]) => text),
    ["refused", "network", "no_token"].map((reason) => `upload-progress, ${reason}:`),
  );
});

test("a handshake without an answer has a cause", async (t) => {
  consoleOf(t);
  const world = await World.begin(t);
  await world.gateway.accepted();
  world.clock.pass(20_000);
  const {reason, cause} = await world.failed();
  assert.deepEqual([reason, cause.message], ["network", "server: no answer for 20 s"]);
});

test("a WebSocket that tells of its refusal by an error alone is tried again", async (t) => {
  consoleOf(t);
  const error = new Error("Unexpected server response: 401");
  class ErrorOnly {
    constructor() {
      queueMicrotask(() => this.onerror?.({error}));
    }
    close() {}
  }
  const world = await World.begin(t, {environment: {WebSocket: ErrorOnly}});
  await world.fail(3);
  assert.deepEqual([world.states.at(-1).reason, world.states.at(-1).cause], ["refused", error]);
});

test("the cause of a failed refresh is part of the state until a refresh succeeds", async (t) => {
  consoleOf(t);
  const world = await World.begin(t);
  const peer = await world.live();
  world.token = () => Promise.reject(new Error("503"));
  peer.send({type: "warning", reason: "token_expiring", closesAt: new Date(world.clock.now + 120_000).toISOString()});
  while (!world.progress.connection.cause) await once(world.progress, "connection");
  assert.equal(world.progress.connection.state, "live");
  world.token = () => "later";
  world.clock.pass(10_000);
  await peer.heard("refresh");
  peer.send({type: "refreshed", id: "refresh"});
  await world.next("connection");
  assert.equal(world.progress.connection.cause, undefined);
});

test(
  "a path is no address on a server that renders the page, and that throws nowhere",
  {skip: notInDeno("its URL errors have no code")},
  async (t) => {
    consoleOf(t);
    const progress = new UploadProgress({url: "/ws/upload-progress", getToken: () => "t", autoConnect: false});
    t.after(() => progress.close());
    progress.connect();
    const [{detail}] = await once(progress, "connection", {signal: AbortSignal.timeout(1000)}).then(() =>
      once(progress, "connection"),
    );
    assert.deepEqual([detail.reason, detail.cause.code], ["constructor", "ERR_INVALID_URL"]);
  },
);
