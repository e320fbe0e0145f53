#!/usr/bin/env bash
# Deno 2.9.6: timers that a test of node:test mocks by its own context (`t.mock.timers.enable()`) stay mocked after the test,
# and the next test that enables them fails with "MockTimers is already enabled". Node restores the mocks of a test's
# context at the end of the test, as its documentation says of `context.mock`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" deno@2.9.6 node@22.23.3
cat > "$folder/timers.test.mjs" <<'JS'
import {test} from "node:test";

for (const name of ["first", "second"]) test(name, (t) => t.mock.timers.enable({apis: ["setTimeout"]}));
JS
cd "$folder"
node_modules/.bin/node --test timers.test.mjs > node.txt || { echo "Node: the second test fails, too." >&2; exit 1; }
echo "Node 22.23.3: both tests pass"
if node_modules/.bin/deno test --quiet --no-check timers.test.mjs > deno.txt 2>&1; then
    echo "Deno: both tests pass: this behaviour has changed." >&2
    exit 1
fi
grep "MockTimers is already enabled" deno.txt
echo "Deno 2.9.6: the second test fails"
