/** Builds what the package holds beside src/: the types, once for each kind of module, and a CommonJS module. */

import {execFileSync} from "node:child_process";
import {copyFileSync, readFileSync, readdirSync, writeFileSync} from "node:fs";

process.chdir(import.meta.dirname ?? new URL(".", import.meta.url).pathname);
const tools = "../browser/node_modules/.bin";

execFileSync(`${tools}/tsc`, ["--project", "tsconfig.types.json"], {stdio: "inherit"});
copyFileSync("src/types.d.ts", "types/types.d.ts");
for (const file of readdirSync("types").filter((name) => name.endsWith(".d.ts"))) {
  const types = readFileSync(`types/${file}`, "utf8");
  const common = types.replaceAll(/(["']\.\/[\w-]+)(\.d)?\.(js|ts)(["'])/g, "$1$2.c$3$4");
  writeFileSync(`types/${file.replace(".d.ts", ".d.cts")}`, common);
}
const options = ["--bundle", "--platform=node", "--target=node20", "--format=cjs", "--log-level=warning"];
execFileSync(`${tools}/esbuild`, ["src/index.js", ...options, "--outfile=upload-progress-reporter.cjs"], {
  stdio: "inherit",
});
copyFileSync("../../LICENSE", "LICENSE");
