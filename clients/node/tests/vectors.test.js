/** The rules that the reporter shares with other languages, on their vectors. */

import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {accepts} from "../../browser/src/rules.js";
import {userId, uploadId} from "../src/bounds.js";
import {ProgressLine, intervalSeconds} from "../src/prediction.js";
import {moment, seeded, upload} from "./simulation.js";

const file = new URL("../../../tests/vectors/rules.json", import.meta.url);
const {prediction, reports, userIds, uploadIds} = JSON.parse(readFileSync(file, "utf8"));
const LIMITS = "10,5,10,120"; // the line of the reporter is that of the default limits

for (const {why, welcome, messages, frames} of prediction.filter((one) => `${Object.values(one.welcome)}` === LIMITS)) {
  test(`the line is that of the vectors once no bar is ahead of it: ${why}`, () => {
    for (const frame of frames) {
      const news = messages.filter(({second}) => second <= frame.second);
      if (!news.length) news.push(messages[0]);
      const {second, upload: last} = news.at(-1);
      const highest = Math.max(...news.map((one) => one.upload.bytesUploaded));
      const line = lineOf(last).bytesAfter(frame.second - second);
      if ("line" in frame) assert.equal(line, frame.line);
      else if (news.length === 1 && last.bytesUploaded === highest) assert.equal(Math.trunc(line), frame.bytes);
      assert.ok(line <= frame.bytes + 1 || last.bytesUploaded < highest);
    }
    assert.ok(welcome);
  });
}

/** Returns the line of a message, which is flat in other states than `uploading`, and if it is unpredictable. */
function lineOf({status, bytesPerSecond, unpredictable, bytesUploaded, bytesTotal, startedAt, updatedAt}) {
  const speed = status === "uploading" && !unpredictable ? Math.max(0, bytesPerSecond ?? 0) : 0;
  const age = (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000;
  return new ProgressLine(bytesUploaded, bytesTotal, speed, intervalSeconds(age));
}

const REPORTED = ["bytesUploaded", "bytesPerSecond", "etaSeconds", "unpredictable", "message"];

for (const {why, bytesTotal, steps, untilMs, updates: expected} of reports) {
  test(`the updates are those of the vectors: ${why}`, () => {
    const state = upload({bytesTotal, attempt: 1});
    const updates = [];
    const counts = steps.flatMap(({firstMs, everyMs, count, bytes}) =>
      Array.from({length: count}, (_, index) => ({ms: firstMs + index * everyMs, bytes})),
    );
    state.change(moment(0), "uploading");
    for (let ms = 100; ms <= untilMs; ms += 100) {
      for (const one of counts) if (one.ms > ms - 100 && one.ms <= ms) state.count += one.bytes;
      const update = state.progress(moment(ms / 1000));
      const known = REPORTED.filter((name) => update && name in update);
      if (update) updates.push({ms, ...Object.fromEntries(known.map((name) => [name, update[name]]))});
    }
    assert.deepEqual(updates, expected);
  });
}

for (const [rule, cases] of [
  [userId, userIds],
  [uploadId, uploadIds],
]) {
  test(`the ${rule.name} is judged as in the vectors`, () => {
    assert.ok(cases.length > 15);
    for (const {id, times = 1, valid} of cases) {
      if (valid) assert.equal(rule(id.repeat(times)), id.repeat(times));
      else assert.throws(() => rule(id.repeat(times)), {name: "TypeError", message: new RegExp(rule.name)});
    }
  });
}

test("each update is accepted after the one before it, whatever is called and however the clock is set", () => {
  const random = seeded(7);
  const statuses = ["queued", "uploading", "paused", "processing", "completed", "failed", "canceled"];
  for (let run = 0; run < 300; run += 1) {
    const state = upload({attempt: 1});
    let stored;
    for (let step = 0; step < 30; step += 1) {
      const at = {epochMs: moment(0).epochMs + Math.round(random() * 5000), seconds: step / 5};
      const call = Math.floor(random() * 12);
      state.count += Math.round((random() - 0.2) * 200);
      let update;
      if (call < statuses.length - 3 * (random() < 0.8)) update = state.change(at, statuses[call]);
      else if (call === 8) update = state.retry(at);
      else update = state.progress(at, {force: random() < 0.5});
      if (!update) continue;
      assert.ok(accepts(stored, update), JSON.stringify({stored, update}));
      stored = update;
    }
  }
});
