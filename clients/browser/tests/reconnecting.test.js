import assert from "node:assert/strict";
import {test} from "node:test";
import {upload} from "./gateway.js";
import {World, settle} from "./world.js";

const disconnect = (code, reason, reconnect, retryAfterMs = 0) => ({
  type: "disconnect",
  code,
  reason,
  message: "Because.",
  reconnect,
  retryAfterMs,
});

test("a lost connection is replaced after a random wait, with a fresh token, and says how old the data is", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("one")]);
  world.clock.pass(3000);
  peer.cut();
  const state = await world.is("reconnecting");
  assert.equal(state.retryInMs, 250);
  assert.equal(state.reason, "network");
  world.clock.pass(249);
  assert.equal(world.progress.connection.ageMs, 3249);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.clock.pass(1);
  const again = await world.live([upload("one", {rev: 7})]);
  assert.equal(again.token, "token-2");
  assert.deepEqual(world.reasons, ["connect", "reconnect"]);
  assert.equal(world.progress.uploads[0].rev, 7);
  assert.equal(world.progress.connection.ageMs, 0);
});

test("waits double while connections do not last five seconds, and start anew after one that did", async (t) => {
  const world = await World.begin(t);
  for (const wait of [250, 500, 1000]) {
    const peer = await world.live();
    world.clock.pass(4000);
    peer.cut();
    assert.equal((await world.is("reconnecting")).retryInMs, wait);
    world.clock.pass(wait);
  }
  const peer = await world.live();
  world.clock.pass(5000);
  peer.cut();
  assert.equal((await world.is("reconnecting")).retryInMs, 250);
});

test("refused handshakes never stop it; after three in a row it asks for a token because of that", async (t) => {
  const world = await World.begin(t);
  world.gateway.refuse = 429;
  await world.fail(7);
  world.gateway.refuse = 0;
  assert.equal(world.progress.connection.state, "connecting");
  await world.live();
  const expected = "connect reconnect reconnect refused reconnect reconnect refused reconnect";
  assert.equal(world.reasons.join(" "), expected);
});

test("a handshake or a snapshot that never comes is given up", async (t) => {
  const world = await World.begin(t);
  const peer = await world.gateway.accepted();
  await peer.heard("hello");
  world.clock.pass(20_000);
  await peer.ended();
  world.clock.pass(500);
  await world.live();
});

test("an error in answer to hello is a failed attempt", async (t) => {
  const world = await World.begin(t);
  const peer = await world.gateway.accepted();
  await peer.heard("hello");
  peer.send({type: "error", id: "hello", code: 4500, name: "internal", message: "…", temporary: true, requestId: "r"});
  await peer.ended();
  assert.equal(world.warnings[0].name, "internal");
  assert.equal(world.progress.connection.reason, "internal");
  world.clock.pass(500);
  await world.live();
});

for (const [code, reason] of [
  [4401, "token_expired"],
  [4409, "unknown_connection"],
  [4410, "max_duration"],
]) {
  test(`after ${reason} it connects at once, with a fresh token`, async (t) => {
    const world = await World.begin(t);
    const peer = await world.live();
    world.clock.pass(6000);
    peer.send(disconnect(code, reason, true));
    await peer.ended();
    world.clock.pass(0);
    const again = await world.live();
    assert.equal(again.token, "token-2");
    assert.equal(world.reasons[1], code === 4401 ? "expired" : "reconnect");
  });
}

test("a server that sends everyone away at once is not hammered", async (t) => {
  const world = await World.begin(t);
  const waits = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    const peer = await world.live();
    peer.send(disconnect(4409, "unknown_connection", true));
    const {retryInMs} = await world.is("reconnecting");
    waits.push(retryInMs);
    world.clock.pass(retryInMs);
  }
  assert.deepEqual(waits, [0, 500, 1000, 2000]);
});

test("it comes back no earlier than the server asked, even if somebody looks at the page", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.random = 0;
  peer.send(disconnect(4429, "rate_limited", true, 5000));
  assert.equal((await world.is("reconnecting")).retryInMs, 5000);
  world.clock.pass(4000);
  world.show();
  world.online();
  world.clock.pass(999);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.clock.pass(1);
  await world.live();
});

test("those whom the server asked to wait the same time do not come together", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.random = 0.5;
  peer.send(disconnect(4429, "rate_limited", true, 8000));
  assert.equal((await world.is("reconnecting")).retryInMs, 10_000);
});

for (const [code, reason] of [
  [4400, "bad_request"],
  [4403, "revoked"],
  [4426, "connection_limit"],
  [4427, "replaced"],
]) {
  test(`after ${reason} it stays closed until the application asks`, async (t) => {
    const world = await World.begin(t);
    const peer = await world.live();
    peer.send(disconnect(code, reason, false));
    const state = await world.is("closed");
    assert.deepEqual([state.code, state.reason, state.message], [code, reason, "Because."]);
    world.hide();
    world.show();
    world.online();
    world.clock.pass(600_000);
    await settle();
    assert.equal(world.gateway.handshakes, 1);
    world.progress.connect();
    await world.live();
  });
}

test("after the idle time-out it comes back when the page becomes visible", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.hide();
  peer.send(disconnect(4408, "idle_timeout", false));
  await world.is("closed");
  world.clock.pass(600_000);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.show();
  await world.live();
});

test("nothing is heard after disconnect", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  const told = [];
  world.progress.addEventListener("upload", ({detail}) => told.push(detail));
  peer.send(disconnect(4403, "revoked", false));
  peer.send({type: "status", upload: upload("late")});
  peer.send(disconnect(4401, "token_expired", true));
  await world.is("closed");
  await settle();
  assert.deepEqual([told, world.progress.uploads, world.progress.connection.code], [[], [], 4403]);
});

test("hidden, it comes back within a minute, and at once when it is seen", async (t) => {
  for (const random of [0, 1]) {
    const world = await World.begin(t);
    world.random = random;
    const peer = await world.live();
    world.hide();
    peer.cut();
    const {retryInMs} = await world.is("reconnecting");
    assert.equal(retryInMs, random ? 30_000 : 15_000);
    world.clock.pass(retryInMs - 1);
    await settle();
    assert.equal(world.gateway.handshakes, 1);
    world.clock.pass(1);
    (await world.live()).cut();
    await world.is("reconnecting");
    world.show();
    await world.live();
  }
});

test("a hidden page is slow also after an end that lets a visible one connect at once", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.clock.pass(6000);
  world.hide();
  peer.send(disconnect(4409, "unknown_connection", true));
  assert.equal((await world.is("reconnecting")).retryInMs, 22_500);
});

test("a page that was refused for long while hidden starts anew when it is seen", async (t) => {
  const world = await World.begin(t);
  world.gateway.refuse = 503;
  world.hide();
  await world.fail(8);
  world.show();
  assert.equal((await world.failed()).retryInMs, 250);
});

test("where the application wants no attempts while hidden, none is made and no time of one is named", async (t) => {
  const world = await World.begin(t, {whileHidden: "stop"});
  const peer = await world.live();
  world.hide();
  peer.cut();
  assert.equal((await world.is("reconnecting")).retryInMs, undefined);
  world.clock.pass(600_000);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.gateway.refuse = 503;
  world.show();
  const failed = await world.failed();
  world.hide();
  assert.ok(failed.retryInMs);
  assert.equal(world.progress.connection.retryInMs, undefined);
});

test("a browser that says offline slows attempts down and does not end them; online, there is one at once", async (t) => {
  const world = await World.begin(t, {url: "ws://uploads.invalid/"});
  assert.equal((await world.failed()).state, "connecting");
  world.offline();
  world.clock.pass(500);
  assert.equal((await world.failed()).retryInMs, 22_500);
  world.clock.pass(22_500);
  assert.equal((await world.failed()).retryInMs, 22_500);
  assert.deepEqual(world.reasons, ["connect", "reconnect", "reconnect"]);
  world.online();
  await settle();
  assert.equal(world.reasons.length, 4);
});

test("a connection that outlives the network of which the browser speaks is live again when it answers", async (t) => {
  class Elsewhere extends WebSocket {
    constructor(_, protocols) {
      super(world.gateway.url, protocols);
    }
  }
  const world = await World.begin(t, {environment: {WebSocket: Elsewhere}, url: "wss://uploads.example.com/"});
  const peer = await world.live();
  world.offline();
  assert.equal(world.progress.connection.reason, "offline");
  await peer.heard("ping");
  peer.send({type: "pong"});
  await world.is("live");
});

test("endless refusals slow attempts down to minutes", async (t) => {
  const world = await World.begin(t);
  world.gateway.refuse = 403;
  await world.fail(30);
  assert.equal((await world.failed()).retryInMs, 150_000);
  world.gateway.refuse = 0;
  world.progress.connect();
  (await world.live()).cut();
  assert.equal((await world.is("reconnecting")).retryInMs, 250);
});

test("an application that closes on pagehide and connects on pageshow is followed by retries", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.window.dispatchEvent(new Event("pagehide"));
  world.progress.close();
  await peer.ended();
  world.progress.connect();
  (await world.live()).cut();
  await world.is("reconnecting");
  world.clock.pass(500);
  await world.live();
});

test("a server on this machine needs no network", async (t) => {
  const world = await World.begin(t);
  world.navigator.onLine = false;
  const peer = await world.live();
  peer.cut();
  await world.is("reconnecting");
  world.clock.pass(500);
  await world.live();
});

test("a connection that has been silent since the network went is replaced when it is back", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.offline();
  world.clock.pass(10_000);
  world.online();
  await peer.ended();
  await world.live();
});

test("a connection that outlived the loss of a network is kept", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.offline();
  await peer.heard("ping");
  peer.send({type: "ping"});
  await peer.heard("pong");
  world.clock.pass(10_000);
  world.online();
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  assert.equal(world.progress.connection.state, "live");
});

test("in the back-forward cache it has no connection, and gets one when it comes out", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.window.dispatchEvent(new Event("pagehide"));
  await peer.ended();
  world.clock.pass(60_000);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.window.dispatchEvent(new Event("pageshow"));
  assert.equal(world.progress.connection.state, "reconnecting");
  await world.live();
});
