import assert from "node:assert/strict";
import {test} from "node:test";
import {snapshot, upload} from "./gateway.js";
import {World, settle} from "./world.js";

test("it offers the protocol and the token, says hello, and is live with the snapshot", async (t) => {
  const world = await World.begin(t);
  const peer = await world.gateway.accepted();
  const hello = await peer.heard("hello");
  assert.equal(peer.token, "token-1");
  assert.match(hello.clientId, /^[0-9a-f]{32}$/);
  assert.equal(world.progress.connection.state, "connecting");
  assert.equal(world.progress.connection.ageMs, null);
  peer.send({type: "welcome", id: "hello"});
  peer.send(snapshot([upload("one"), upload("two")]));
  const {uploads} = await world.next("uploads");
  assert.deepEqual(uploads.map(({uploadId}) => uploadId), ["two", "one"]);
  assert.equal(world.progress.connection.state, "live");
  assert.deepEqual(world.reasons, ["connect"]);
});

test("an address may be written as the page's own is", async (t) => {
  const world = await World.begin(t);
  await world.live();
  const {origin, pathname} = new URL(world.gateway.url.replace("ws:", "http:"));
  globalThis.location = {href: `${origin}/page`};
  const other = world.client({url: pathname});
  t.after(() => {
    other.close();
    delete globalThis.location;
  });
  await world.gateway.greeted();
  assert.throws(() => world.client({url: "http://["}), {code: "ERR_INVALID_URL"});
});

test("a client keeps its id over connections, and another client has another", async (t) => {
  const world = await World.begin(t);
  const first = await world.gateway.accepted();
  const {clientId} = await first.heard("hello");
  first.cut();
  await world.is("connecting");
  await settle();
  world.clock.pass(1000);
  const second = await world.gateway.accepted();
  assert.equal((await second.heard("hello")).clientId, clientId);
  const other = world.client();
  t.after(() => other.close());
  const third = await world.gateway.accepted();
  assert.notEqual((await third.heard("hello")).clientId, clientId);
});

test("pages of a snapshot replace the list when all of them are there, in any order", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("old")]);
  peer.send(snapshot([upload("b")], 2, 3, "s2"));
  peer.send(snapshot([upload("c")], 3, 3, "s2"));
  peer.send(snapshot([upload("c")], 3, 3, "s2"));
  peer.send({type: "ping"});
  await peer.heard("pong");
  assert.deepEqual(world.progress.uploads.map(({uploadId}) => uploadId), ["old"]);
  peer.send(snapshot([upload("a")], 1, 3, "s2"));
  await world.next("uploads");
  assert.deepEqual(world.progress.uploads.map(({uploadId}) => uploadId).sort(), ["a", "b", "c"]);
});

test("it says so when there are more uploads than a snapshot holds", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("one")]);
  peer.send({...snapshot([upload("one")]), truncated: true});
  assert.equal((await world.next("uploads")).truncated, true);
});

test("what comes live before its snapshot is not lost by it, nor turned back", async (t) => {
  const world = await World.begin(t);
  const peer = await world.gateway.accepted();
  await peer.heard("hello");
  const start = upload("one");
  peer.send({type: "progress", upload: {...start, rev: 9, percent: 40}});
  peer.send({type: "status", upload: upload("begun-since")});
  peer.send(snapshot([{...start, rev: 3, percent: 10}]));
  await world.is("live");
  const {uploads} = world.progress;
  assert.deepEqual(uploads.map(({uploadId}) => uploadId), ["begun-since", "one"]);
  assert.equal(uploads[1].percent, 40);
});

test("an upload that the snapshot does not know any more is gone", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("gone")]);
  world.clock.pass(6000);
  assert.equal(world.progress.sync(), true);
  await peer.heard("sync");
  peer.send(snapshot([], 1, 1, "s2"));
  assert.deepEqual((await world.next("uploads")).uploads, []);
});

test("an update is told with what it replaced; stale and repeated ones are not told", async (t) => {
  const world = await World.begin(t);
  const first = upload("one", {rev: 5});
  const peer = await world.live([first]);
  const told = [];
  world.progress.addEventListener("upload", ({detail}) => told.push(detail));
  peer.send({type: "progress", upload: {...first, rev: 4}});
  peer.send({type: "progress", upload: first});
  peer.send({type: "progress", upload: {...first, rev: 6, percent: 50}});
  peer.send({type: "status", upload: {...first, rev: 2, status: "completed", percent: 100}});
  peer.send({type: "progress", upload: {...first, rev: 7, percent: 60}});
  peer.send({type: "ping"});
  await peer.heard("pong");
  assert.deepEqual(told.map(({upload, previous}) => [previous.rev, upload.rev, upload.status]), [
    [5, 6, "uploading"],
    [6, 2, "completed"],
  ]);
});

test("what it does not understand is ignored", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  for (const nonsense of ["", "not json", "null", "[]", "7", '{"type":"tomorrow"}', '{"type":"progress"}', "{}"]) {
    peer.send(nonsense);
  }
  peer.send({type: "snapshot", snapshotId: "x", page: 1, pages: 1});
  peer.send({type: "ping"});
  await peer.heard("pong");
  assert.equal(world.progress.connection.state, "live");
});

test("sync is asked for at most once in five seconds, and only while live", async (t) => {
  const world = await World.begin(t);
  assert.equal(world.progress.sync(), false);
  const peer = await world.live();
  assert.deepEqual([world.progress.sync(), world.progress.sync()], [true, false]);
  world.clock.pass(5000);
  assert.equal(world.progress.sync(), true);
  await peer.heard("sync");
  await peer.heard("sync");
});

test("a list that grows for weeks forgets what ended first", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("running")]);
  for (let index = 0; index < 250; index++) peer.send({type: "status", upload: upload(`u${index}`, {status: "completed"})});
  peer.send({type: "ping"});
  await peer.heard("pong");
  const ids = world.progress.uploads.map(({uploadId}) => uploadId);
  assert.equal(ids.length, 200);
  assert.ok(ids.includes("running") && ids.includes("u249") && !ids.includes("u0"));
});

test("close() closes, and connect() opens again", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live();
  world.progress.close();
  await peer.ended();
  assert.equal(world.progress.connection.state, "closed");
  assert.equal(world.progress.connection.reason, "application");
  world.show();
  world.online();
  world.clock.pass(60_000);
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  world.progress.connect();
  await world.live();
});

test("closed before it began, it never connects", async (t) => {
  const world = await World.begin(t);
  const other = world.client();
  other.close();
  await world.live();
  await settle();
  assert.equal(world.gateway.handshakes, 1);
  assert.equal(other.connection.state, "closed");
});
