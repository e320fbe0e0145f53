/** The recipes of docs/report-from.md: each sends the file at `path` to `url` and reports to `report`, within its `run`. */

import {createReadStream} from "node:fs";
import {readFile} from "node:fs/promises";
import {request} from "node:http";
import {pipeline} from "node:stream/promises";
import {load, loadSdk} from "./clients.js";

const {default: axios} = await load("axios");
const {default: FormData} = await load("form-data");
const {default: got} = await load("got");
const {default: ky} = await load("ky");
const {default: nodeFetch} = await load("node-fetch");
const {default: superagent} = await load("superagent");
const {request: undiciRequest} = await load("undici");
const tus = await load("tus-js-client");
const {AnonymousCredential, BlockBlobClient} = await load("@azure/storage-blob");
const {Storage} = await load("@google-cloud/storage");
const {S3} = loadSdk("@aws-sdk/client-s3");
const {Upload} = loadSdk("@aws-sdk/lib-storage");

const MIB = 2 ** 20;

/** Sends again what a busy server refused: the count begins again, and the bar waits for it. */
async function again(report, send) {
  for (let attempt = 1; ; attempt += 1) {
    report.progress(0);
    const status = await send();
    if (status < 400) return;
    if (status !== 503 || attempt === 3) throw new Error(`the server answered ${status}`);
  }
}

const headersOf = (size) => ({"content-length": String(size)});

export const RECIPES = {
  fetch: ({url, path, size, report}) =>
    again(report, async () => {
      const body = report.wrap(createReadStream(path));
      const response = await fetch(url, {method: "PUT", body, duplex: "half", headers: headersOf(size)});
      await response.body?.cancel();
      return response.status;
    }),

  "http.request": ({url, path, size, report}) =>
    again(report, async () => {
      const sent = request(url, {method: "PUT", headers: headersOf(size)});
      const answer = new Promise((resolve, reject) => sent.on("response", resolve).on("error", reject));
      const [{statusCode}] = await Promise.all([answer, pipeline(report.wrap(createReadStream(path)), sent)]);
      return statusCode;
    }),

  undici: ({url, path, size, report}) =>
    again(report, async () => {
      const body = report.wrap(createReadStream(path));
      const response = await undiciRequest(url, {method: "PUT", body, headers: headersOf(size)});
      await response.body.dump();
      return response.statusCode;
    }),

  "node-fetch": ({url, path, size, report}) =>
    again(report, async () => {
      const body = report.wrap(createReadStream(path));
      return (await nodeFetch(url, {method: "PUT", body, headers: headersOf(size)})).status;
    }),

  axios: ({url, path, size, report}) =>
    again(report, async () => {
      const {status} = await axios.put(url, createReadStream(path), {
        headers: headersOf(size),
        maxRedirects: 0, // otherwise it keeps the whole body in memory, and counts it there
        onUploadProgress: ({loaded}) => report.progress(loaded),
        validateStatus: () => true,
      });
      return status;
    }),

  "form-data": ({url, path, report}) =>
    again(report, async () => {
      const form = new FormData();
      form.append("file", report.wrap(createReadStream(path))); // the form finds the length by the stream's path
      const length = await new Promise((resolve, reject) =>
        form.getLength((error, bytes) => (error ? reject(error) : resolve(bytes))),
      );
      const {status} = await axios.post(url, form, {
        headers: {...form.getHeaders(), "content-length": length},
        maxRedirects: 0,
        validateStatus: () => true,
      });
      return status;
    }),

  got: ({url, path, size, report}) =>
    again(report, async () => {
      const sent = got.put(url, {
        body: createReadStream(path),
        headers: headersOf(size),
        retry: {limit: 0}, // a stream cannot be sent again
        throwHttpErrors: false,
      });
      sent.on("uploadProgress", ({transferred}) => report.progress(transferred));
      return (await sent).statusCode;
    }),

  ky: async ({url, path, report}) => {
    const body = await readFile(path);
    await ky.put(url, {
      body,
      retry: {limit: 2},
      onUploadProgress: ({transferredBytes}) => report.progress(transferredBytes),
    });
  },

  superagent: ({url, path, size, report}) =>
    again(report, async () => {
      const sent = superagent
        .put(url)
        .set("content-length", size)
        .ok(() => true);
      await pipeline(report.wrap(createReadStream(path)), sent, {end: false}).catch(() => {});
      return (await sent).status;
    }),

  "tus-js-client": ({url, path, size, report}) =>
    new Promise((resolve, reject) => {
      new tus.Upload(createReadStream(path), {
        endpoint: url,
        uploadSize: size,
        chunkSize: 4 * MIB,
        retryDelays: [0, 100],
        onProgress: (sent) => report.progress(sent), // it falls when the server has kept less
        onSuccess: resolve,
        onError: reject,
      }).start();
    }),

  "@aws-sdk/lib-storage": async ({url, path, report}) => {
    const client = new S3({
      endpoint: url,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: {accessKeyId: "local", secretAccessKey: "local"},
    });
    const params = {Bucket: "films", Key: "film.mp4", Body: createReadStream(path)};
    const upload = new Upload({client, params, queueSize: 1}); // one part after the other, so that each is seen
    await report.track(upload).done();
  },

  "@azure/storage-blob": async ({url, path, report}) => {
    const blob = new BlockBlobClient(`${url}/films/film.mp4`, new AnonymousCredential(), {
      retryOptions: {retryDelayInMs: 1},
    });
    await blob.uploadFile(path, {
      maxSingleShotSize: 2 * MIB, // one request has one call, before its first byte
      blockSize: 2 * MIB,
      onProgress: ({loadedBytes}) => report.progress(loadedBytes),
    });
  },

  "@google-cloud/storage": async ({url, path, report}) => {
    const storage = new Storage({apiEndpoint: url, projectId: "films", useAuthWithCustomEndpoint: false});
    await storage.bucket("films").upload(path, {
      resumable: false,
      preconditionOpts: {ifGenerationMatch: 0}, // without it, the client does not send again
      validation: false, // the server of this test computes no checksum
      onUploadProgress: ({bytesWritten}) => report.progress(bytesWritten),
    });
  },
};
