import assert from "node:assert/strict";
import {test} from "node:test";
import {UnauthorizedError} from "../upload-progress.js";
import {World, inSeconds, settle, notInDeno} from "./world.js";

const bug = () => undefined.token;
const rejects = (error) => () => Promise.reject(error);
const PAGE = "<html><body>502 Bad Gateway</body></html>";

const FAILURES = {
  "a mistake in it": bug,
  "a network that is away": rejects(new TypeError("Failed to fetch")),
  "any other error": rejects(new Error("503")),
  "a fetch that was aborted": rejects(new DOMException("The operation was aborted.", "AbortError")),
  "a time-out": rejects(new DOMException("The operation timed out.", "TimeoutError")),
  "a text": rejects("no luck"),
  "a rejection without a reason": rejects(undefined),
  "a rejection with an empty text": rejects(""),
  "a rejection with a symbol": rejects(Symbol("why")),
  "a rejection with an object that has no text": rejects(Object.create(null)),
  nothing: () => undefined,
  "an empty text": () => "",
  "white space": () => " \n",
  "a number": () => 7,
  "a body of JSON": () => ({token: "good"}),
  "a page of a proxy": () => PAGE,
  "a body of JSON as text": () => '{"token": "good"}',
  "a text of several words": () => "Bad Gateway",
  "two lines": () => "one\ntwo",
  "a character that no header carries": () => "töken",
};

for (const [name, getToken] of Object.entries(FAILURES)) {
  test(`getToken fails with ${name}: it is asked again with back-off, and the cause is told`, async (t) => {
    const said = consoleOf(t);
    const world = await World.begin(t, {token: getToken});
    await world.fail(7);
    const waits = world.states.map(({retryInMs}) => retryInMs).filter((ms) => ms !== undefined);
    assert.deepEqual(waits.slice(0, 7), [250, 500, 1000, 2000, 4000, 8000, 15_000]);
    const {state, reason, cause} = await world.caused();
    assert.deepEqual([state, reason], ["connecting", "no_token"]);
    assert.ok(cause);
    assert.ok(!world.reasons.includes("refused"));
    assert.equal(world.gateway.handshakes, 0);
    assert.ok(said.every(([, told]) => typeof told === typeof cause));
    world.token = () => "at-last";
    await world.fail(1);
    assert.equal((await world.live()).token, "at-last");
    assert.equal(world.progress.connection.cause, undefined);
  });
}

test("the cause is the very error, and the console has one warning of its kind", async (t) => {
  const said = consoleOf(t);
  const world = await World.begin(t, {token: () => Promise.reject(new Error("out of order"))});
  await world.fail(5);
  assert.equal((await world.caused()).cause.message, "out of order");
  world.token = bug;
  await world.fail(3);
  assert.match(world.states.at(-1).cause.message, /Cannot read properties/);
  assert.deepEqual(
    said.map(([text, {message}]) => [text, message]),
    [["upload-progress, no_token:", "out of order"]],
  );
});

test("white space around a token is taken away", async (t) => {
  const world = await World.begin(t, {token: () => "\ufeff a.b-c_d \r\n"});
  assert.equal((await world.live()).token, "a.b-c_d");
});

test("what is wrong with a token is told without the token", async (t) => {
  const said = consoleOf(t);
  const world = await World.begin(t, {token: () => "secret\nhalf"});
  const {cause} = await world.caused();
  assert.equal(cause.message, "getToken returned no token: string, character 6");
  assert.ok(!said.flat().some((one) => /secret|half/.test(String(one))));
});

test("every character of an RFC 9110 token is offered, and no other one", async (t) => {
  consoleOf(t);
  const allowed = "!#$%&'*+-.^_`|~09azAZ";
  const world = await World.begin(t, {token: () => allowed});
  assert.equal((await world.live()).token, allowed);
  for (const character of '"(),/:;<=>?@[\\]{}\u0001\u007f\u00e9\ud83d\ude00') {
    const other = await World.begin(t, {token: () => `a${character}b`});
    await other.caused();
    assert.equal(other.gateway.handshakes, 0);
  }
});

class Named extends Error {
  name = "UnauthorizedError";
}

class SignedOut extends UnauthorizedError {
  name = "SignedOut";
}

const ENDS = {
  "gives null": () => null,
  "resolves with null": () => Promise.resolve(null),
  "throws an UnauthorizedError": () => {
    throw new UnauthorizedError("signed out");
  },
  "rejects with an UnauthorizedError": rejects(new UnauthorizedError("signed out")),
  "rejects with a kind of UnauthorizedError": rejects(new SignedOut("signed out")),
  "rejects with the UnauthorizedError of another copy": rejects(new Named("signed out")),
};

for (const [name, getToken] of Object.entries(ENDS)) {
  test(`getToken ${name}: the user is signed out at once, until the application connects`, async (t) => {
    const said = consoleOf(t);
    const world = await World.begin(t, {token: getToken});
    const {reason, cause} = await world.is("unauthorized");
    assert.equal(reason, "no_token");
    assert.match(cause.message, /signed out/);
    world.clock.pass(600_000);
    world.show();
    world.online();
    await settle();
    assert.deepEqual([world.reasons, world.gateway.handshakes, said], [["connect"], 0, []]);
    world.token = () => "new";
    world.progress.connect();
    await world.live();
  });
}

test("handshakes that are refused prove nothing: it goes on until getToken says that the user is signed out", async (t) => {
  const world = await World.begin(t, {token: () => "old"});
  world.gateway.refuse = 401;
  await world.fail(6);
  world.token = (reason) => (reason === "refused" ? null : "old");
  await world.fail(3);
  await world.is("unauthorized");
  const asked = world.reasons.join(" ");
  assert.equal(asked, "connect reconnect reconnect refused reconnect reconnect refused reconnect reconnect refused");
});

test("a getToken that never settles is given up after twenty seconds, and asked again", async (t) => {
  consoleOf(t);
  const world = await World.begin(t, {token: never});
  world.clock.pass(19_999);
  await settle();
  assert.equal(
    world.states.some(({cause}) => cause),
    false,
  );
  world.clock.pass(1);
  assert.match((await world.caused()).cause.message, /for 20 s/);
  world.token = () => "at-last";
  await world.fail(1);
  await world.live();
});

test("a token that comes after it was given up opens nothing", async (t) => {
  consoleOf(t);
  let give;
  const world = await World.begin(t, {token: () => new Promise((resolve) => (give = resolve))});
  world.clock.pass(20_000);
  await world.caused();
  give("late");
  await settle();
  assert.equal(world.gateway.handshakes, 0);
});

test(
  "connect() starts anew while getToken hangs or a handshake is under way, but leaves a live connection",
  {skip: notInDeno("the test server sees no end of a half-open socket")},
  async (t) => {
    const world = await World.begin(t, {token: never});
    world.token = () => "good";
    world.progress.connect();
    const unanswered = await world.gateway.accepted();
    world.progress.connect();
    await unanswered.ended();
    await world.live();
    world.progress.connect();
    await settle();
    assert.equal(world.gateway.handshakes, 2);
    assert.deepEqual(world.reasons, ["connect", "reconnect", "reconnect"]);
  },
);

test("connect() in the moment of its making asks for one token", async (t) => {
  const world = await World.begin(t);
  await world.live();
  const other = world.client();
  t.after(() => other.close());
  other.connect();
  await world.gateway.greeted();
  assert.deepEqual(world.reasons, ["connect", "connect"]);
});

for (const [name, token] of Object.entries({
  fails: rejects(new Error("503")),
  "never settles": never,
  "has a bug": bug,
})) {
  test(`a refresh for which getToken ${name} is tried again while the connection lives`, async (t) => {
    consoleOf(t);
    const world = await World.begin(t);
    const peer = await world.live();
    world.token = token;
    peer.send({type: "warning", reason: "token_expiring", closesAt: inSeconds(world, 120)});
    await world.next("warning");
    await settle();
    world.clock.pass(20_000);
    const {state, cause} = await world.caused();
    assert.equal(state, "live");
    assert.ok(cause instanceof Error);
    world.token = () => "later";
    await settle();
    world.clock.pass(10_000);
    assert.equal((await peer.heard("refresh")).token, "later");
    assert.equal(world.progress.connection.state, "live");
  });

  test(`a successor for which getToken ${name} leaves the old connection, and another is tried`, async (t) => {
    consoleOf(t);
    const world = await World.begin(t);
    const old = await world.live();
    world.random = 0;
    world.token = token;
    old.send({type: "warning", reason: "max_duration", closesAt: inSeconds(world, 480)});
    await world.next("warning");
    world.clock.pass(0);
    await settle();
    world.clock.pass(20_000);
    await world.caused();
    assert.equal(world.progress.connection.state, "live");
    world.token = () => "later";
    await settle();
    world.clock.pass(30_000);
    const fresh = await world.gateway.greeted();
    await old.ended();
    assert.equal(fresh.token, "later");
  });
}

for (const reason of ["token_expiring", "max_duration"]) {
  test(`a user who is signed out when ${reason} asks for a token is sent away`, async (t) => {
    const world = await World.begin(t);
    const peer = await world.live();
    world.random = 0;
    world.token = () => null;
    peer.send({type: "warning", reason, closesAt: inSeconds(world, 120)});
    await world.next("warning");
    world.clock.pass(0);
    await world.is("unauthorized");
    await peer.ended();
  });
}

function never() {
  return new Promise(() => {});
}

/** What the client writes to the console, which stays silent meanwhile. */
function consoleOf(t) {
  const said = [];
  t.mock.method(console, "warn", (...what) => said.push(what));
  return said;
}
