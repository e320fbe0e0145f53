#!/usr/bin/env bash
# Node 24.21.0: `import http from "node:http"` loads the whole of undici, Node's fetch, which is not used; `require` of
# the same module does not. An import of a builtin module reads all its exports, and node:http of Node 24
# has exports that load undici when they are read. Node 20.20.2 has none of these and loads nothing.
# Seen: about 13 MB more resident memory per process (60 MB against 47 MB) right after the import.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 20.20.2 24.21.0; do
    npm install --silent --no-audit --no-fund --prefix "$folder/$version" "node@$version"
done

loads() { # version, statement: prints whether undici is loaded, and the resident megabytes
    "$folder/$1/node_modules/node/bin/node" --input-type=module --eval "
        import { createRequire } from 'node:module';
        $2;
        const loaded = process.moduleLoadList.some((name) => name.includes('undici'));
        console.log(loaded, Math.round(process.memoryUsage().rss / 1e6), 'MB');
    "
}

expect() { # version, statement, true or false
    seen=$(loads "$1" "$2")
    echo "Node $1: $2: undici loaded: $seen"
    [ "${seen%% *}" = "$3" ] || { echo "This behaviour has changed." >&2; exit 1; }
}

expect 24.21.0 'import http from "node:http"' true
expect 24.21.0 'const http = createRequire(import.meta.url)("node:http")' false
expect 20.20.2 'import http from "node:http"' false
