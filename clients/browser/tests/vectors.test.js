import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {predict} from "../src/prediction.js";
import {accepts} from "../src/rules.js";
import {backoff, rotationDelay} from "../src/timing.js";

const file = new URL("../../../tests/vectors/rules.json", import.meta.url);
const {acceptance, backoff: waits, prediction, rotation} = JSON.parse(readFileSync(file, "utf8"));

for (const {why, stored, update, verdict} of acceptance) {
  test(`an update is judged as the server judges it: ${why}`, () => {
    assert.equal(accepts(stored ?? undefined, update), verdict === "accepted");
  });
}

test("the back-off is that of the vectors", () => {
  for (const {failures, random, ms} of waits) assert.equal(backoff(failures, random), ms);
});

test("the delay of a successor is that of the vectors", () => {
  for (const {closesInMs, random, delayMs} of rotation) assert.equal(rotationDelay(closesInMs, random), delayMs);
});

for (const {why, welcome, messages, frames} of prediction) {
  test(`a bar is drawn as the vectors say: ${why}`, () => {
    let drawn;
    for (const {second, bytes, line, ...frame} of frames) {
      const {upload, second: newsAt} = messages.findLast((message) => message.second <= second) ?? messages[0];
      const news = {...upload, newsAt: newsAt * 1000};
      drawn = predict(news, drawn, welcome, second * 1000);
      assert.equal(drawn.bytesUploaded, bytes, `at ${second} s`);
      for (const [name, value] of Object.entries(frame)) assert.equal(drawn[name], value, `${name} at ${second} s`);
      if (line !== undefined) assert.equal(predict(news, undefined, welcome, second * 1000).bytesUploaded, line);
    }
  });
}
