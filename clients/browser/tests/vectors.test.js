import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";
import {accepts} from "../src/rules.js";
import {backoff, rotationDelay} from "../src/timing.js";

const file = new URL("../../../tests/vectors/rules.json", import.meta.url);
const {acceptance, backoff: waits, rotation} = JSON.parse(readFileSync(file, "utf8"));

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
