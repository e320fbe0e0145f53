import assert from "node:assert/strict";
import {test} from "node:test";
import {NotSentError} from "../src/index.js";
import {Outbox, sizeOf} from "../src/outbox.js";
import {Sender} from "../src/sender.js";
import {RecordingTarget} from "./recording.js";
import {moment, upload} from "./simulation.js";

const clocks = () => ({epochMs: Date.now(), seconds: performance.now() / 1000});

/** Sets a status and queues its update. */
const put = (sender, state, status) => sender.put(state, state.change(clocks(), status));

test("a batch that fails is sent again, in its newest state and in order", async () => {
  let failures = 2;
  const target = new RecordingTarget(() => (failures-- > 0 ? Promise.reject(new Error("503")) : undefined));
  const sender = new Sender(target, {random: () => 0.01});
  const state = upload();
  for (const status of ["queued", "uploading", "completed"]) put(sender, state, status);
  assert.equal(await sender.flush(2000), true);
  assert.deepEqual([target.statuses, target.batches, sender.lost], [["queued", "uploading", "completed"], 3, 0]);
});

test("a target may change what it gets and fail", async () => {
  let failures = 2;
  const target = new RecordingTarget((updates) => {
    if (failures === 0) return;
    const taken = updates.splice(0);
    for (const update of taken) delete update.userId;
    throw --failures ? new Error("503") : new NotSentError(taken, "busy");
  });
  const sender = new Sender(target, {random: () => 0.01});
  put(sender, upload(), "uploading");
  assert.equal(await sender.flush(2000), true);
  assert.deepEqual([target.updates.map(({userId}) => userId), sender.lost], [["alice"], 0]);
});

test("a target that never answers holds back newer states for 30 s", async (context) => {
  context.mock.timers.enable({apis: ["setTimeout"]});
  const target = new RecordingTarget(() => (target.batches === 1 ? new Promise(() => {}) : undefined));
  const sender = new Sender(target, {random: () => 0});
  put(sender, upload(), "uploading");
  for (const ms of [0, 29_999, 1, 0]) {
    context.mock.timers.tick(ms);
    await new Promise(setImmediate);
  }
  assert.deepEqual([target.batches, target.statuses], [2, ["uploading"]]);
});

test("of a batch that was taken in part the rest is sent again", async () => {
  let isFirst = true;
  const target = new RecordingTarget();
  target.answer = (updates) => {
    if (!isFirst) return;
    isFirst = false;
    target.updates.push(...updates.slice(1));
    throw new NotSentError(updates.slice(0, 1), "busy");
  };
  const sender = new Sender(target, {random: () => 0});
  for (const uploadId of ["a", "b", "c"]) put(sender, upload({uploadId}), "completed");
  assert.equal(await sender.flush(2000), true);
  assert.deepEqual(target.updates.map(({uploadId}) => uploadId).sort(), ["a", "b", "c"]);
});

test("progress is given up after a minute, another status after ten", async () => {
  let now = 1000;
  const target = new RecordingTarget(() => Promise.reject(new Error("down")));
  const sender = new Sender(target, {random: () => 0, clocks: () => ({epochMs: now * 1000, seconds: now})});
  const [moving, ended] = [upload({uploadId: "a"}), upload({uploadId: "b"})];
  sender.put(moving, moving.change(moment(now), "uploading"));
  sender.put(ended, ended.change(moment(now), "completed"));
  const lost = [];
  for (const seconds of [0, 59, 2, 500, 40]) {
    now += seconds;
    await answered(target);
    lost.push(sender.lost);
  }
  assert.deepEqual(lost, [0, 0, 1, 1, 2]);
  sender.leave(moving);
});

/** Resolves after the target's next two answers: the second begins after the first is settled. */
async function answered(target) {
  const {batches} = target;
  const end = performance.now() + 500;
  while (target.batches < batches + 2 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

test("the queue is bounded: replaced states leave first, then running ones, ends last", () => {
  const outbox = new Outbox(3);
  const states = ["a", "b", "c", "d"].map((uploadId) => upload({uploadId}));
  for (const state of states) outbox.put(state.change(clocks(), "uploading"));
  for (const state of states.slice(0, 3)) outbox.put(state.change(clocks(), "completed"));
  const left = outbox.take(10, 1e6).map(({update}) => [update.uploadId, update.status]);
  assert.deepEqual(left, [
    ["a", "completed"],
    ["b", "completed"],
    ["c", "completed"],
  ]);
  assert.equal(outbox.dropped, 4);
});

test("progress replaces waiting progress of its status and keeps its place", () => {
  const outbox = new Outbox(10);
  const [one, other] = ["a", "b"].map((uploadId) => upload({uploadId}));
  for (const state of [one, other, one]) {
    const update = state.status ? state.progress(clocks(), {force: true}) : state.change(clocks(), "uploading");
    state.count += 100;
    if (update) outbox.put(update);
  }
  assert.deepEqual(
    outbox.take(10, 1e6).map(({update}) => [update.uploadId, update.bytesUploaded]),
    [
      ["a", 100],
      ["b", 0],
    ],
  );
});

test("a batch keeps within its bounds, and takes at least one", () => {
  const outbox = new Outbox(100);
  const updates = Array.from({length: 20}, (_, index) => upload({uploadId: `u${index}`}).change(clocks(), "completed"));
  for (const update of updates) outbox.put(update);
  assert.equal(outbox.take(5, 1e6).length, 5);
  assert.equal(outbox.take(100, 3 * sizeOf(updates[9])).length, 3);
  assert.equal(outbox.take(100, 1).length, 1);
});

test("while a flush waits, ends are sent first, and no older state of theirs follows", async () => {
  const target = new RecordingTarget();
  target.maxUpdates = 2;
  const sender = new Sender(target);
  const states = ["a", "b", "c", "d"].map((uploadId) => upload({uploadId}));
  for (const state of states) put(sender, state, "uploading");
  for (const state of states.slice(2)) put(sender, state, "completed");
  assert.equal(await sender.flush(2000), true);
  assert.deepEqual(
    target.updates.slice(0, 2).map(({status}) => status),
    ["completed", "completed"],
  );
  assert.deepEqual(
    target.updates.slice(2).map(({uploadId}) => uploadId),
    ["a", "b"],
  );
  for (const state of states) sender.leave(state);
});

test("a state that failed does not overtake a newer one of its kind", async () => {
  const state = upload();
  let isFirst = true;
  const target = new RecordingTarget(() => {
    if (!isFirst) return;
    isFirst = false;
    state.count += 500;
    sender.put(state, state.progress(clocks(), {force: true}));
    throw new Error("503");
  });
  const sender = new Sender(target, {random: () => 0});
  put(sender, state, "uploading");
  for (const flushed of [await sender.flush(2000), await sender.flush(2000)]) assert.ok(flushed);
  assert.deepEqual(
    target.updates.map(({bytesUploaded}) => bytesUploaded),
    [500],
  );
  sender.leave(state);
});
