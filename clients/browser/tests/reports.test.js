import assert from "node:assert/strict";
import {test} from "node:test";
import {UploadReporter} from "../upload-progress-report.js";
import {SharedUploadProgress} from "../upload-progress-shared.js";
import {World, settle} from "./world.js";

const uploading = (bytesUploaded, more = {}) => ({
  uploadId: "u1",
  status: "uploading",
  bytesUploaded,
  bytesTotal: 100,
  ...more,
});
const reports = (peer) => peer.said.filter(({action}) => action === "report");
const bytes = (peer) => reports(peer).map(({upload}) => upload.bytesUploaded);

async function begin(t) {
  const world = await World.begin(t);
  const reporter = new UploadReporter(world.progress);
  return {world, reporter, peer: await world.live()};
}

test("the first state is sent at once, later ones wait, and an end does not", async (t) => {
  const {reporter, peer} = await begin(t);
  for (const count of [1, 2, 3]) reporter.report(uploading(count));
  reporter.report({uploadId: "u1", status: "completed"});
  await settle();
  assert.deepEqual(
    reports(peer).map(({upload}) => upload.status),
    ["uploading", "completed"],
  );
  const [first, last] = reports(peer).map(({upload}) => upload.rev);
  assert.ok(last > first);
});

test("of states that wait only the last is sent", async (t) => {
  const {reporter, peer} = await begin(t);
  for (const count of [1, 2, 3]) reporter.report(uploading(count));
  while (reports(peer).length < 2) await settle();
  assert.deepEqual(bytes(peer), [1, 3]);
});

test("a state is not sent again while the bar stands", async (t) => {
  const {reporter, peer} = await begin(t);
  reporter.report({...uploading(10_000), bytesTotal: 1e9});
  reporter.report({...uploading(10_001), bytesTotal: 1e9});
  reporter.report({uploadId: "u2", status: "queued"});
  while (reports(peer).length < 2) await settle();
  assert.deepEqual(
    reports(peer).map(({upload}) => upload.uploadId),
    ["u1", "u2"],
  );
});

test("the last state is sent again after a reconnection, with its rev", async (t) => {
  const {world, reporter, peer} = await begin(t);
  reporter.report(uploading(1));
  await peer.heard("report");
  peer.tcp.destroy();
  await world.fail(1);
  const again = await world.live();
  assert.deepEqual((await again.heard("report")).upload, reports(peer)[0].upload);
});

test("an end without a connection is sent once there is one", async (t) => {
  const {world, reporter, peer} = await begin(t);
  peer.tcp.destroy();
  const failed = await world.failed();
  reporter.report({uploadId: "u1", status: "failed"});
  world.clock.pass(failed.retryInMs);
  const again = await world.live();
  assert.equal((await again.heard("report")).upload.status, "failed");
});

test("a report that failed for now is repeated, and one that was refused is not", async (t) => {
  const {reporter, peer} = await begin(t);
  reporter.report(uploading(1));
  const {id} = await peer.heard("report");
  peer.send({type: "error", id, code: 4500, name: "internal", message: "", temporary: true, retryAfterMs: 1});
  while (reports(peer).length < 2) await settle();
  assert.deepEqual(bytes(peer), [1, 1]);
  peer.send({type: "error", id: reports(peer)[1].id, code: 4428, name: "upload_limit", message: "", temporary: false});
  await settle();
  assert.equal(reports(peer).length, 2);
});

test("until the upload has ended its last byte is not reported", async (t) => {
  const {reporter, peer} = await begin(t);
  reporter.report(uploading(100));
  reporter.report(uploading(100, {uploadId: "form", bytesTotal: 90}));
  reporter.report({...uploading(100), status: "completed"});
  while (reports(peer).length < 3) await settle();
  assert.deepEqual(
    reports(peer).map(({upload: {uploadId, bytesUploaded, message}}) => [uploadId, bytesUploaded, message]),
    [
      ["u1", 99, "Sent, waiting for the answer"],
      ["u1", 100, undefined],
      ["form", 89, "Sent, waiting for the answer"],
    ],
  );
});

test("a shared client sends nothing, and a reporter refuses it", () => {
  const options = {url: "ws://127.0.0.1:1", user: "u", getToken: () => "t", autoConnect: false};
  const shared = new SharedUploadProgress(options);
  assert.throws(() => new UploadReporter(shared), {name: "TypeError", message: /not a SharedUploadProgress/});
  assert.throws(() => shared.send({action: "ping"}), TypeError);
});

test("sizes are sent as the server takes them", async (t) => {
  const {reporter, peer} = await begin(t);
  const given = [
    ["completed", 120, 100],
    ["failed", 120, 100],
    ["completed", 30, 0],
    ["completed", 0, 0],
    ["completed", 0, null],
    ["failed", 1.5, 9.5],
    ["failed", NaN, "*"],
    ["canceled", undefined, undefined],
  ];
  given.forEach(([status, bytesUploaded, bytesTotal], index) =>
    reporter.report({uploadId: `u${index}`, status, bytesUploaded, bytesTotal}),
  );
  while (reports(peer).length < given.length) await settle();
  assert.deepEqual(
    reports(peer).map(({upload}) => [upload.bytesUploaded, upload.bytesTotal]),
    [
      [100, 100],
      [100, 100],
      [30, null],
      [0, 0],
      [0, null],
      [1, 9],
      [undefined, null],
      [undefined, undefined],
    ],
  );
});
