import assert from "node:assert/strict";
import {test} from "node:test";
import {SIGN_OF_LIFE_SECONDS, intervalSeconds} from "../src/prediction.js";
import {CONFIRMING, REPEATING, STALLED} from "../src/upload-state.js";
import {TICK_SECONDS, atRate, moment, seeded, simulate, upload} from "./simulation.js";

/** Polls a state at each tick of `seconds` after `from`; `step(tick)` bytes are added before; returns the updates. */
function poll(state, from, seconds, step = () => 0) {
  const updates = [];
  for (let tick = 1; tick <= seconds * 10; tick += 1) {
    state.count += step(tick);
    const update = state.progress(moment(from + tick / 10));
    if (update) updates.push(update);
  }
  return updates;
}

test("prediction never sends more than the throttle alone, signs of life apart", () => {
  const random = seeded(1);
  for (let run = 0; run < 60; run += 1) {
    let now = 0;
    const steps = Array.from({length: Math.floor(random() * 40)}, () => [
      (now += random() * 14),
      1 + Math.floor(random() * 3000),
    ]);
    const total = steps.reduce((sum, [, size]) => sum + size, 1 + Math.floor(random() * 20_000));
    const {updates, signsOfLife, unpredicted} = simulate(total, steps, now + 12);
    assert.ok(updates.length - signsOfLife <= unpredicted);
    const moments = [0, ...updates.map(([second]) => second)];
    for (const [index, second] of moments.slice(1).entries()) {
      assert.ok(second - moments[index] <= intervalSeconds(moments[index]) + TICK_SECONDS * 1.01);
    }
  }
});

test("of a steady upload signs of life and a few corrections are sent", () => {
  const total = 100_000_000;
  for (const seconds of [10, 60, 180, 600]) {
    const run = simulate(
      total,
      atRate(total, 256 * 1024, () => total / seconds),
      seconds,
    );
    assert.ok(run.updates.length - run.signsOfLife <= 17);
    assert.ok(Math.max(...run.errors) <= 1.1 + (150 * 256 * 1024) / total);
    if (seconds >= 60) assert.ok(run.updates.length * 4 <= run.unpredicted);
  }
});

test("signs of life come every five seconds for two minutes and every ten later, or as set", () => {
  for (const lifeSeconds of [SIGN_OF_LIFE_SECONDS, 2]) {
    const state = upload({lifeSeconds});
    state.change(moment(0), "uploading");
    const sent = Array.from({length: 160}, (_, index) => index + 1).filter((tick) => state.progress(moment(tick)));
    const expected = [];
    for (let at = lifeSeconds; at <= 160; at += at < 120 ? lifeSeconds : 2 * lifeSeconds) expected.push(at);
    assert.deepEqual(sent, expected);
  }
});

test("a silence has neither speed nor time left, and what follows is measured anew", () => {
  const state = upload({bytesTotal: 10_000_000});
  state.change(moment(0), "uploading");
  poll(state, 0, 5, () => 100_000);
  const silent = poll(state, 5, 30).filter(({message}) => message === STALLED);
  assert.ok(silent.length >= 4);
  for (const update of silent) assert.deepEqual([update.bytesPerSecond, update.etaSeconds], [undefined, null]);
  const last = poll(state, 35, 1, () => 200_000).at(-1);
  assert.ok(Math.abs(last.bytesPerSecond - 2_000_000) < 500_000);
  assert.equal(last.etaSeconds, 2);
});

test("counts of parts have no text of a stall and keep their speed", () => {
  const state = upload({bytesTotal: 100_000_000, hasParts: true});
  state.change(moment(0), "uploading");
  const updates = poll(state, 0, 100, (tick) => (tick % 200 ? 0 : 10_000_000));
  assert.ok(updates.every(({message}) => message === undefined));
  assert.ok(updates.at(-1).bytesPerSecond > 0);
});

test("a count that falls stops the bar, says so, and has no speed until it has passed its old value", () => {
  const state = upload({bytesTotal: 10_000});
  state.change(moment(0), "uploading");
  poll(state, 0, 3, () => 100);
  state.count += -2000;
  const [fallen] = poll(state, 3, 1);
  assert.deepEqual([fallen.message, fallen.bytesUploaded, fallen.bytesPerSecond], [REPEATING, 3000, undefined]);
  const shown = poll(state, 4, 5, () => 100);
  assert.ok(shown.every(({bytesUploaded}) => bytesUploaded >= 3000));
  assert.equal(shown.at(-1).message, undefined);
});

test("shown bytes stay below the total until the call has returned, and the wait for it is named", () => {
  const state = upload({bytesTotal: 1000});
  state.change(moment(0), "uploading");
  state.count += 1000;
  const updates = poll(state, 0, 4);
  assert.deepEqual([...new Set(updates.map(({bytesUploaded}) => bytesUploaded))], [999]);
  assert.equal(updates.at(-1).message, CONFIRMING);
  assert.equal(updates[0].message, undefined);
  assert.equal(state.change(moment(5), "processing").bytesUploaded, 1000);
  assert.equal(state.change(moment(6), "completed").bytesUploaded, 1000);
});

test("a failed upload of which all bytes were counted is not shown as whole", () => {
  const state = upload({bytesTotal: 1000});
  state.change(moment(0), "uploading");
  state.count += 1500;
  assert.equal(state.change(moment(1), "failed").bytesUploaded, 999);
});

test("a total of the client grows, is unknown once it is exceeded, and the program's limits the bytes", () => {
  const learnt = upload({bytesTotal: null});
  learnt.change(moment(0), "uploading");
  learnt.learnTotal(1000);
  learnt.learnTotal(2000);
  learnt.learnTotal(500);
  learnt.count += 1500;
  assert.deepEqual([poll(learnt, 0, 1)[0].bytesTotal, learnt.bytesTotal], [2000, 2000]);
  learnt.count += 1000;
  assert.equal(poll(learnt, 1, 1)[0].bytesTotal, null);
  assert.equal(learnt.change(moment(3), "completed").bytesTotal, 2500);
  const given = upload({bytesTotal: 1000});
  given.change(moment(0), "uploading");
  given.count += 5000;
  assert.deepEqual([poll(given, 0, 1)[0].bytesUploaded, given.bytesTotal], [999, 1000]);
  given.learnTotal(2000);
  assert.deepEqual([given.change(moment(2), "processing").bytesUploaded, given.bytesTotal], [2000, 2000]);
});

test("an empty file completes with nothing of nothing, an unknown one stays unknown", () => {
  const ends = [0, null].map((bytesTotal) => {
    const state = upload({bytesTotal});
    state.change(moment(0), "uploading");
    return state.change(moment(1), "completed");
  });
  assert.deepEqual(
    ends.map(({bytesUploaded, bytesTotal}) => [bytesUploaded, bytesTotal]),
    [
      [0, 0],
      [0, null],
    ],
  );
});

test("an attempt ends once, and a status goes back to queued alone", () => {
  const state = upload();
  state.change(moment(0), "processing");
  assert.equal(state.change(moment(1), "uploading"), undefined);
  assert.equal(state.change(moment(2), "queued").status, "queued");
  assert.equal(state.change(moment(3), "uploading").status, "uploading");
  assert.equal(state.change(moment(4), "failed").status, "failed");
  for (const status of ["queued", "uploading", "completed"]) assert.equal(state.change(moment(5), status), undefined);
  const {runId} = state;
  assert.deepEqual(
    (({status, bytesUploaded, attempt}) => [status, bytesUploaded, attempt])(state.retry(moment(6), 3)),
    ["uploading", 0, 3],
  );
  assert.notEqual(state.runId, runId);
});

test("a percent of a phase never falls, stays below its end, and is unknown above 100", () => {
  const state = upload();
  state.change(moment(0), "processing", {phase: "scanning"});
  const values = [10, 5, 100, 101, 50].map((percent, index) => {
    assert.ok(state.advance("scanning", percent, 1, 1));
    return state.progress(moment(index + 1), {force: true})?.phasePercent;
  });
  assert.deepEqual(values, [10, undefined, 99, undefined, undefined]);
  assert.equal(state.advance("verifying", 10, 1, 1), false);
  const steps = upload();
  steps.change(moment(0), "processing", {phase: "encoding"});
  steps.advance("encoding", 50, 2, 3);
  assert.equal(steps.progress(moment(1)).phasePercent, 50);
});

test("a pause and a long minimum give no sign of life", () => {
  const state = upload({minSeconds: 15});
  state.change(moment(0), "uploading");
  const sent = Array.from({length: 45}, (_, index) => index + 1).filter((tick) => state.progress(moment(tick)));
  assert.deepEqual(sent, [15, 30, 45]);
  state.change(moment(46), "paused");
  assert.deepEqual(poll(state, 46, 60), []);
});
