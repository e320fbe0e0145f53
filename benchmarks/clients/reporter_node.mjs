/**
 * `make benchmark-reporter-node`: the throughput of an upload with the reporter for Node.js, beside the same without it.
 *
 * Uploads with and without alternate, and so do two uploads without: their ratio is noise. The server is another process,
 * which is also the target of the updates. The end of an upload includes the delivery of its last update.
 */

import {spawn} from "node:child_process";
import {once} from "node:events";
import {createReadStream} from "node:fs";
import {mkdtemp, open, rm} from "node:fs/promises";
import {request} from "node:http";
import {createRequire} from "node:module";
import {cpus, loadavg, tmpdir} from "node:os";
import {join} from "node:path";
import {pipeline} from "node:stream/promises";
import {UploadReporter} from "../../clients/node/src/index.js";

const ROUNDS = Number(process.argv[2] ?? 9);
const SIZE = 64 * 2 ** 20;
const SERVER = `
  require("node:http").createServer((request, response) => {
    const body = request.method === "POST" && request.url.includes("uploads")
      ? "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
      : request.method === "POST" ? "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>" : "";
    request.resume().on("end", () => response.writeHead(200, {etag: "1"}).end(body));
  }).listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

const require = createRequire(new URL("../../.venv-node/reporter/", import.meta.url));
const {S3} = require("@aws-sdk/client-s3");
const {Upload} = require("@aws-sdk/lib-storage");

const server = spawn(process.execPath, ["--eval", SERVER], {stdio: ["ignore", "pipe", "inherit"]});
const url = `http://127.0.0.1:${String((await once(server.stdout, "data"))[0]).trim()}`;
const folder = await mkdtemp(join(tmpdir(), "benchmark-"));
const path = join(folder, "film.mp4");
const file = await open(path, "w");
for (let written = 0; written < SIZE; written += 2 ** 20) await file.write(Buffer.alloc(2 ** 20, "film"));
await file.close();

const s3 = new S3({
  endpoint: url,
  region: "us-east-1",
  forcePathStyle: true,
  credentials: {accessKeyId: "local", secretAccessKey: "local"},
});
const plain = {wrap: (body) => body, track: (upload) => upload, run: (work) => work(plain)};
const headers = {"content-length": String(SIZE)};

const KINDS = {
  "http.request, a wrapped file": async (report) => {
    const sent = request(url, {method: "PUT", headers});
    const answered = once(sent, "response");
    await pipeline(report.wrap(createReadStream(path)), sent);
    (await answered)[0].resume();
  },
  "fetch, a wrapped file": async (report) => {
    await (
      await fetch(url, {method: "PUT", body: report.wrap(createReadStream(path)), duplex: "half", headers})
    ).text();
  },
  "lib-storage, tracked": (report) =>
    report.track(new Upload({client: s3, params: {Bucket: "films", Key: "film", Body: createReadStream(path)}})).done(),
};

/** Returns a reporter whose updates the server gets. */
const reporter = () =>
  new UploadReporter({
    userId: "alice",
    uploadId: "film",
    fileName: "film.mp4",
    bytesTotal: SIZE,
    target: (updates) => fetch(url, {method: "PUT", body: JSON.stringify(updates)}),
  });

/** Returns the seconds of one upload, from its first to its last call, and those of this process's CPU. */
async function seconds(send, report) {
  const [began, used] = [performance.now(), process.cpuUsage()];
  await report.run(() => send(report));
  const {user, system} = process.cpuUsage(used);
  return [(performance.now() - began) / 1000, (user + system) / 1e6];
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

/** Returns a row of the table: medians of both times, and of the ratios in pairs. */
async function row(name, send, make) {
  const pairs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [first, second] = round % 2 ? [make(), plain] : [plain, make()];
    const times = [await seconds(send, first), await seconds(send, second)];
    pairs.push(round % 2 ? times : times.reverse());
  }
  const times = [0, 1].map((column) => `${median(pairs.map((pair) => pair[column][0])).toFixed(2)} s`);
  const throughput = median(pairs.map(([one, other]) => other[0] / one[0]));
  const cpu = median(pairs.map(([one, other]) => one[1] / other[1]));
  return `| ${[name, ...times, throughput.toFixed(2), cpu.toFixed(2)].join(" | ")} |`;
}

try {
  console.log(
    `Node ${process.version}, ${cpus().length} CPUs, load ${loadavg()[0].toFixed(1)}; medians of ${ROUNDS} pairs of 64 MiB`,
  );
  console.log("| an upload | with | without | throughput (goal: 0.95) | CPU |\n|---|---|---|---|---|");
  for (const [name, send] of Object.entries(KINDS)) {
    await seconds(send, plain); // warm-up
    console.log(await row(`${name}: noise`, send, () => plain));
    console.log(await row(name, send, reporter));
  }
} finally {
  server.kill();
  await rm(folder, {recursive: true});
}
