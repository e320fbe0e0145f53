/** Bundles src/ into the published modules. With `--check`, compares them with their build and fails if they differ. */

import {readFile, writeFile} from "node:fs/promises";
import {fileURLToPath} from "node:url";
import {build, transform} from "esbuild";
import {format, resolveConfig} from "prettier";

/** Writes the style sheet of the list without white space and comments. */
const minifiedStyle = {
  name: "minified-style",
  setup({onLoad}) {
    onLoad({filter: /list.style\.js$/}, async ({path}) => {
      const {STYLE} = await import(path);
      const {code} = await transform(STYLE, {loader: "css", minify: true});
      return {contents: `export const STYLE = ${JSON.stringify(code.trim())};`};
    });
  },
};

const check = process.argv.includes("--check");

const MODULES = [
  "upload-progress.js",
  "upload-progress-list.js",
  "upload-progress-prediction.js",
  "upload-progress-shared.js",
  "upload-progress-worker.js",
  "upload-progress-react.js",
  "upload-progress-uppy.js",
  "upload-progress-report.js",
];

/** The published modules that others import, so that a page loads their code once. */
const SHARED_MODULES = {
  "upload-progress-shared.js": ["./upload-progress.js"],
  "upload-progress-react.js": ["./upload-progress-prediction.js"],
};

for (const file of MODULES) {
  const published = new URL(file, import.meta.url);
  const built = await bundle(file, published);
  if (!check) await writeFile(published, built);
  else if (built !== (await readFile(published, "utf8"))) {
    console.error(`${file} differs from its build; run npm run build`);
    process.exitCode = 1;
  }
}

/** Returns one readable module, which begins with the module comment of its source. */
async function bundle(file, published) {
  const source = await readFile(new URL(`src/${file}`, import.meta.url), "utf8");
  const {outputFiles} = await build({
    absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
    banner: {
      js: `// Built from clients/browser/src by \`npm run build\`.\n${source.slice(0, source.indexOf("*/") + 2)}\n`,
    },
    bundle: true,
    charset: "utf8",
    external: ["react", "@uppy/core", ...(SHARED_MODULES[file] ?? [])],
    entryPoints: [`src/${file}`],
    format: "esm",
    plugins: [minifiedStyle],
    target: "es2022",
    write: false,
  });
  return format(outputFiles[0].text, {...(await resolveConfig(published)), filepath: file});
}
