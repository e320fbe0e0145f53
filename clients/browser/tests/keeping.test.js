import assert from "node:assert/strict";
import {test} from "node:test";
import {snapshot, upload} from "./gateway.js";
import {World, inSeconds, settle} from "./world.js";

test("a ping is answered", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.send({type: "ping"});
  await peer.heard("pong");
});

test("it pings only when it has received nothing for a hundred seconds", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.clock.pass(60_000);
  peer.send({type: "ping"});
  await peer.heard("pong");
  world.clock.pass(99_999);
  await settle();
  assert.ok(!peer.said.some(({action}) => action === "ping"));
  world.clock.pass(1);
  await peer.heard("ping");
  peer.send({type: "pong"});
  await settle();
  world.clock.pass(60_000);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
});

test("a ping without an answer is a half-open connection: it is dropped without waiting for its close", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.tcp.pause();
  world.clock.pass(100_000);
  world.clock.pass(10_000);
  assert.equal(world.progress.connection.state, "reconnecting");
  assert.equal(world.progress.connection.reason, "no_answer");
  assert.equal(world.progress.connection.ageMs, 110_000);
  world.clock.pass(500);
  await world.live();
});

test("after a sleep it goes by the clock, not by timers, as soon as the page is seen", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.hide();
  world.clock.sleep(3_600_000);
  world.show();
  await peer.heard("ping");
});

test("after a sleep without an event, one ping decides within ten seconds", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.clock.sleep(3_600_000);
  assert.deepEqual([world.progress.connection.state, world.progress.connection.ageMs], ["live", 3_600_000]);
  world.clock.pass(2_000);
  await peer.heard("ping");
  peer.send({type: "pong"});
  await settle();
  assert.equal(world.progress.connection.ageMs, 0);
  world.clock.sleep(60_000);
  world.clock.pass(10_000);
  assert.deepEqual([world.progress.connection.state, world.progress.connection.reason], ["reconnecting", "no_answer"]);
});

for (const seconds of [-3600, 3600]) {
  test(`a clock that is set by ${seconds} s costs one question, and no connection that answers it`, async (t) => {
    const world = await World.begin(t);
    const peer = await world.live();
    world.clock.sleep(seconds * 1000);
    world.clock.pass(2_000);
    await peer.heard("ping");
    peer.send({type: "pong"});
    await settle();
    world.clock.pass(60_000);
    await settle();
    assert.deepEqual([world.gateway.handshakes, world.progress.connection.state], [1, "live"]);
    assert.equal(peer.said.filter(({action}) => action === "ping").length, 1);
  });
}

test("a page that is seen again asks at once whether its connection lives, unless it has just heard from it", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.hide();
  world.clock.pass(500);
  world.show();
  await settle();
  assert.ok(!peer.said.some(({action}) => action === "ping"));
  world.hide();
  world.clock.pass(40_000);
  peer.tcp.pause();
  world.show();
  world.clock.pass(10_000);
  assert.equal(world.progress.connection.reason, "no_answer");
});

test("connect() on a live connection asks whether it lives", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.progress.connect();
  await peer.heard("ping");
  peer.tcp.pause();
  world.clock.pass(8_000);
  assert.equal(world.progress.connection.reason, "no_answer");
});

test("silence is noticed within thirty seconds while an upload has news, and later when it has stalled", async (t) => {
  const world = await World.begin(t);
  const running = upload("running", {updatedAt: inSeconds(world, 0)});
  const peer = await world.live([running]);
  world.clock.pass(19_999);
  await settle();
  assert.ok(!peer.said.some(({action}) => action === "ping"));
  world.clock.pass(1);
  await peer.heard("ping");
  peer.tcp.pause();
  world.clock.pass(10_000);
  const {reason, cause} = world.progress.connection;
  assert.deepEqual([reason, cause.message], ["no_answer", "server: no answer for 8 s"]);
  world.clock.pass(500);
  const stalled = upload("running", {rev: 2, updatedAt: inSeconds(world, -120)});
  const again = await world.live([stalled]);
  world.clock.pass(90_000);
  await settle();
  assert.ok(!again.said.some(({action}) => action === "ping"));
});

test("a clock that is put back does not hide a half-open connection", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.tcp.pause();
  world.clock.sleep(-3_600_000);
  world.clock.pass(10_000);
  assert.equal(world.progress.connection.reason, "no_answer");
});

test("an idle warning is answered while the page is visible", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.send({type: "warning", reason: "idle", closesAt: inSeconds(world, 120)});
  await peer.heard("keepalive");
  assert.equal(world.warnings[0].reason, "idle");
});

test("an idle warning of a hidden page is answered when it is seen again", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.hide();
  peer.send({type: "warning", reason: "idle", closesAt: inSeconds(world, 120)});
  peer.send({type: "ping"});
  await peer.heard("pong");
  assert.ok(!peer.said.some(({action}) => action === "keepalive"));
  world.show();
  await peer.heard("keepalive");
});

test("an application may leave idle warnings unanswered", async (t) => {
  const world = await World.begin(t, {keepAlive: false});
  const peer = await world.live();
  peer.send({type: "warning", reason: "idle", closesAt: inSeconds(world, 120)});
  peer.send({type: "ping"});
  await peer.heard("pong");
  assert.deepEqual(
    peer.said.map(({action}) => action),
    ["hello", "pong"],
  );
});

test("an expiring token is refreshed in place", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.send({type: "warning", reason: "token_expiring", closesAt: inSeconds(world, 120)});
  assert.equal((await peer.heard("refresh")).token, "token-2");
  assert.deepEqual(world.reasons, ["connect", "expiring"]);
});

test("a token that cannot be had just now is asked for again while there is time", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  const answers = [() => Promise.reject(new TypeError("no network")), () => "later"];
  world.token = () => answers.shift()();
  peer.send({type: "warning", reason: "token_expiring", closesAt: inSeconds(world, 120)});
  await world.next("warning");
  await settle();
  world.clock.pass(10_000);
  assert.equal((await peer.heard("refresh")).token, "later");
});

test("a refresh that the server cannot take just now is tried again when it says", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.send({type: "warning", reason: "token_expiring", closesAt: inSeconds(world, 120)});
  const {id} = await peer.heard("refresh");
  peer.send({type: "error", id, code: 4429, name: "rate_limited", temporary: true, retryAfterMs: 1000});
  await world.warned("error");
  world.clock.pass(999);
  await settle();
  assert.equal(world.reasons.length, 2);
  world.clock.pass(1);
  assert.equal((await peer.heard("refresh")).token, "token-3");
});

test("a refresh that the server refuses is not tried again, nor one of a connection that is gone", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.send({type: "warning", reason: "token_expiring", closesAt: inSeconds(world, 120)});
  const {id} = await peer.heard("refresh");
  peer.send({type: "error", id, code: 4400, name: "bad_request", temporary: false});
  await world.warned("error");
  world.clock.pass(60_000);
  peer.send({type: "error", id, code: 4500, name: "internal", temporary: true});
  await world.next("warning");
  world.progress.close();
  world.clock.pass(60_000);
  await settle();
  assert.deepEqual(world.reasons, ["connect", "expiring"]);
});

test("a token that cannot be had in time costs nothing before the server closes", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.token = () => Promise.reject(new Error("not now"));
  peer.send({type: "warning", reason: "token_expiring", closesAt: inSeconds(world, 120)});
  await world.next("warning");
  await settle();
  assert.equal(world.progress.connection.state, "live");
});

test("an old connection is replaced before it is closed: no gap, nothing shown twice", async (t) => {
  const world = await World.begin(t);
  const one = upload("one", {rev: 1});
  const old = await world.live([one]);
  world.states.length = 0;
  world.random = 0.5;
  old.send({type: "warning", reason: "max_duration", closesAt: inSeconds(world, 480)});
  await world.next("warning");
  await world.pass(old, 224_999);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.clock.pass(1);
  const fresh = await world.gateway.accepted();
  await fresh.heard("hello");
  const told = [];
  world.progress.addEventListener("upload", ({detail}) => told.push(detail.upload.rev));
  old.send({type: "progress", upload: {...one, rev: 2}});
  await world.next("upload");
  fresh.send({type: "progress", upload: {...one, rev: 2}});
  fresh.send(snapshot([one], 1, 1, "s2"));
  await old.ended();
  fresh.send({type: "progress", upload: {...one, rev: 3}});
  await world.next("upload");
  assert.deepEqual(told, [2, 3]);
  assert.equal(world.progress.uploads[0].rev, 3);
  assert.deepEqual(
    world.states.map(({state}) => state),
    ["live"],
  );
  assert.equal(world.reasons[1], "rotate");
});

test("the moment of rotation goes by the server's clock", async (t) => {
  const world = await World.begin(t);
  const ahead = 3600;
  const peer = await world.live([], {
    connectionExpiresAt: inSeconds(world, ahead + 7080),
    maxConnectionSeconds: 7080,
  });
  world.random = 1;
  peer.send({type: "warning", reason: "max_duration", closesAt: inSeconds(world, ahead + 480)});
  await world.next("warning");
  await world.pass(peer, 449_000);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.clock.pass(1000);
  await world.gateway.accepted();
});

test("replaced by its successor before the successor's snapshot is there, it shows the successor", async (t) => {
  const world = await World.begin(t);
  const {old, fresh} = await rotating(world);
  old.send({type: "disconnect", code: 4427, reason: "replaced", message: "", reconnect: false, retryAfterMs: 0});
  assert.equal((await world.is("reconnecting")).reason, "replaced");
  fresh.send(snapshot([]));
  await world.is("live");
  assert.equal(world.gateway.handshakes, 2);
});

test("a successor that fails leaves the old connection as it is, and another is tried", async (t) => {
  const world = await World.begin(t);
  const {old, fresh} = await rotating(world);
  fresh.cut();
  await settle();
  assert.equal(world.progress.connection.state, "live");
  world.clock.pass(30_000);
  const another = await world.gateway.greeted();
  await old.ended();
  another.send({type: "ping"});
  await another.heard("pong");
  assert.equal(world.progress.connection.state, "live");
});

/** A live connection that was warned of its age, and its successor that has said hello. */
async function rotating(world) {
  const old = await world.live();
  world.random = 0;
  old.send({type: "warning", reason: "max_duration", closesAt: inSeconds(world, 480)});
  await world.next("warning");
  world.clock.pass(0);
  const fresh = await world.gateway.accepted();
  await fresh.heard("hello");
  return {old, fresh};
}
