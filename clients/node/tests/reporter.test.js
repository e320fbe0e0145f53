import assert from "node:assert/strict";
import {getEventListeners} from "node:events";
import {setTimeout as sleep} from "node:timers/promises";
import {test} from "node:test";
import {UploadReporter} from "../src/index.js";
import {RecordingTarget, recorded} from "./recording.js";

const warnings = [];
process.on("warning", (warning) => warnings.push(warning));

test("a run reports its beginning and its end, delivers both, and returns the value", async () => {
  const {report, target} = recorded();
  const value = await report.run(async (it) => {
    assert.equal(it, report);
    await sleep(20);
    return 42;
  });
  assert.equal(value, 42);
  assert.deepEqual(target.statuses, ["uploading", "completed"]);
  assert.deepEqual([target.last.bytesUploaded, target.last.bytesTotal], [1000, 1000]);
  assert.deepEqual([...new Set(target.updates.map(({runId}) => runId.length))], [16]);
});

test("a run passes an error on unchanged and reports its name, never its text", async () => {
  const {report, target} = recorded();
  const error = Object.assign(new Error("https://bucket/key?X-Amz-Signature=secret"), {name: "NoSuchBucket"});
  await assert.rejects(
    report.run(() => Promise.reject(error)),
    (thrown) => thrown === error,
  );
  assert.deepEqual(target.last.error, {code: "NoSuchBucket", message: "The upload failed."});
  assert.ok(!JSON.stringify(target.updates).includes("secret"));
});

test("an error without a name of its own is reported by its code, and errorMessage chooses the text", async () => {
  const {report, target} = recorded({errorMessage: () => "The disk is full."});
  await assert.rejects(report.run(() => Promise.reject(Object.assign(new Error("x"), {code: "ENOSPC"}))));
  assert.deepEqual(target.last.error, {code: "ENOSPC", message: "The disk is full."});
  const raising = recorded({errorMessage: () => assert.fail("a fault")});
  await assert.rejects(
    raising.report.run(() => {
      throw null; // eslint-disable-line no-throw-literal
    }),
  );
  assert.deepEqual(raising.target.last.error, {code: "Error", message: "The upload failed."});
});

for (const [kind, error] of Object.entries({
  "fetch, Node and AWS's SDK": new DOMException("x", "AbortError"),
  axios: Object.assign(new Error("x"), {name: "CanceledError", code: "ERR_CANCELED"}),
  got: Object.assign(new Error("x"), {name: "CancelError"}),
  superagent: Object.assign(new Error("x"), {code: "ABORTED"}),
  several: new AggregateError([new DOMException("x", "AbortError")]),
})) {
  test(`an abort of ${kind} is canceled`, async () => {
    const {report, target} = recorded();
    await assert.rejects(report.run(() => Promise.reject(error)));
    assert.deepEqual(target.statuses, ["uploading", "canceled"]);
  });
}

for (const [kind, error] of Object.entries({
  "a time-out": new DOMException("x", "TimeoutError"),
  "an abort and a failure": new AggregateError([new DOMException("x", "AbortError"), new Error("x")]),
  "no error at all": new AggregateError([]),
  text: "AbortError",
})) {
  test(`${kind} has failed`, async () => {
    const {report, target} = recorded();
    await assert.rejects(report.run(() => Promise.reject(error)));
    assert.deepEqual(target.statuses, ["uploading", "failed"]);
  });
}

test("a signal cancels outside of a run, and within one the call's own end counts", async () => {
  const outside = new AbortController();
  const canceled = recorded({signal: outside.signal});
  canceled.report.uploading();
  outside.abort();
  await canceled.report.flush();
  assert.deepEqual(canceled.target.statuses.at(-1), "canceled");

  const within = new AbortController();
  const completed = recorded({signal: within.signal});
  await completed.report.run(() => within.abort());
  assert.equal(completed.target.last.status, "completed");

  const failing = recorded({signal: within.signal});
  await assert.rejects(failing.report.retry() ?? failing.report.run(() => Promise.reject(new Error("socket"))));
  assert.equal(failing.target.last.status, "canceled");
});

test("a run whose signal was aborted before it rejects with the signal's reason, as fetch does", async () => {
  const {report, target} = recorded({signal: AbortSignal.abort()});
  await assert.rejects(
    report.run(() => assert.fail("the work began")),
    {name: "AbortError"},
  );
  await report.flush();
  assert.deepEqual(target.statuses, ["canceled"]);
});

test("an upload listens to its signal until it has ended or is closed, and again in its next attempt", async () => {
  const controller = new AbortController();
  const listening = () => getEventListeners(controller.signal, "abort").length;
  const {report, target} = recorded({signal: controller.signal});
  assert.equal(listening(), 1);
  await report.run(() => {});
  assert.equal(listening(), 0);
  report.retry();
  assert.equal(listening(), 1);
  controller.abort();
  await report.flush();
  assert.deepEqual([target.last.status, listening()], ["canceled", 0]);

  const other = new AbortController();
  await recorded({signal: other.signal}).report.close();
  assert.equal(getEventListeners(other.signal, "abort").length, 0);
});

test("a signal of a time-out means failed, whatever the client makes of it", async () => {
  const {report, target} = recorded({signal: AbortSignal.timeout(1)});
  await assert.rejects(report.run(() => sleep(30).then(() => Promise.reject(new DOMException("x", "AbortError")))));
  assert.equal(target.last.status, "failed");
});

test("an error after which the queue runs the job again reports queued, and the next run goes on", async () => {
  const {report, target} = recorded({attempt: 1, retryOn: ({name}) => name === "ThrottledError"});
  const error = Object.assign(new Error("x"), {name: "ThrottledError"});
  await assert.rejects(report.run(() => Promise.reject(error)));
  report.progress(1); // by a part that has not heard of it
  await report.flush();
  assert.deepEqual(target.statuses, ["uploading", "queued"]);
  await report.run(() => {});
  assert.deepEqual(target.statuses, ["uploading", "queued", "uploading", "completed"]);
  assert.deepEqual([...new Set(target.updates.map(({attempt}) => attempt))], [1]);
});

test("a run on a reporter that has ended rejects before its work begins, and retry begins the next attempt", async () => {
  const {report, target} = recorded({attempt: 2});
  await report.run(() => {});
  await assert.rejects(
    report.run(() => assert.fail("the work began")),
    /ended as completed/,
  );
  report.retry();
  await report.run(() => {});
  assert.deepEqual(target.statuses, ["uploading", "completed", "uploading", "completed"]);
  assert.deepEqual([target.last.attempt, report.attempt], [3, 3]);
});

test("onSuccess processing leaves the end to a later step", async () => {
  const {report, target} = recorded({onSuccess: "processing"});
  await report.run(() => {});
  assert.deepEqual(target.statuses, ["uploading", "processing"]);
  assert.equal(target.last.bytesUploaded, 0);
});

test("phases, percents, results and errors of the program are sent", async () => {
  const {report, target} = recorded();
  report.queued({message: "Waiting"});
  report.uploading();
  report.paused();
  report.processing("scanning", {percent: 40});
  report.completed({url: "https://example.com/film"}, {message: "Done"});
  await report.flush();
  assert.deepEqual(target.statuses, ["queued", "uploading", "paused", "processing", "completed"]);
  assert.deepEqual(target.last.result, {url: "https://example.com/film"});
  assert.equal(target.last.message, "Done");
  const failed = recorded();
  failed.report.failed("QUOTA", "Too large.", {retryable: false});
  await failed.report.flush();
  assert.deepEqual(failed.target.last.error, {code: "QUOTA", message: "Too large.", retryable: false});
});

test("the percent of a phase is sent without a further status", async () => {
  const {report, target} = recorded({minIntervalMs: 100});
  report.processing("scanning", {percent: 1});
  await report.flush();
  report.processing("scanning", {percent: 50});
  await report.flush();
  assert.deepEqual(
    target.updates.map(({phasePercent}) => phasePercent),
    [1, 50],
  );
});

test("the percent of a phase is sent while nothing else is", async () => {
  const {report, target} = recorded({minIntervalMs: 100});
  report.processing("scanning");
  await report.flush();
  for (const percent of [40, 80]) {
    for (let tries = 0; target.last.phasePercent !== percent; tries += 1) {
      assert.ok(tries < 500, "the percent was not sent");
      report.processing("scanning", {percent});
      await sleep(10);
    }
  }
});

test("the first byte begins an upload, and a sum or a difference count alike", async () => {
  const {report, target} = recorded();
  report.add(100);
  report.progress(400n);
  report.progress(600, "*");
  report.add(-100);
  await report.flush();
  assert.deepEqual([target.statuses[0], target.last.bytesUploaded, target.last.bytesTotal], ["uploading", 500, 1000]);
});

test("whatever is passed, no method throws, and one warning of each kind is emitted", async () => {
  const {report, target} = recorded();
  for (const wrong of [NaN, undefined, "many", {}, Symbol("x"), null]) {
    report.add(wrong);
    report.progress(wrong, wrong);
    report.wrap(wrong);
  }
  report.processing(Symbol("x"), {steps: -1});
  report.processing("scanning", {steps: 1.5});
  report.retry("first");
  report.completed("text");
  report.failed(Symbol("x"), Object.create(null));
  report.queued({message: {toString: () => assert.fail("a fault")}});
  report.track(null);
  for (const method of ["queued", "uploading", "paused", "canceled"]) recorded().report[method](null);
  recorded().report.processing("scanning", null);
  recorded().report.completed({}, null);
  recorded().report.failed("NoSpace", null, null);
  report.endedBy(undefined);
  await report.flush();
  await sleep(0);
  assert.equal(target.last.status, "completed");
  const kinds = warnings.map(({code}) => code);
  assert.deepEqual([...new Set(kinds)], kinds);
  assert.ok(kinds.includes("UPLOAD_PROGRESS_COUNT") && kinds.includes("UPLOAD_PROGRESS_NOT_COUNTED"));
});

test("no count is too high for push", async () => {
  for (const count of [2 ** 53, 1e300, 10n ** 400n, Number.MAX_SAFE_INTEGER]) {
    const {report, target} = recorded({bytesTotal: null});
    report.add(count);
    report.add(count);
    report.completed();
    await report.flush();
    assert.equal(target.last.status, "completed");
    assert.ok(target.last.bytesUploaded <= Number.MAX_SAFE_INTEGER);
  }
});

test("a wrong number or text does not take the status with it", async () => {
  const {report, target} = recorded();
  report.failed("Timeout", Object.create(null));
  report.retry(0);
  report.processing("scanning", {step: 0, steps: -1, stalledAfterMs: 1e300, message: null});
  report.completed({path: "caf\udce9", "\\ud800": "\\ud800"}, {message: Object.create(null)});
  await report.flush();
  assert.deepEqual(target.statuses, ["failed", "uploading", "processing", "completed"]);
  assert.deepEqual(
    target.updates.map(({message}) => message),
    [undefined, undefined, undefined, "object"],
  );
  assert.deepEqual(target.last.result, {path: "caf\ufffd", "\\ud800": "\\ud800"});
});

test("a target that rejects, throws or is slow never reaches the upload", async () => {
  for (const answer of [
    () => Promise.reject(new Error("down")),
    () => assert.fail("down"),
    () => sleep(10_000, 0, {ref: false}),
  ]) {
    const {report} = recorded({flushOnEndMs: 50}, new RecordingTarget(answer));
    assert.equal(await report.run(() => "stored"), "stored");
    assert.equal(await report.close(10), false);
  }
});

test("wrong options are refused before the upload starts, by name", () => {
  const good = {userId: "alice", uploadId: "u1", fileName: "film.mp4", target: () => {}};
  for (const [name, value] of Object.entries({
    userId: "..",
    uploadId: "a\nb",
    bytesTotal: -1,
    attempt: 0,
    counts: "files",
    onSuccess: "failed",
    minIntervalMs: 10,
    signOfLifeMs: NaN,
    flushOnEndMs: -1,
    target: {},
  })) {
    assert.throws(() => new UploadReporter({...good, [name]: value}), {name: "TypeError", message: new RegExp(name)});
  }
  assert.ok(new UploadReporter({...good, fileName: "x".repeat(5000), bytesTotal: null}));
});

test("a block that ends without an end has failed; one that was ended or handed over stays", async () => {
  const left = recorded();
  left.report.uploading();
  await left.report[Symbol.asyncDispose]();
  assert.deepEqual([left.target.last.status, left.target.last.error.code], ["failed", "NotCompleted"]);
  for (const status of ["completed", "processing", "queued"]) {
    const {report, target} = recorded();
    report[status]();
    await report[Symbol.asyncDispose]();
    assert.deepEqual(target.statuses, [status]);
  }
});

test("close delivers, and what follows is not reported", async () => {
  const {report, target} = recorded();
  report.uploading();
  assert.equal(await report.close(), true);
  report.add(10);
  report.completed();
  await report.flush();
  assert.deepEqual(target.statuses, ["uploading"]);
});

test("uploads of one target share its batches", async () => {
  const target = new RecordingTarget();
  const reports = ["a", "b", "c"].map((uploadId) => recorded({uploadId}, target).report);
  for (const report of reports) report.uploading();
  await reports[0].flush();
  assert.deepEqual([target.batches, target.updates.length], [1, 3]);
});

test("text is cut and cleaned so that it fits into a frame", async () => {
  const {report, target} = recorded({fileName: `${"ü".repeat(2000)}`});
  report.uploading({message: "\ud800".repeat(501)});
  await report.flush();
  assert.equal(target.last.fileName.length, 1024);
  assert.ok(target.last.message.isWellFormed?.() ?? true);
  assert.equal(target.last.message.length, 500);
});
