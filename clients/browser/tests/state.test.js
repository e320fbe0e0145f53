import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {test} from "node:test";
import {snapshot, upload} from "./gateway.js";
import {World, settle, notInDeno} from "./world.js";

/** Waits until the client has read everything that the peer sent. */
async function read(peer) {
  peer.send({type: "ping"});
  await peer.heard("pong");
}

test("uploads, connection and snapshot are the same objects until something changes", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("one", {rev: 1})]);
  const {progress} = world;
  const {getSnapshot} = progress;
  const before = getSnapshot();
  world.clock.pass(50);
  await read(peer);
  peer.send({type: "progress", upload: upload("one", {rev: 1})});
  await read(peer);
  assert.equal(getSnapshot(), before);
  assert.equal(before.uploads, progress.uploads);
  assert.equal(before.connection, progress.connection);
  peer.send({type: "progress", upload: upload("one", {rev: 2})});
  await read(peer);
  const after = getSnapshot();
  assert.notEqual(after, before);
  assert.notEqual(after.uploads, before.uploads);
  assert.equal(after.connection, before.connection);
  assert.deepEqual([before.uploads[0].rev, after.uploads[0].rev], [1, 2]);
  peer.cut();
  await world.is("reconnecting");
  assert.notEqual(getSnapshot(), after);
  assert.equal(getSnapshot().uploads, after.uploads);
});

test("a snapshot without news leaves the uploads and each of them as they are", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("one", {rev: 1}), upload("two", {rev: 1, status: "completed"})]);
  const {progress} = world;
  const before = progress.getSnapshot();
  peer.send(snapshot([upload("one", {rev: 1}), upload("two", {rev: 1, status: "completed"})], 1, 1, "s2"));
  await read(peer);
  assert.equal(progress.getSnapshot(), before);
  peer.send(snapshot([upload("one", {rev: 2}), upload("two", {rev: 1, status: "completed"})], 1, 1, "s3"));
  await read(peer);
  assert.notEqual(progress.uploads, before.uploads);
  const two = before.uploads.find(({uploadId}) => uploadId === "two");
  assert.equal(
    progress.uploads.find(({uploadId}) => uploadId === "two"),
    two,
  );
  const after = progress.getSnapshot();
  peer.send(snapshot([upload("one", {rev: 2})], 1, 1, "s4"));
  await read(peer);
  assert.deepEqual([after.uploads.length, progress.uploads.length], [2, 1]);
  peer.send({...snapshot([upload("one", {rev: 2})], 1, 1, "s5"), truncated: true});
  await read(peer);
  assert.equal(progress.getSnapshot().truncated, true);
});

test("a state of the server with the rev of a client's report replaces it", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("one", {rev: 1, source: "client"})]);
  peer.send(snapshot([upload("one", {rev: 1})], 1, 1, "s2"));
  await read(peer);
  assert.equal("source" in world.progress.uploads[0], false);
});

test("the age of the data is that of the moment, also in a state that is kept", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  peer.cut();
  const kept = await world.is("reconnecting");
  world.clock.pass(200);
  assert.equal(kept.ageMs, 200);
  assert.deepEqual({...kept}.ageMs, 200);
});

test("a listener hears of each change of uploads and connection, until it ends its subscription", async (t) => {
  const world = await World.begin(t);
  const {subscribe, getSnapshot} = world.progress;
  const seen = [];
  const listener = (...given) => seen.push([given.length, getSnapshot()]);
  const stop = subscribe(listener);
  const stopOther = subscribe(listener);
  const peer = await world.live();
  const before = seen.length;
  peer.send({type: "progress", upload: upload("one")});
  await read(peer);
  assert.ok(seen.length > before);
  assert.ok(seen.every(([given]) => given === 0));
  assert.equal(seen.at(-1)[1].uploads.length, 1);
  stop();
  const one = seen.length;
  peer.send({type: "progress", upload: upload("two")});
  await read(peer);
  assert.ok(seen.length > one, "the same listener was subscribed twice");
  stopOther();
  stopOther();
  const both = seen.length;
  peer.send({type: "progress", upload: upload("three")});
  await read(peer);
  assert.equal(seen.length, both);
});

test("a change that brings many events is one snapshot", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("a"), upload("b")]);
  const seen = new Set();
  world.progress.subscribe(() => seen.add(world.progress.getSnapshot()));
  world.clock.pass(6000);
  world.progress.sync();
  await peer.heard("sync");
  peer.send(snapshot([upload("a", {rev: 9}), upload("b", {rev: 9}), upload("c")], 1, 1, "s2"));
  await world.next("uploads");
  assert.equal(seen.size, 1);
});

test(
  "without autoConnect nothing happens until connect(), and nothing keeps a process alive",
  {skip: notInDeno("no --eval of a module")},
  async (t) => {
    const world = await World.begin(t, {autoConnect: false});
    await settle();
    assert.equal(world.progress.connection.state, "closed");
    world.show();
    world.online();
    await settle();
    assert.deepEqual([world.reasons, world.gateway.handshakes], [[], 0]);
    world.progress.connect();
    await world.live();
    const script = `
    const {UploadProgress} = await import("./upload-progress.js");
    for (let i = 0; i < 50; i++) new UploadProgress({url: "/ws", getToken: () => "t", autoConnect: false});`;
    const {status, stderr} = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: new URL("..", import.meta.url),
      timeout: 20_000,
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [0, ""]);
  },
);

test("connect() is now, whatever it waits for", async (t) => {
  const waits = {
    "a back-off": async (world) => (await world.live()).cut(),
    "a hidden page": async (world) => {
      world.hide();
      (await world.live()).cut();
    },
    "what the server asked for": async (world) => {
      const peer = await world.live();
      const asked = {code: 4429, reason: "rate_limited", reconnect: true, retryAfterMs: 60_000};
      peer.send({type: "disconnect", message: "", ...asked});
    },
    "a network": async (world) => {
      const peer = await world.live();
      world.offline();
      peer.cut();
    },
    "a getToken that hangs": async (world) => {
      const peer = await world.live();
      world.token = () => new Promise(() => {});
      peer.cut();
      await world.failed();
      world.clock.pass(500);
      world.token = () => "good";
    },
  };
  for (const [name, wait] of Object.entries(waits)) {
    const world = await World.begin(t);
    await wait(world);
    if (world.token() !== "good") await world.failed();
    world.progress.connect();
    await world.live();
    assert.equal(world.progress.connection.state, "live", name);
  }
});

test("ended() is the end of an upload that runs, has ended, or is unknown as yet", async (t) => {
  const world = await World.begin(t);
  const early = world.progress.ended("old");
  const peer = await world.live([upload("old", {status: "failed"}), upload("runs")]);
  assert.equal((await early).status, "failed");
  assert.equal((await world.progress.ended("old")).status, "failed");
  const later = [world.progress.ended("runs"), world.progress.ended("unknown")];
  peer.send({type: "status", upload: upload("runs", {rev: 2, status: "completed"})});
  peer.send({type: "status", upload: upload("unknown", {status: "canceled"})});
  const ends = await Promise.all(later);
  assert.deepEqual(
    ends.map(({uploadId, status}) => [uploadId, status]),
    [
      ["runs", "completed"],
      ["unknown", "canceled"],
    ],
  );
});

test("ended() is told what ended while the page was away, and what is no longer listed", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("ends"), upload("vanishes")]);
  const ends = [world.progress.ended("ends"), world.progress.ended("vanishes")];
  peer.cut();
  await world.failed();
  world.clock.pass(500);
  await world.live([upload("ends", {rev: 7, status: "completed"})]);
  assert.deepEqual(
    (await Promise.all(ends)).map(({status, gone}) => [status, gone]),
    [
      ["completed", undefined],
      ["uploading", true],
    ],
  );
});

test("ended() waits for the attempt that is asked for", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("one", {status: "failed"})]);
  const end = world.progress.ended("one", {attempt: 2});
  peer.send({type: "status", upload: upload("one", {attempt: 2, status: "completed"})});
  assert.equal((await end).attempt, 2);
});

test("ended() is called off by a signal", async (t) => {
  const world = await World.begin(t);
  await world.live();
  const stop = new AbortController();
  const end = world.progress.ended("one", {signal: stop.signal});
  stop.abort(new Error("left the page"));
  await assert.rejects(end, /left the page/);
  await assert.rejects(world.progress.ended("one", {signal: stop.signal}), /left the page/);
});
