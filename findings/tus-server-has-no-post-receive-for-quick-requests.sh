#!/usr/bin/env bash
# @tus/server 2.4.5: an upload of several seconds, in requests that each take less than postReceiveInterval (1 s), has no
# POST_RECEIVE event at all. The interval begins with each PATCH, and the end of the request cancels the event that waits.
# tus-js-client with a small `chunkSize` uploads so. A server that shows progress by this event alone stays at 0 %.
# The README of @tus/server does not promise the last event of a request. 2.3.0 emits one for each request.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/upload.mjs" <<'PROGRAM'
import {once} from "node:events";
import {Readable} from "node:stream";
import {setTimeout as sleep} from "node:timers/promises";
import {FileStore} from "@tus/file-store";
import {EVENTS, Server} from "@tus/server";
import tus from "tus-js-client";

const PIECES = 8;
let [received, requests, finished] = [0, 0, 0];
const server = new Server({
  path: "/files",
  datastore: new FileStore({directory: process.argv[2]}),
  onIncomingRequest: async (request) => void (requests += request.method === "PATCH"),
});
server.on(EVENTS.POST_RECEIVE, () => (received += 1)).on(EVENTS.POST_FINISH, () => (finished += 1));
const listener = server.listen({host: "127.0.0.1", port: 0});
await once(listener, "listening");

async function* pieces() {
  for (let piece = 0; piece < PIECES; piece += 1) {
    await sleep(400); // between the requests
    yield Buffer.alloc(65536, "tus");
  }
}
await new Promise((resolve, reject) => {
  new tus.Upload(Readable.from(pieces(), {objectMode: false}), {
    endpoint: `http://127.0.0.1:${listener.address().port}/files`,
    uploadSize: PIECES * 65536,
    chunkSize: 65536,
    onSuccess: resolve,
    onError: reject,
  }).start();
});
await sleep(1500); // a late event would come now
console.log(`PATCH ${requests}, POST_RECEIVE ${received}, POST_FINISH ${finished}`);
process.exit();
PROGRAM

uploads() { # version of @tus/server, version of @tus/file-store, expected output
    mkdir "$folder/$1"
    npm install --silent --no-audit --no-fund --prefix "$folder/$1" "@tus/server@$1" "@tus/file-store@$2" tus-js-client@4.3.1
    cp "$folder/upload.mjs" "$folder/$1/"
    seen=$(cd "$folder/$1" && node upload.mjs files)
    echo "@tus/server $1: $seen"
    [ "$seen" = "$3" ] || { echo "This behaviour has changed." >&2; exit 1; }
}

uploads 2.4.5 2.1.1 "PATCH 8, POST_RECEIVE 0, POST_FINISH 1"
uploads 2.3.0 2.0.0 "PATCH 8, POST_RECEIVE 8, POST_FINISH 1"
