/** Prints what a page downloads, minified and gzipped, and fails if it is more than was promised. */

import {readFile} from "node:fs/promises";
import {gzipSync} from "node:zlib";
import {minify} from "terser";

const MOST = {"upload-progress.js": 4608, "upload-progress-list.js": 5632};

for (const [file, most] of Object.entries(MOST)) {
  const source = await readFile(new URL(file, import.meta.url), "utf8");
  const {code} = await minify(source, {module: true, compress: {passes: 2}});
  const bytes = gzipSync(code, {level: 9}).length;
  console.log(`${file}: ${bytes} bytes of ${most}`);
  if (bytes > most) process.exitCode = 1;
}
