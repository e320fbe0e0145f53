/** The recipes of docs/report-from.md with the real clients: what users see of an upload that a busy server refuses once. */

import assert from "node:assert/strict";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {Readable, Writable} from "node:stream";
import {pipeline} from "node:stream/promises";
import {after, test} from "node:test";
import {setTimeout as sleep} from "node:timers/promises";
import {recorded} from "../recording.js";
import {RECIPES} from "./recipes.js";
import {load} from "./clients.js";
import {beside, serve} from "./servers.js";

const {default: axios} = await load("axios");
const {default: busboy} = await load("busboy");

const SIZE = 12 * 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), "recipes-"));
const path = join(folder, "film.mp4");
const empty = join(folder, "empty.txt");
writeFileSync(path, Buffer.alloc(SIZE, "film"));
writeFileSync(empty, "");
after(() => rmSync(folder, {recursive: true}));

const document = readFileSync(new URL("../../../../docs/report-from.md", import.meta.url), "utf8");

for (const [client, send] of Object.entries(RECIPES)) {
  test(`${client}: the bar never falls, stays below the end until the call returns, and completes once`, async () => {
    const {report, target} = recorded({bytesTotal: SIZE});
    await beside(client, (url) => report.run(() => send({url, path, size: SIZE, report})));
    await report.flush();
    assert.deepEqual([target.statuses[0], target.last.status], ["uploading", "completed"]);
    assert.equal(target.statuses.filter((status) => status === "completed").length, 1);
    const shown = target.updates.map(({bytesUploaded}) => bytesUploaded);
    assert.deepEqual(
      shown,
      shown.toSorted((one, other) => one - other),
    );
    assert.ok(shown.some((bytes) => bytes > 0 && bytes < SIZE));
    assert.ok(target.updates.slice(0, -1).every(({bytesUploaded}) => bytesUploaded < SIZE));
    assert.equal(target.last.bytesUploaded, SIZE);
  });

  test(`${client}: an empty file completes with 0 of 0 bytes`, async () => {
    const {report, target} = recorded({bytesTotal: 0});
    await beside(client, (url) => report.run(() => send({url, path: empty, size: 0, report})));
    assert.deepEqual([target.last.status, target.last.bytesUploaded, target.last.bytesTotal], ["completed", 0, 0]);
  });

  test(`${client}: has its recipe in the document`, () => assert.ok(document.includes(`### ${client}\n`)));
}

test("a count that runs ahead of the server says what it waits for, and never shows a whole file", async () => {
  const {report, target} = recorded({bytesTotal: SIZE});
  const late = (request, response) => request.resume().on("end", () => sleep(2700).then(() => response.end()));
  await serve(late, (url) =>
    report.run(() => axios.put(url, Buffer.alloc(SIZE), {onUploadProgress: ({loaded}) => report.progress(loaded)})),
  );
  const ahead = target.updates.filter(({bytesUploaded}) => bytesUploaded === SIZE - 1);
  assert.equal(ahead.at(-1).message, "Sent, waiting for the answer");
  assert.equal(target.last.status, "completed");
});

/** Sends a form to a server that reads it with busboy and reports each file; returns the target. */
async function receivedByBusboy(send) {
  const {report, target} = recorded({bytesTotal: null});
  let stored = Promise.resolve();
  const receive = (request, response) => {
    const form = busboy({headers: request.headers});
    form.on("file", (name, file) => {
      const sink = new Writable({write: (chunk, encoding, done) => setTimeout(done, 2)});
      const run = report.run(() => pipeline(report.wrap(file), sink));
      stored = run.catch(() => {}).finally(() => response.end());
    });
    form.on("error", () => {}); // the file's own error ends the run
    pipeline(request, form).catch(() => {});
  };
  await serve(receive, async (url) => {
    await send(url);
    await stored;
  });
  return target;
}

test("busboy: a server reports the file of a form while it stores it", async () => {
  const form = new FormData();
  form.set("file", new Blob([readFileSync(path)]), "film.mp4");
  const target = await receivedByBusboy((url) => fetch(url, {method: "POST", body: form}));
  assert.deepEqual([target.last.status, target.last.bytesUploaded], ["completed", SIZE]);
  assert.ok(document.includes("### busboy\n"));
});

test("busboy: a browser that goes away in the middle of a form is a failed upload", async () => {
  const boundary = "x";
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n\r\n`;
  const controller = new AbortController();
  async function* half() {
    yield head;
    yield Buffer.alloc(2 ** 20);
    await sleep(300);
    controller.abort();
  }
  const headers = {"content-type": `multipart/form-data; boundary=${boundary}`};
  const target = await receivedByBusboy(async (url) => {
    const options = {method: "POST", body: Readable.from(half()), duplex: "half", headers, signal: controller.signal};
    await assert.rejects(fetch(url, options));
    await sleep(200);
  });
  assert.equal(target.last.status, "failed");
});
