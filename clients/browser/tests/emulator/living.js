import assert from "node:assert/strict";
import {test} from "node:test";
import {emulator} from "./emulator.js";
import {Page, pause, update} from "./page.js";

const SECOND = 1000;

test("a sweep's ping is answered, and that is on record", async (t) => {
  const page = await Page.live(t, emulator);
  await emulator.age(await page.row(), 130 * SECOND, "lastSeenAt");
  await emulator.sweep();
  const {pingBegunAt, lastSeenAt} = await page.rowWith((row) => row.lastSeenAt >= row.pingBegunAt);
  assert.ok(lastSeenAt >= pingBegunAt);
  assert.equal((await emulator.sweep()).closed ?? 0, 0);
  assert.equal(page.progress.connection.state, "live");
});

test("a visible page answers the idle warning, and is neither warned again nor closed", async (t) => {
  const page = await Page.live(t, emulator);
  const idle = await page.row();
  await emulator.age(idle, 200 * SECOND, "lastActiveAt");
  await emulator.sweep();
  await page.warned("idle");
  const kept = await page.rowWith(({lastActiveAt}) => lastActiveAt >= idle.lastActiveAt);
  await emulator.ageWarning(kept, "idle", 61 * SECOND);
  await emulator.sweep();
  await pause();
  assert.equal(page.warnings.length, 1);
  assert.equal((await page.row()).connectionId, idle.connectionId);
  assert.deepEqual(
    page.states.map(({state}) => state),
    ["connecting", "live"],
  );
});

test("a hidden page is closed as idle, and comes back when somebody looks", async (t) => {
  const page = await Page.live(t, emulator);
  page.look("hidden");
  await emulator.age(await page.row(), 400 * SECOND, "lastActiveAt");
  await emulator.sweep();
  await page.warned("idle");
  await emulator.ageWarning(await page.row(), "idle", 61 * SECOND);
  await emulator.sweep();
  const {code, reason} = await page.is("closed");
  assert.deepEqual([code, reason], [4408, "idle_timeout"]);
  await emulator.push(update(page.user, "meanwhile"));
  page.look("visible");
  await page.is("live");
  assert.deepEqual(
    page.progress.uploads.map(({uploadId}) => uploadId),
    ["meanwhile"],
  );
});

test("a token is refreshed in place before it expires", async (t) => {
  const page = new Page(t, emulator);
  page.token = (reason) => emulator.token(page.user, reason === "connect" ? 80 : 3600);
  await page.is("live");
  const before = await page.row();
  await emulator.age(before, 0);
  await emulator.sweep();
  await page.warned("token_expiring");
  const after = await page.rowWith(({tokenExpiresAt}) => tokenExpiresAt > before.tokenExpiresAt + 3000 * SECOND);
  assert.equal(after.connectionId, before.connectionId);
  await emulator.age(after, 0);
  await emulator.sweep();
  await pause();
  assert.equal(page.warnings.length, 1);
  assert.deepEqual(page.reasons, ["connect", "expiring"]);
});

test("an expired token costs a reconnection with a fresh one, and nothing that was pushed meanwhile", async (t) => {
  const page = await Page.live(t, emulator);
  const row = await page.row();
  await emulator.age(row, 2 * 3600 * SECOND, "tokenExpiresAt");
  assert.equal((await emulator.push(update(page.user, "unseen"))).delivered, 0);
  await emulator.sweep();
  assert.equal((await page.was("reconnecting")).code, 4401);
  await page.is("live");
  assert.deepEqual(page.reasons, ["connect", "expired"]);
  assert.deepEqual(
    page.progress.uploads.map(({uploadId}) => uploadId),
    ["unseen"],
  );
});

test("an old connection is replaced without a gap: pushes are told once and in order", async (t) => {
  const page = await Page.live(t, emulator);
  const old = await page.row();
  page.random = 0.003;
  await emulator.age(old, 6700 * SECOND, "connectedAt");
  await emulator.sweep();
  const {closesAt} = await page.warned("max_duration");
  assert.ok(Date.parse(closesAt) - Date.now() > 300 * SECOND);
  let sent = 0;
  const report = () => emulator.push(update(page.user, "film", {bytesTotal: 100_000, bytesUploaded: ++sent}));
  while ((await emulator.connections(page.user)).some(({connectionId}) => connectionId === old.connectionId)) {
    await report();
  }
  await report();
  await report();
  while (page.told.at(-1)?.bytesUploaded !== sent) await page.next("upload");
  const told = page.told.map((one) => one.rev);
  assert.deepEqual(
    told,
    [...new Set(told)].sort((one, other) => one - other),
  );
  // Of the updates that arrive before the successor's snapshot, only the newest is told.
  assert.ok(told.length >= sent - 2, `${told} of ${sent}`);
  assert.ok(sent > 3);
  assert.deepEqual(new Set(page.states.map(({state}) => state)), new Set(["connecting", "live"]));
  assert.deepEqual(page.reasons, ["connect", "rotate"]);
  await page.row();
});

test("a connection that was not replaced in time is closed for its age, and the page is back at once", async (t) => {
  const page = await Page.live(t, emulator);
  page.random = 1;
  await emulator.age(await page.row(), 7100 * SECOND, "connectedAt");
  await emulator.sweep();
  await page.warned("max_duration");
  await emulator.ageWarning(await page.row(), "max_duration", 61 * SECOND);
  await emulator.sweep();
  assert.equal((await page.was("reconnecting")).reason, "max_duration");
  await page.is("live");
});
