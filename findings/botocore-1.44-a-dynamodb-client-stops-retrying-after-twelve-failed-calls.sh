#!/usr/bin/env bash
# botocore 1.44.8: the default of retry_mode is "standard", not "legacy" as in botocore 1.43.127, without any setting.
# A DynamoDB client whose calls end with a 500 (retryable) sent each call ten times. Now it sends it four times, and only the
# first calls: a client has 500 retry tokens, a retry costs 14 of them (5 before 1.43), and only a success brings some back.
# After eleven failed calls and two retries the tokens are gone, and each further call is sent once: a client that survived
# an outage of DynamoDB by its ten attempts now reports each error at once. Nothing is logged above DEBUG.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/attempts.py" <<'PYTHON'
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore
from botocore.exceptions import ClientError
from botocore.session import get_session

received = []


class Failing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        received.append(self.rfile.read(int(self.headers["Content-Length"])))
        body = b'{"__type": "com.amazon.coral.service#InternalServerError"}'
        self.send_response(500)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def attempts(client):
    received.clear()
    try:
        client.get_item(TableName="t", Key={"k": {"S": "x"}})
    except ClientError:
        return len(received)


server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
threading.Thread(target=server.serve_forever, daemon=True).start()
time.sleep = lambda seconds: None  # no back-off, which changes no number
client = get_session().create_client(
    "dynamodb",
    region_name="us-east-1",
    endpoint_url=f"http://127.0.0.1:{server.server_port}",
    aws_access_key_id="local",
    aws_secret_access_key="local",
)
print(f"botocore {botocore.__version__}, attempts of 14 calls:", *(attempts(client) for _ in range(14)))
PYTHON
unset AWS_RETRY_MODE AWS_MAX_ATTEMPTS AWS_NEW_RETRIES_2026
export AWS_CONFIG_FILE=$folder/none
for version in 1.43.127 1.44.8; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "botocore==$version"
    "$folder/$version/bin/python" "$folder/attempts.py" | tee -a "$folder/said"
done
diff "$folder/said" - <<'SAID'
botocore 1.43.127, attempts of 14 calls: 10 10 10 10 10 10 10 10 10 10 10 10 10 10
botocore 1.44.8, attempts of 14 calls: 4 4 4 4 4 4 4 4 4 4 4 3 1 1
SAID
