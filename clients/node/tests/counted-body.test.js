import assert from "node:assert/strict";
import {once} from "node:events";
import {createReadStream, mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {request as httpRequest} from "node:http";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {PassThrough, Readable, Writable} from "node:stream";
import {pipeline} from "node:stream/promises";
import {after, test} from "node:test";
import {setTimeout as sleep} from "node:timers/promises";
import {createGunzip, gzipSync} from "node:zlib";
import {readAll, recorded, withServer} from "./recording.js";

const DATA = Buffer.alloc(3_000_000, "upload");
const folder = mkdtempSync(join(tmpdir(), "counted-"));
const path = join(folder, "film.mp4");
writeFileSync(path, DATA);
after(() => rmSync(folder, {recursive: true}));

/** Returns the bytes that a wrapped body yields. */
async function drain(body) {
  const chunks = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Returns the sum that a reporter has counted: what it would show, of an unknown size. */
async function counted(report, target) {
  await report.flush();
  return target.last.bytesUploaded;
}

const BODIES = {
  "a file": () => createReadStream(path),
  "a buffer": () => DATA,
  "bytes of another class": () => new Uint8Array(DATA),
  "an ArrayBuffer": () => new Uint8Array(DATA).buffer,
  "a view of a part": () => Buffer.concat([Buffer.alloc(10), DATA, Buffer.alloc(10)]).subarray(10, -10),
  "a Blob": () => new Blob([DATA]),
  "a web stream": () => new Blob([DATA]).stream(),
  "an asynchronous iterable": () => ({[Symbol.asyncIterator]: () => createReadStream(path)[Symbol.asyncIterator]()}),
  "an iterable": () => [DATA.subarray(0, 1000), DATA.subarray(1000)],
  "a transform": () => createReadStream(path).pipe(new PassThrough()),
  "a decompressed stream": () => Readable.from([gzipSync(DATA)]).pipe(createGunzip()),
  "a stream of text": () => createReadStream(path, "latin1"),
};

for (const [kind, body] of Object.entries(BODIES)) {
  test(`${kind} yields its bytes and is counted once`, async () => {
    const {report, target} = recorded({bytesTotal: null});
    assert.ok((await drain(report.wrap(body()))).equals(DATA));
    assert.equal(await counted(report, target), DATA.length);
  });
}

test("a Node stream is returned itself, so that clients find its path and length", async () => {
  const {report} = recorded();
  const stream = createReadStream(path);
  assert.equal(report.wrap(stream), stream);
  assert.equal(stream.path, path);
  await drain(stream);
});

test("bytes that a stream holds before it is wrapped count", async () => {
  const {report, target} = recorded({bytesTotal: null});
  const stream = new PassThrough();
  stream.write(DATA.subarray(0, 5000));
  stream.end(DATA.subarray(5000, 6000));
  await drain(report.wrap(stream));
  assert.equal(await counted(report, target), 6000);
});

for (const [kind, wrapped] of Object.entries({
  "a Node stream": (report) => report.wrap(Readable.from(slices(), {objectMode: false})),
  "a web stream": (report) => report.wrap(ReadableStream.from(slices())),
  "an iterable": (report) => report.wrap(slices()),
  "a buffer": (report) => report.wrap(DATA),
})) {
  test(`${kind} keeps its back-pressure: a reader that stops is never counted far ahead`, async () => {
    const {report, target} = recorded({bytesTotal: null});
    let read = 0;
    const stopped = new Writable({
      highWaterMark: 65_536,
      write(chunk, encoding, done) {
        read += chunk.length;
        if (read < 500_000) done();
      },
    });
    const ended = pipeline(wrapped(report), stopped).catch(() => {});
    await sleep(100);
    const sum = await counted(report, target);
    assert.ok(sum >= 500_000 && sum < 500_000 + 6 * 65_536, String(sum));
    stopped.destroy();
    await ended;
  });
}

function* slices() {
  for (let start = 0; start < DATA.length; start += 10_000) yield DATA.subarray(start, start + 10_000);
}

test("an error of a stream and its early end reach the client unchanged", async () => {
  const {report} = recorded();
  const error = new Error("the disk is gone");
  const failing = report.wrap(
    new Readable({
      read() {
        this.destroy(error);
      },
    }),
  );
  await assert.rejects(drain(failing), (thrown) => thrown === error);
  await new Promise((canceled) => {
    const web = report.wrap(new ReadableStream({pull: (it) => it.enqueue(DATA), cancel: canceled}));
    web.cancel();
  });
});

test("a form and text are returned unchanged", () => {
  const {report} = recorded();
  for (const body of [new FormData(), new URLSearchParams("a=b"), "text", undefined]) {
    assert.equal(report.wrap(body), body);
  }
});

test("http.request sends a wrapped file with its length", async () => {
  await withServer(async (url, received) => {
    const {report, target} = recorded({bytesTotal: DATA.length});
    await report.run(async () => {
      const request = httpRequest(url, {method: "PUT", headers: {"content-length": DATA.length}});
      const answered = once(request, "response"); // the answer may come before the pipeline has ended
      await pipeline(report.wrap(createReadStream(path)), request);
      const [response] = await answered;
      response.resume();
      await once(response, "end");
    });
    assert.deepEqual([received[0].bytes, received[0].headers["content-length"]], [DATA.length, `${DATA.length}`]);
    assert.equal(target.last.status, "completed");
  }, readAll);
});

for (const [kind, body] of Object.entries({
  "a file": () => createReadStream(path),
  "a buffer": () => DATA,
  "a Blob": () => new Blob([DATA]),
})) {
  test(`fetch sends ${kind} wrapped, with its length`, async () => {
    await withServer(async (url, received) => {
      const {report, target} = recorded({bytesTotal: DATA.length});
      await report.run(() =>
        fetch(url, {
          method: "PUT",
          body: report.wrap(body()),
          duplex: "half",
          headers: {"content-length": `${DATA.length}`},
        }),
      );
      assert.deepEqual([received[0].bytes, received[0].headers["content-length"]], [DATA.length, `${DATA.length}`]);
      assert.deepEqual([target.last.status, target.last.bytesUploaded], ["completed", DATA.length]);
    }, readAll);
  });
}

test("a server counts a request that it receives", async () => {
  const {report, target} = recorded({bytesTotal: null, flushOnEndMs: 0});
  await withServer(
    (url) => fetch(url, {method: "PUT", body: DATA}),
    (request, response, entry) => report.run(() => readAll(report.wrap(request), response, entry)),
  );
  await report.flush();
  assert.deepEqual([target.last.status, target.last.bytesUploaded], ["completed", DATA.length]);
});
