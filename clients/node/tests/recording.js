/** Targets and servers that record what they get. */

import {once} from "node:events";
import {createServer} from "node:http";
import {UploadReporter} from "../src/index.js";

/** A target that keeps all updates; `answer` may reject. */
export class RecordingTarget {
  updates = [];
  batches = 0;

  constructor(answer = async () => {}) {
    this.answer = answer;
  }

  async send(updates) {
    this.batches += 1;
    await this.answer(updates);
    this.updates.push(...updates);
  }

  get statuses() {
    return this.updates.map(({status}) => status);
  }

  get last() {
    return this.updates.at(-1);
  }
}

/** Returns a reporter of alice, and its target. */
export function recorded(options = {}, target = new RecordingTarget()) {
  const given = {userId: "alice", uploadId: "u1", fileName: "film.mp4", bytesTotal: 1000, target, ...options};
  return {report: new UploadReporter(given), target};
}

/** Runs `work(url, received)` beside a server; `received` has one entry of {bytes, headers} per request. */
export async function withServer(work, answer = (request, response) => response.end()) {
  const received = [];
  const server = createServer(async (request, response) => {
    const entry = {bytes: 0, method: request.method, url: request.url, headers: request.headers};
    received.push(entry);
    await answer(request, response, entry);
    if (!request.readableFlowing) for await (const chunk of request) entry.bytes += chunk.length;
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await work(`http://127.0.0.1:${server.address().port}/film.mp4`, received);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Answers once the whole body is there. */
export async function readAll(request, response, entry) {
  for await (const chunk of request) entry.bytes += chunk.length;
  response.end();
}
