import assert from "node:assert/strict";
import {test} from "node:test";
import {emulator} from "./emulator.js";
import {Page, pause, update} from "./page.js";

test("a snapshot of several pages is put together", async (t) => {
  const message = "x".repeat(900);
  await emulator.push(Array.from({length: 40}, (_, index) => update("many", `u${index}`, {message})));
  const page = new Page(t, emulator, {user: "many"});
  const detail = await page.next("uploads");
  assert.equal(new Set(detail.uploads.map(({uploadId}) => uploadId)).size, 40);
  assert.equal(detail.truncated, false);
});

test("what is pushed is told once, to the pages of its user alone", async (t) => {
  const [first, second, other] = await Promise.all([
    Page.live(t, emulator, {user: "alice"}),
    Page.live(t, emulator, {user: "alice"}),
    Page.live(t, emulator, {user: "bob"}),
  ]);
  const both = Promise.all([first.next("upload"), second.next("upload")]);
  const began = Date.now() - 60_000;
  const film = update("alice", "film", {rev: began + 5});
  assert.equal((await emulator.push(film)).delivered, 2);
  await both;
  await emulator.push(film);
  await emulator.push({...film, rev: began + 4});
  await emulator.push({...film, status: "completed", rev: began + 6});
  while (first.told.length < 2 || second.told.length < 2) await pause(20);
  assert.deepEqual(
    first.told.map(({status, percent}) => [status, percent]),
    [
      ["uploading", 10],
      ["completed", 100],
    ],
  );
  assert.deepEqual(other.told, []);
});

test("a token that is not accepted is asked for again and ends in unauthorized", async (t) => {
  const page = new Page(t, emulator);
  page.token = (reason) => (reason === "refused" ? null : "not-a-token");
  await page.is("unauthorized");
  assert.deepEqual(page.reasons, ["connect", "reconnect", "reconnect", "refused"]);
  page.token = () => emulator.token(page.user);
  page.progress.connect();
  await page.is("live");
});

test("a page that refreshes with another user's token is sent away, until the application asks", async (t) => {
  const page = new Page(t, emulator);
  page.token = (reason) => emulator.token(reason === "expiring" ? "mallory" : page.user, 80);
  await page.is("live");
  await emulator.age(await page.row(), 0);
  await emulator.sweep();
  assert.equal((await page.is("closed")).code, 4403);
  page.look("hidden");
  page.look("visible");
  await pause();
  assert.deepEqual(await emulator.connections(page.user), []);
  page.progress.connect();
  await page.is("live");
});

test("a user who is signed out everywhere is sent away, until the application asks", async (t) => {
  const page = await Page.live(t, emulator);
  await emulator.push({disconnect: {userId: page.user, reason: "revoked"}});
  const {code, reason} = await page.is("closed");
  assert.deepEqual([code, reason], [4403, "revoked"]);
  page.look("hidden");
  page.look("visible");
  await pause();
  assert.deepEqual(await emulator.connections(page.user), []);
  page.progress.connect();
  await page.is("live");
});

test("a connection that the server does not know any more is replaced at once", async (t) => {
  const page = await Page.live(t, emulator);
  const lost = await page.row();
  await emulator.forget(lost);
  page.progress.sync();
  assert.equal((await page.was("reconnecting")).reason, "unknown_connection");
  await page.is("live");
  assert.notEqual((await page.row()).connectionId, lost.connectionId);
});

test("eleven pages settle at ten, and the one that is too many does not come back", async (t) => {
  const user = "eleven";
  const pages = await Promise.all(Array.from({length: 11}, () => Page.live(t, emulator, {user})));
  for (const row of await emulator.connections(user)) await emulator.age(row, 60_000, "connectedAt");
  await emulator.sweep();
  while ((await emulator.connections(user)).length > 10) await pause(20);
  await pause();
  const states = pages.map(({progress}) => progress.connection.state);
  assert.deepEqual(
    states.filter((state) => state === "closed"),
    ["closed"],
  );
  assert.equal(pages[states.indexOf("closed")].progress.connection.reason, "connection_limit");
  await emulator.sweep();
  assert.equal((await emulator.connections(user)).length, 10);
  assert.equal(pages.filter((page) => page.states.some(({state}) => state === "reconnecting")).length, 0);
});
