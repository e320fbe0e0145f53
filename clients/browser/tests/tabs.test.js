/** Which tab the worker asks for a token. */

import assert from "node:assert/strict";
import {test} from "node:test";
import {Tabs} from "../src/worker/tabs.js";

const why = {reason: "connect"};

/** A tab that notes what it is asked. */
function tab(tabs, visible = true) {
  const asked = [];
  let leave;
  const left = new Promise((resolve) => (leave = resolve));
  tabs.add({port: {postMessage: (message) => asked.push(message)}, visible, left});
  return {asked, leave};
}

/** Time stands still until `tick`. Deno's node:test leaves that to the next test, unless it is reset. */
function mockTimeouts(t) {
  t.mock.timers.enable({apis: ["setTimeout"]});
  t.after(() => t.mock.timers.reset());
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a silent tab is asked first only: the next one is asked after 5 s, and the first answer counts", async (t) => {
  mockTimeouts(t);
  const tabs = new Tabs();
  const [hidden, frozen, visible] = [tab(tabs, false), tab(tabs), tab(tabs)];
  const token = tabs.requestToken(why);
  assert.deepEqual(
    [hidden, frozen, visible].map(({asked}) => asked.length),
    [0, 0, 1],
  );
  t.mock.timers.tick(5_000);
  await turn();
  assert.deepEqual(
    [hidden, frozen, visible].map(({asked}) => asked.length),
    [0, 1, 1],
  );
  t.mock.timers.tick(5_000);
  await turn();
  assert.deepEqual(hidden.asked, [{ask: 1, detail: why}]);
  tabs.answer(1, "late");
  tabs.answer(1, "later");
  assert.equal(await token, "late");
});

test("the only tab may take its time, and one that comes later is asked, too", async (t) => {
  mockTimeouts(t);
  const tabs = new Tabs();
  tab(tabs);
  const token = tabs.requestToken(why);
  const late = tab(tabs);
  t.mock.timers.tick(5_000);
  await turn();
  assert.equal(late.asked.length, 1);
  t.mock.timers.tick(10_000);
  await turn();
  tabs.answer(1, "slow");
  assert.equal(await token, "slow");
});

test("a tab that has gone is asked no more, and its error is that of the request", async (t) => {
  mockTimeouts(t);
  const tabs = new Tabs();
  const [first, second] = [tab(tabs), tab(tabs)];
  const token = tabs.requestToken(why);
  second.leave();
  await turn();
  assert.equal(first.asked.length, 1);
  tabs.answer(1, undefined, new Error("502"));
  await assert.rejects(token, /502/);
  assert.equal(tabs.isEmpty, false);
  first.leave();
  await turn();
  assert.equal(tabs.isEmpty, true);
});

test("no token and nothing at all are different answers", async (t) => {
  mockTimeouts(t);
  const tabs = new Tabs();
  tab(tabs);
  const [signedOut, nothing] = [tabs.requestToken(why), tabs.requestToken(why)];
  tabs.answer(1, null);
  tabs.answer(2, undefined);
  assert.deepEqual(await Promise.all([signedOut, nothing]), [null, ""]);
});
