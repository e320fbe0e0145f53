#!/usr/bin/env bash
# awslambdaric 4.2.2, Lambda's runtime client for Python: a handler that returns float("nan") succeeds. The client posts
# NaN, or Infinity, with the content type application/json, which JSON does not have (RFC 8259, section 6). A Python caller
# reads it back. A strict parser, here orjson 3.13.0, refuses the whole answer, and so does JSON.parse of JavaScript.
# A value that has no JSON form, such as a set, is Runtime.MarshalError in the same client.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check awslambdaric==4.2.2 orjson==3.13.0
cd "$folder"
printf 'def handler(event, context):\n    return {"share": float("nan"), "rate": float("inf")}\n' > app.py
cat > runtime_api.py <<'PY'
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import orjson

posts, events = Queue(), Queue()
events.put(b"{}")


class RuntimeApi(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        event = events.get()  # the second request waits
        self.send_response(200)
        for name, value in (("Aws-Request-Id", "r1"), ("Deadline-Ms", "9999999999999"), ("Invoked-Function-Arn", "arn")):
            self.send_header(f"Lambda-Runtime-{name}", value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        posts.put((self.path.rpartition("/")[2], self.headers["Content-Type"], body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"127.0.0.1:{server.server_address[1]}"
variables = os.environ | {"AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "1"}
client = subprocess.Popen([sys.executable, "-m", "awslambdaric", "app.handler"], env=variables)
try:
    kind, content_type, body = posts.get(timeout=60)
finally:
    client.kill()
    client.wait()
print("posted to", kind, "as", content_type, body.decode())
print("Python's json:", json.loads(body))
try:
    strict = orjson.loads(body)
except orjson.JSONDecodeError as problem:
    strict = None
    print("orjson:", problem)
if (kind, content_type, body) != ("response", "application/json", b'{"share": NaN, "rate": Infinity}') or strict is not None:
    sys.exit("This behaviour has changed.")
PY
"$folder/venv/bin/python" runtime_api.py
