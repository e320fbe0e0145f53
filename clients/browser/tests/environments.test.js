/** The list where there is no browser: on a server, and in the DOMs of test runners. */

import assert from "node:assert/strict";
import {test} from "node:test";
import {Window} from "happy-dom";
import {JSDOM} from "jsdom";
import {upload} from "./gateway.js";
import {notInDeno} from "./world.js";

const LIST = "../upload-progress-list.js";
const GLOBALS = [
  "AbortController",
  "window",
  "document",
  "HTMLElement",
  "CustomEvent",
  "CSSStyleSheet",
  "customElements",
];

test("a server imports the list, which has no element there but the rules of one", async () => {
  const {UploadProgressList, describe, formatBytes} = await import(LIST);
  assert.equal(typeof UploadProgressList, "function");
  assert.equal(typeof describe, "function");
  assert.equal(formatBytes(5_000_000, "en"), "5\u00a0MB");
});

for (const [name, open] of [
  ["jsdom", () => new JSDOM("<!doctype html><body></body>").window],
  ["happy-dom", () => new Window()],
]) {
  test(
    `in ${name} the list shows its uploads, also those that were set before it was defined`,
    {skip: notInDeno("its globals stay")},
    async (t) => {
      const window = open();
      for (const global of GLOBALS) globalThis[global] = window[global];
      t.after(() => {
        for (const global of GLOBALS) delete globalThis[global];
        window.close();
      });
      const source = Object.assign(new EventTarget(), {
        uploads: [upload("film", {status: "processing", phase: "scanning"})],
        connection: {state: "live"},
      });
      const element = window.document.createElement("upload-progress-list");
      element.source = source;
      window.document.body.append(element);
      await import(`${LIST}?${name}`);
      if (!element.shadowRoot) window.document.body.append(element);
      const shown = window.customElements.get("upload-progress-list") && element.shadowRoot;
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.match(shown.querySelector("ul").textContent, /film\.bin.*scanning/);
      await import(`${LIST}?${name}-again`);
      element.remove();
    },
  );
}
