#!/usr/bin/env bash
# @uppy/xhr-upload 6.0.0: an upload that the server answers with 200 and no body, or with 204, ends in `upload-error`.
# The plugin reads the answer as JSON and fails the file if it cannot. S3 answers a PUT to a presigned URL with no body:
# the object is stored, and the user reads that the upload has failed. 3.6.8 reports `upload-success` (transloadit/uppy
# #4963 and #4964). `getResponseData: () => ({})` makes it a success in 6.0.0, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/upload.mjs" <<'PROGRAM'
import {once} from "node:events";
import {createServer} from "node:http";
import {JSDOM} from "jsdom";

const {window} = new JSDOM("", {url: "http://localhost/"});
for (const name of ["window", "document", "XMLHttpRequest", "ProgressEvent", "Blob", "File", "FormData"])
  globalThis[name] = name === "window" ? window : window[name];
const {default: Uppy} = await import("@uppy/core");
const {default: XHRUpload} = await import("@uppy/xhr-upload");

let stored = 0;
const server = createServer((request, response) => {
  const headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Access-Control-Allow-Methods": "PUT"};
  if (request.method === "PUT") request.on("data", ({length}) => (stored += length));
  request.resume().on("end", () => response.writeHead(request.url === "/204" ? 204 : 200, headers).end());
}).listen(0, "127.0.0.1");
await once(server, "listening");
const endpoint = `http://127.0.0.1:${server.address().port}`;

async function upload(path, options = {}) {
  stored = 0;
  const uppy = new Uppy({logger: {debug() {}, warn() {}, error() {}}});
  uppy.use(XHRUpload, {endpoint: endpoint + path, method: "PUT", formData: false, ...options});
  uppy.addFile({name: "film.mp4", data: new window.Blob(["film"])});
  const {successful, failed} = await uppy.upload();
  return `${successful.length ? "upload-success" : failed.length ? "upload-error" : "nothing"} (${stored} bytes stored)`;
}
console.log(`200: ${await upload("/200")}`);
console.log(`204: ${await upload("/204")}`);
console.log(`200 and getResponseData: ${await upload("/200", {getResponseData: () => ({})})}`);
process.exit();
PROGRAM

uploads() { # version of @uppy/xhr-upload, version of @uppy/core, expected result without an option
    mkdir "$folder/$1"
    npm install --silent --no-audit --no-fund --prefix "$folder/$1" "@uppy/xhr-upload@$1" "@uppy/core@$2" jsdom@26.1.0
    cp "$folder/upload.mjs" "$folder/$1/"
    seen=$(cd "$folder/$1" && node upload.mjs)
    echo "@uppy/xhr-upload $1:"
    echo "$seen"
    [ "$seen" = "200: $3 (4 bytes stored)
204: $3 (4 bytes stored)
200 and getResponseData: upload-success (4 bytes stored)" ] || { echo "This behaviour has changed." >&2; exit 1; }
}

uploads 6.0.0 6.3.1 upload-error
uploads 3.6.8 3.13.1 upload-success
