#!/usr/bin/env bash
# s3transfer 0.19.3: future.cancel() makes result() raise CancelledError in TransferManager. In CRTTransferManager
# (awscrt 0.38.1), which has the same interface, result() raises awscrt.exceptions.AwsCrtError, the class of every error
# of the CRT. Only its field `name`, AWS_ERROR_S3_CANCELED, tells a cancellation from a failure.
# So `except CancelledError` handles a cancelled transfer of the one manager, and not of the other.
# A local server takes the parts slowly; nothing leaves the machine. What awscrt prints of reads that end early is left out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check boto3==1.44.5 s3transfer==0.19.3 awscrt==0.38.1
FOLDER=$folder AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_EC2_METADATA_DISABLED=true \
    "$folder/venv/bin/python" - 2>"$folder/errors" <<'PYTHON' || { cat "$folder/errors"; exit 1; }
import concurrent.futures
import http.server
import os
import sys
import threading
import time
from pathlib import Path

import awscrt
import boto3
import botocore.session
import s3transfer
from awscrt.auth import AwsCredentialsProvider
from awscrt.io import ClientBootstrap, DefaultHostResolver, EventLoopGroup
from awscrt.s3 import S3Client, S3RequestTlsMode
from botocore.config import Config
from s3transfer.crt import BotocoreCRTRequestSerializer, CRTTransferManager
from s3transfer.manager import TransferManager

begun = threading.Event()


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        left = int(self.headers["Content-Length"])
        while left and (some := self.rfile.read(min(50_000, left))):
            left -= len(some)
            begun.set()
            time.sleep(0.2)
        self._answer(b"")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        root = "InitiateMultipartUploadResult"
        self._answer(f"<?xml version='1.0'?><{root}><UploadId>1</UploadId></{root}>".encode())

    def do_DELETE(self):
        self._answer(b"")

    def _answer(self, body):
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that cancels hangs up


def canceled(manager):
    """Uploads, cancels while a part is under way; returns what result() raises."""
    begun.clear()
    future = manager.upload(str(path), "bucket", "key")
    assert begun.wait(20)
    future.cancel()
    try:
        future.result()
    except BaseException as error:
        return error
    return None


server = Server(("127.0.0.1", 0), Store)
threading.Thread(target=server.serve_forever, daemon=True).start()
options = {
    "endpoint_url": f"http://127.0.0.1:{server.server_address[1]}",
    "region_name": "us-east-1",
    "config": Config(s3={"addressing_style": "path"}),
}
path = Path(os.environ["FOLDER"]) / "file"
path.write_bytes(bytes(20_000_000))
loops = EventLoopGroup()
client = S3Client(
    bootstrap=ClientBootstrap(loops, DefaultHostResolver(loops)),
    region="us-east-1",
    credential_provider=AwsCredentialsProvider.new_static("local", "local"),
    tls_mode=S3RequestTlsMode.DISABLED,
    part_size=5 * 1024 * 1024,
)
serializer = BotocoreCRTRequestSerializer(botocore.session.get_session(), dict(options))
classic = canceled(TransferManager(boto3.client("s3", **options)))
crt = canceled(CRTTransferManager(client, serializer))
print(f"s3transfer {s3transfer.__version__}, awscrt {awscrt.__version__}")
print("TransferManager:", type(classic).__mro__[:2], "CRTTransferManager:", type(crt), getattr(crt, "name", None))
told = [isinstance(error, concurrent.futures.CancelledError) for error in (classic, crt)]
sys.stdout.flush()
os._exit(told != [True, False] or crt.name != "AWS_ERROR_S3_CANCELED")
PYTHON
