#!/usr/bin/env bash
# npm 11.19.1: in the bill of materials that `npm sbom` writes, the root component has the name of its folder, although
# package.json has another name. `bom-ref` and `purl` of the same component have the name of package.json. A list that
# shows `name` therefore shows a package that does not exist.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder/tools" npm@11.19.1
mkdir "$folder/the-folder"
cd "$folder/the-folder"
echo '{"name": "the-package", "version": "1.0.0"}' > package.json
npm="$folder/tools/node_modules/.bin/npm"
"$npm" install --silent --package-lock-only
"$npm" sbom --package-lock-only --sbom-format cyclonedx > "$folder/sbom.json"
node --eval '
const {name, purl} = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).metadata.component;
console.log("npm 11.19.1: name", name, "purl", purl);
if (name !== "the-folder" || purl !== "pkg:npm/the-package@1.0.0") {
  console.error("This behaviour has changed.");
  process.exitCode = 1;
}
' "$folder/sbom.json"
