#!/usr/bin/env bash
# aws-lambda-ric 4.0.2 on Node 24.21.0: `process.exit()` in a timer that fires after the answer does not end the process
# while the client waits for the next event. The next event is then handed out to a process that is ending: nothing is
# posted for it, and its handler never runs. The cause is inferred: the native part waits in a thread of Node, and Node waits
# for its threads before it ends.
# Compiles the client, so it needs g++, make, cmake, autoconf, automake, libtool and xz; it takes some minutes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0
export PATH="$folder/node_modules/.bin:$PATH"
npm install --silent --no-audit --no-fund --prefix "$folder" aws-lambda-ric@4.0.2
echo 'exports.handler = async () => { setTimeout(() => process.exit(9), 300); return "answer"; };' > index.js
cat > runtime-api.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const waiting = [];
const posts = [];
const server = createServer((request, response) => {
  if (request.method === "GET") return void waiting.push(response);
  posts.push(request.url.split("/").slice(-2).join(" "));
  request.resume().on("end", () => response.writeHead(202).end());
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const until = async (condition) => { while (!condition()) await sleep(20); };
const hand = async (id) => {
  await until(() => waiting.length > 0);
  waiting.shift().writeHead(200, {
    "Content-Type": "application/json", "Content-Length": "2",
    "Lambda-Runtime-Aws-Request-Id": id, "Lambda-Runtime-Deadline-Ms": String(Date.now() + 30000),
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
  }).end("{}");
};
const variables = {
  AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${server.address().port}`, _HANDLER: "index.handler",
  LAMBDA_TASK_ROOT: process.cwd(), AWS_LAMBDA_FUNCTION_NAME: "f", AWS_LAMBDA_FUNCTION_VERSION: "1",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128", AWS_LAMBDA_LOG_GROUP_NAME: "g", AWS_LAMBDA_LOG_STREAM_NAME: "s",
};
const client = spawn(process.execPath, ["node_modules/aws-lambda-ric/index.mjs"], {
  env: { PATH: process.env.PATH, ...variables }, stdio: ["ignore", "ignore", "inherit"],
});
const ended = new Promise((end) => client.on("exit", end));
await hand("first");
await until(() => posts.length > 0 && waiting.length > 0);
const first = await Promise.race([ended, sleep(5000, "still running")]);
console.log("4.7 s after process.exit(9):", first);
let second = "no second event";
if (first === "still running") {
  await hand("second");
  second = await ended;
  console.log("after the second event: exit status", second, "and posts", posts);
}
server.closeAllConnections();
server.close();
if (first !== "still running" || second !== 9 || posts.join() !== "first response") {
  console.error("This behaviour has changed.");
  process.exitCode = 1;
}
JS
echo "aws-lambda-ric $(npm pkg get version --prefix node_modules/aws-lambda-ric), Node $(node --version)"
timeout 60 node runtime-api.mjs
