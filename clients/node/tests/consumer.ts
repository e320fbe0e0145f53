/** What a program in TypeScript may write, and what its compiler must not let through. */

import {createReadStream, type ReadStream} from "node:fs";
import type {Readable} from "node:stream";
import {
  EventBridgeTarget,
  LambdaTarget,
  NotSentError,
  SqsTarget,
  UploadReporter,
  flush,
} from "upload-progress-reporter";
import type {Options, Target, Update} from "upload-progress-reporter";

declare const lambda: {send(command: object, options?: {abortSignal?: AbortSignal}): Promise<object>};
declare class InvokeCommand {
  constructor(input: {FunctionName: string | undefined});
}

const target = new LambdaTarget("PushFunction", lambda, InvokeCommand);
const others: Target[] = [new SqsTarget("https://queue", lambda), new EventBridgeTarget({source: "uploads"}, lambda)];
const options: Options = {userId: "alice", uploadId: "u1", fileName: "film.mp4", target, counts: "parts"};
const report = new UploadReporter({...options, target: (updates: Update[]) => console.log(updates[0]?.bytesTotal)});
// @ts-expect-error a reporter needs a user
new UploadReporter({uploadId: "u1", fileName: "film.mp4", target});
// @ts-expect-error there is no such count
new UploadReporter({...options, counts: "files"});

const value: Promise<number> = report.run(async (it) => {
  it.progress(10, null);
  return 42;
});
const file: ReadStream = report.wrap(createReadStream("film.mp4"));
const bytes: Readable = report.wrap(Buffer.from("film"));
const web: ReadableStream<Uint8Array> = report.wrap(new Blob(["film"]));
const pieces: AsyncIterable<unknown> = report.wrap([new Uint8Array(1)]);
// @ts-expect-error text holds no bytes
report.wrap(42);
report.processing("scanning", {percent: 40, step: 1, steps: 2});
// @ts-expect-error a percent is a number
report.processing("scanning", {percent: "40"});
report.failed("QUOTA", "Too large.", {retryable: false});
const left: Promise<boolean> = flush(1000);
const error = new NotSentError([], "busy");
const disposable: AsyncDisposable = report;
console.log(value, file, bytes, web, pieces, left, error.updates, others, disposable);
