/** What users see of a block that takes 12 s, by the way in which the client counts. */

import assert from "node:assert/strict";
import {once} from "node:events";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, test} from "node:test";
import {setTimeout as sleep} from "node:timers/promises";
import {recorded} from "../recording.js";
import {RECIPES} from "./recipes.js";
import {serve} from "./servers.js";

const SIZE = 12 * 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), "stalls-"));
const path = join(folder, "film.mp4");
writeFileSync(path, Buffer.alloc(SIZE, "film"));
after(() => rmSync(folder, {recursive: true}));

/** Returns whether an upload with such counts has a message of a stall. */
async function hasStall(counts) {
  const {report, target} = recorded({bytesTotal: SIZE, counts});
  let isFirst = true;
  const lateOnce = async (request, response) => {
    await once(request.resume(), "end");
    if (isFirst) await sleep(12_000, (isFirst = false));
    response.writeHead(201, {etag: '"1"', "x-ms-request-id": "1"}).end();
  };
  await serve(lateOnce, (url) => report.run(() => RECIPES["@azure/storage-blob"]({url, path, size: SIZE, report})));
  return target.updates.some(({message}) => message === "No progress at the moment.");
}

test("@azure/storage-blob: a long block is a stall, but not with counts in parts", async () => {
  assert.deepEqual(await Promise.all([hasStall("bytes"), hasStall("parts")]), [true, false]);
});
