/**
 * Uploads a file of 12 MiB to S3 with @aws-sdk/lib-storage, and reports it through the service named by the first argument.
 * The second is the user. The SDK is that of `make nodes`.
 */

import {createRequire} from "node:module";
import {Readable} from "node:stream";
import {EventBridgeTarget, LambdaTarget, SqsTarget, UploadReporter} from "../../src/index.js";

const require = createRequire(new URL("../../../../.venv-node/reporter/", import.meta.url));
const {EventBridge} = require("@aws-sdk/client-eventbridge");
const {InvokeCommand, LambdaClient} = require("@aws-sdk/client-lambda");
const {S3} = require("@aws-sdk/client-s3");
const {SQS} = require("@aws-sdk/client-sqs");
const {Upload} = require("@aws-sdk/lib-storage");

const SIZE = 12 * 2 ** 20;
const [service, userId] = process.argv.slice(2);

/** Returns the target: two services by their methods, Lambda by a command. */
async function targetOf() {
  if (service === "lambda") return new LambdaTarget("PushFunction", new LambdaClient(), InvokeCommand);
  if (service === "eventbridge") return new EventBridgeTarget({source: "films"}, new EventBridge());
  const sqs = new SQS();
  const {QueueUrl} = await sqs.getQueueUrl({QueueName: "local-ProgressQueue"});
  return new SqsTarget(QueueUrl, sqs);
}

function* pieces() {
  for (let sent = 0; sent < SIZE; sent += 2 ** 20) yield Buffer.alloc(2 ** 20);
}

const s3 = new S3({forcePathStyle: true});
await s3.createBucket({Bucket: "films"}).catch(() => {}); // it is there
const target = await targetOf();
const report = new UploadReporter({userId, uploadId: "film", fileName: "film.mp4", bytesTotal: SIZE, target});
const params = {Bucket: "films", Key: `${userId}.mp4`, Body: Readable.from(pieces(), {objectMode: false})};
const upload = new Upload({client: s3, params, queueSize: 1});
await report.run(async () => {
  await report.track(upload).done();
  await report.flush(); // the last part is seen before the end
});
