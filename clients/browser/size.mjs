/** Prints what a page downloads, bundled, minified and gzipped, and fails if it is more than was promised. */

import {fileURLToPath} from "node:url";
import {gzipSync} from "node:zlib";
import {build} from "esbuild";
import {minify} from "terser";

const CLIENT = "upload-progress.js";
const FRAMEWORKS = ["react", "@uppy/core"];
const SHARED = "upload-progress-shared.js";
const LIMITS = [
  {files: ["upload-progress-react.js"], limit: 1024},
  {files: ["upload-progress-uppy.js"], limit: 1024},
  {files: ["upload-progress-report.js"], limit: 1024},
  {files: [SHARED], external: [`./${CLIENT}`], limit: 1600},
  {files: ["upload-progress-worker.js"], limit: 5760},
  {files: ["upload-progress-prediction.js"], limit: 1024},
  {files: [CLIENT], limit: 4608},
  {files: [CLIENT, "upload-progress-list.js"], limit: 10_240},
];

for (const {files, external = [], limit} of LIMITS) {
  const {outputFiles} = await build({
    bundle: true,
    external: [...FRAMEWORKS, ...external],
    format: "esm",
    stdin: {
      contents: files.map((file) => `export * from "./${file}";`).join("\n"),
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    write: false,
  });
  const {code} = await minify(outputFiles[0].text, {module: true, compress: {passes: 2}});
  const bytes = gzipSync(code, {level: 9}).length;
  console.log(`${files.join(" + ")}: ${bytes} bytes of ${limit}`);
  if (bytes > limit) process.exitCode = 1;
}
