import assert from "node:assert/strict";
import {test} from "node:test";
import {snapshot, upload} from "./gateway.js";
import {World, inSeconds, settle, notInDeno} from "./world.js";

test("it offers the protocol and the token, says hello, and is live with the snapshot", async (t) => {
  const world = await World.begin(t);
  const peer = await world.gateway.accepted();
  const hello = await peer.heard("hello");
  assert.equal(peer.token, "token-1");
  assert.match(hello.clientId, /^[\w-]{20,64}$/);
  assert.equal(world.progress.connection.state, "connecting");
  assert.equal(world.progress.connection.ageMs, null);
  peer.send({type: "welcome", id: "hello"});
  peer.send(snapshot([upload("one"), upload("two")]));
  const {uploads} = await world.next("uploads");
  assert.deepEqual(
    uploads.map(({uploadId}) => uploadId),
    ["two", "one"],
  );
  assert.equal(world.progress.connection.state, "live");
  assert.deepEqual(world.reasons, ["connect"]);
});

test("an address may be written as the page's own is", {skip: notInDeno("its URL errors have no code")}, async (t) => {
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
  assert.deepEqual(
    world.progress.uploads.map(({uploadId}) => uploadId),
    ["old"],
  );
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
  assert.deepEqual(
    uploads.map(({uploadId}) => uploadId),
    ["begun-since", "one"],
  );
  assert.equal(uploads[1].percent, 40);
});

test("an upload that the snapshot does not know any more is gone, and that is told of one that had not ended", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("gone"), upload("ended", {status: "completed"})]);
  const told = changesOf(world);
  await sync(world, peer, []);
  assert.deepEqual(world.progress.uploads, []);
  assert.deepEqual(
    told.map(({upload: {uploadId, status, gone}}) => [uploadId, status, gone]),
    [["gone", "uploading", true]],
  );
  await sync(world, peer, []);
  assert.equal(told.length, 1);
});

test("a snapshot that is cut short says nothing of what it leaves out", async (t) => {
  const world = await World.begin(t);
  const peer = await world.live([upload("one")]);
  const told = changesOf(world);
  await sync(world, peer, [], {truncated: true});
  assert.deepEqual(told, []);
});

test("what changed while the page was away is told, each with what it was, before the whole list", async (t) => {
  const world = await World.begin(t);
  const [ended, same, retried, again] = ["ended", "same", "retried", "again"].map((id) => upload(id, {rev: 5}));
  const failed = {...again, status: "failed"};
  const peer = await world.live([ended, same, retried, failed]);
  const told = changesOf(world);
  world.progress.addEventListener("uploads", () => told.push("uploads"));
  peer.cut();
  await world.failed();
  world.clock.pass(500);
  const away = upload("begun-and-ended", {status: "completed"});
  await world.live([
    {...ended, status: "completed", rev: 3},
    same,
    {...retried, attempt: 2},
    {...failed, attempt: 2},
    away,
  ]);
  const changes = told.map((one) => one.upload && [one.upload.uploadId, one.upload.status, one.previous?.status]);
  assert.deepEqual(changes, [
    ["ended", "completed", "uploading"],
    ["retried", "uploading", "uploading"],
    ["again", "failed", "failed"],
    ["begun-and-ended", "completed", undefined],
    undefined,
  ]);
});

test("a first snapshot tells of no upload, but of those that came before it", async (t) => {
  const world = await World.begin(t);
  const peer = await world.gateway.accepted();
  await peer.heard("hello");
  const told = changesOf(world);
  const early = upload("early");
  peer.send({type: "progress", upload: early});
  peer.send(snapshot([upload("old", {status: "completed"}), {...early, status: "completed", rev: 7}]));
  await world.is("live");
  assert.deepEqual(
    told.map(({upload: {uploadId, status}}) => [uploadId, status]),
    [
      ["early", "uploading"],
      ["early", "completed"],
    ],
  );
});

test("a row of a snapshot that is no upload costs only itself", async (t) => {
  const world = await World.begin(t);
  await world.live([null, 7, {}, {uploadId: 1}, upload("one")]);
  assert.deepEqual(
    world.progress.uploads.map(({uploadId}) => uploadId),
    ["one"],
  );
});

test("news keeps its age over a reconnection that brings none, and a server's clock is allowed for", async (t) => {
  const world = await World.begin(t);
  const hour = 3_600_000;
  const ahead = {connectionExpiresAt: inSeconds(world, 3600 + 7080), maxConnectionSeconds: 7080};
  const at = (ms) => new Date(world.clock.now + hour + ms).toISOString();
  const old = upload("old", {updatedAt: at(-60_000)});
  const late = upload("late", {updatedAt: at(-120_000), rev: 2});
  const peer = await world.live([old, {...late, rev: 1}], ahead);
  const began = world.clock.now;
  peer.send({type: "progress", upload: late});
  await world.next("upload");
  const ages = () => Object.fromEntries(world.progress.uploads.map(({uploadId, newsAt}) => [uploadId, newsAt - began]));
  assert.deepEqual(ages(), {old: -60_000, late: 0});
  world.clock.pass(6000);
  peer.cut();
  await world.failed();
  world.clock.pass(500);
  const inTime = {...ahead, connectionExpiresAt: inSeconds(world, 3600 + 7080)};
  await world.live([old, late], inTime);
  assert.deepEqual(ages(), {old: -60_000, late: 0});
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
  assert.deepEqual(
    told.map((detail) => [detail.previous.rev, detail.upload.rev, detail.upload.status]),
    [
      [5, 6, "uploading"],
      [6, 2, "completed"],
    ],
  );
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
  for (let index = 0; index < 250; index++)
    peer.send({type: "status", upload: upload(`u${index}`, {status: "completed"})});
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

/** What is told of single uploads from now on. */
function changesOf(world) {
  const told = [];
  world.progress.addEventListener("upload", ({detail}) => told.push(detail));
  return told;
}

/** Another snapshot on the same connection. */
async function sync(world, peer, uploads, rest = {}) {
  world.clock.pass(6000);
  assert.equal(world.progress.sync(), true);
  await peer.heard("sync");
  peer.send({...snapshot(uploads, 1, 1, `s${world.clock.now}`), ...rest});
  await world.next("uploads");
}
