/** Servers on loopback: each reads a body in its own time, and answers 503 to the first request that sends bytes. */

import {once} from "node:events";
import {mkdtempSync, rmSync} from "node:fs";
import {createServer} from "node:http";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {setTimeout as sleep} from "node:timers/promises";
import {load} from "./clients.js";

const PAUSE_MS = 2; // after each piece

/** Runs `work(url)` beside a server with this handler. */
export async function serve(handler, work) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Returns a handler that reads each body, and answers 503 once to a body, else as `answer` does. */
function busyOnce(answer) {
  let isBusy = true;
  return async (request, response) => {
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      await sleep(PAUSE_MS);
    }
    const refuses = isBusy && size > 0;
    if (refuses) isBusy = false;
    if (refuses) response.writeHead(503).end();
    else answer(request, response, size);
  };
}

/** S3, as far as a multipart upload needs it. */
function s3({method, url}, response) {
  const isStart = method === "POST" && url.includes("uploads");
  const body = isStart
    ? "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
    : "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>";
  response.writeHead(200, {etag: '"1"'}).end(method === "PUT" ? "" : body);
}

const azure = (request, response) => response.writeHead(201, {etag: '"1"', "x-ms-request-id": "1"}).end();

function google(request, response, size) {
  response.writeHead(200, {"content-type": "application/json"});
  response.end(JSON.stringify({name: "film.mp4", bucket: "films", size: String(size)}));
}

/** A tus server that refuses the first PATCH. */
async function serveTus(work) {
  const [{Server}, {FileStore}] = [await load("@tus/server"), await load("@tus/file-store")];
  const directory = mkdtempSync(join(tmpdir(), "tus-"));
  const server = new Server({path: "/files", datastore: new FileStore({directory})});
  let isBusy = true;
  try {
    return await serve(
      async (request, response) => {
        if (request.method === "PATCH") await sleep(150);
        if (!isBusy || request.method !== "PATCH") return server.handle(request, response);
        isBusy = false;
        request.resume();
        return request.on("end", () => response.writeHead(503).end());
      },
      (url) => work(`${url}/files`),
    );
  } finally {
    rmSync(directory, {recursive: true});
  }
}

const ANSWERS = {"@aws-sdk/lib-storage": s3, "@azure/storage-blob": azure, "@google-cloud/storage": google};

/** Runs `work(url)` beside the server of a client. */
export function beside(client, work) {
  if (client === "tus-js-client") return serveTus(work);
  return serve(busyOnce(ANSWERS[client] ?? ((request, response) => response.end())), work);
}
