import assert from "node:assert/strict";
import {test} from "node:test";
import {accepts, latestFirst, merge} from "../src/rules.js";
import {backoff, rotationDelay} from "../src/timing.js";

const running = {attempt: 2, rev: 10, status: "uploading"};
const ended = {attempt: 2, rev: 10, status: "failed"};

test("nothing stored: whatever comes is accepted", () => {
  assert.equal(accepts(undefined, running), true);
});

test("a higher attempt is accepted, whatever its rev and whatever is stored", () => {
  assert.equal(accepts(running, {attempt: 3, rev: 1, status: "queued"}), true);
  assert.equal(accepts(ended, {attempt: 3, rev: 1, status: "queued"}), true);
});

test("a lower attempt is stale, even if it ended", () => {
  assert.equal(accepts(running, {attempt: 1, rev: 99, status: "completed"}), false);
});

test("within an attempt a higher rev is accepted and a lower one is stale", () => {
  assert.equal(accepts(running, {attempt: 2, rev: 11, status: "uploading"}), true);
  assert.equal(accepts(running, {attempt: 2, rev: 9, status: "uploading"}), false);
});

test("what ends the attempt is accepted, even with a lower or equal rev", () => {
  for (const status of ["completed", "failed", "canceled"]) {
    assert.equal(accepts(running, {attempt: 2, rev: 3, status}), true);
    assert.equal(accepts(running, {attempt: 2, rev: 10, status}), true);
  }
});

test("an attempt that has ended accepts nothing more", () => {
  assert.equal(accepts(ended, {attempt: 2, rev: 11, status: "uploading"}), false);
  assert.equal(accepts(ended, {attempt: 2, rev: 11, status: "completed"}), false);
});

test("an end of the bucket gives way to a higher rev, and to nothing else", () => {
  const there = {attempt: 2, rev: 10, status: "completed", source: "bucket"};
  for (const status of ["processing", "completed", "failed"]) {
    assert.equal(accepts(there, {attempt: 2, rev: 11, status}), true);
    assert.equal(accepts(there, {attempt: 2, rev: 10, status}), false);
    assert.equal(accepts(there, {attempt: 2, rev: 9, status}), false);
  }
});

test("the same attempt and rev is the stored state again", () => {
  assert.equal(accepts(running, {...running}), false);
  assert.equal(accepts(ended, {...ended}), false);
});

test("the order in which updates arrive does not change an ended upload's final state", () => {
  const updates = [
    {attempt: 1, rev: 1, status: "queued"},
    {attempt: 1, rev: 2, status: "uploading"},
    {attempt: 1, rev: 3, status: "failed"},
    {attempt: 2, rev: 4, status: "uploading"},
    {attempt: 2, rev: 5, status: "completed"},
  ];
  for (const order of permutations(updates)) {
    const last = order.reduce((stored, update) => (accepts(stored, update) ? update : stored), undefined);
    assert.deepEqual(last, updates[4]);
  }
});

test("a list has one order, in whatever order its uploads came: latest start first, then by id", () => {
  const uploads = ["c", "a", "b"].map((uploadId) => ({uploadId, startedAt: "2026-03-01T12:00:00.000Z"}));
  uploads.push({uploadId: "old", startedAt: "2026-03-01T11:59:59.999Z"});
  uploads.push({uploadId: "new", startedAt: "2026-03-02T00:00:00.000Z"});
  for (const order of permutations(uploads)) {
    const ids = [...order].sort(latestFirst).map(({uploadId}) => uploadId);
    assert.deepEqual(ids, ["new", "a", "b", "c", "old"]);
  }
});

test("the back-off is full jitter below half a second, doubled up to thirty", () => {
  assert.equal(backoff(0, 1), 500);
  assert.equal(backoff(3, 1), 4000);
  assert.equal(backoff(6, 1), 30_000);
  assert.equal(backoff(5000, 1), 30_000);
  assert.equal(backoff(6, 0.25), 7500);
  assert.equal(backoff(6, 0), 0);
});

test("a successor is opened between the warning and thirty seconds before the close", () => {
  assert.equal(rotationDelay(480_000, 0), 0);
  assert.equal(rotationDelay(480_000, 1), 450_000);
  assert.equal(rotationDelay(20_000, 1), 0);
});

test("a snapshot replaces the list, but not what came live since it was asked for", () => {
  const old = {uploadId: "a", attempt: 1, rev: 1, status: "uploading"};
  const newer = {...old, rev: 5};
  const begun = {...old, uploadId: "b"};
  assert.deepEqual([...merge([old], [newer, begun]).values()], [newer, begun]);
  assert.deepEqual([...merge([newer], [old]).values()], [newer]);
  assert.deepEqual([...merge([], []).values()], []);
});

function* permutations(items) {
  if (items.length < 2) yield items;
  for (const [index, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(index, 1))) yield [item, ...rest];
  }
}
