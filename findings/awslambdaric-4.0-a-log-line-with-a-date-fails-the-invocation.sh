#!/usr/bin/env bash
# awslambdaric, AWS's Runtime Interface Client for Python, with JSON logs (AWS_LAMBDA_LOG_FORMAT=JSON):
# - `logger.warning("shipped", extra={"on": date})`: 4.0.1 raises TypeError out of the call, although Python's logging never
#   raises for a line that a handler cannot write. So the invocation fails. 4.2.2 writes the date as text.
# - `logger.warning({"order": 7})`: the field `message` is the text "{'order': 7}" in 4.0.1, and an object in 4.2.2. So a
#   query of the logs finds the lines of one version only.
# Each invocation ends with the path that the client posts its result to.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/app.py" <<'PYTHON'
import datetime
import logging


def handler(event, context):
    logging.warning({"order": 7})
    logging.warning("shipped", extra={"on": datetime.date(2026, 12, 1)})
PYTHON
cat > "$folder/runtime_api.py" <<'PYTHON'
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

answered = threading.Event()
posted = []


class OneEvent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if answered.is_set():
            threading.Event().wait()  # there is no second event
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "1")
        self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f")
        self.send_header("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self):
        posted.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        answered.set()

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), OneEvent)
environment = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}", "AWS_LAMBDA_LOG_FORMAT": "JSON"}
command = [sys.executable, "-m", "awslambdaric", "app.handler"]
process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
answered.wait(60)
process.kill()
lines = process.communicate()[0].splitlines()
records = [json.loads(line) for line in lines if line.startswith("{")]
said = [record.get("message", record.get("errorType")) for record in records]
print(f"awslambdaric {version('awslambdaric')}:", *map(repr, said), posted[0].rpartition("/")[2])
PYTHON
cd "$folder"
for version in 4.0.1 4.2.2; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "awslambdaric==$version"
    "$folder/$version/bin/python" runtime_api.py | tee -a "$folder/said"
done
diff "$folder/said" - <<'SAID'
awslambdaric 4.0.1: "{'order': 7}" 'TypeError' error
awslambdaric 4.2.2: {'order': 7} 'shipped' response
SAID
