#!/usr/bin/env bash
# boto3 1.44.5 (s3transfer): a Callback that raises makes upload_fileobj raise, although S3 has stored the object.
# s3transfer gathers progress and hands on what is left (all of it, below 256 KiB) when the body is closed. That is after
# S3 has answered the PutObject. So raising in the callback, the usual way to cancel, does not mean that nothing is there.
# A file in several parts differs: the error comes before the upload is completed, and s3transfer aborts it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check boto3==1.44.5 'moto[s3]==5.2.5' flask==3.1.3 flask-cors==6.0.5
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import boto3
from moto.server import ThreadedMotoServer


class Stopped(Exception):
    pass


def stop(bytes_transferred):
    raise Stopped


server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
s3 = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
s3.create_bucket(Bucket="bucket")
seen = []
for key, size in (("small", 1000), ("parts", 20_000_000)):
    try:
        s3.upload_fileobj(io.BytesIO(bytes(size)), "bucket", key, Callback=stop)
        raised = "nothing"
    except Exception as error:
        raised = type(error).__name__
    stored = [one["Size"] for one in s3.list_objects_v2(Bucket="bucket", Prefix=key).get("Contents", [])]
    seen.append((key, raised, stored))
print("boto3", boto3.__version__, "(object, raised, sizes in the bucket):", seen)
server.stop()
sys.exit([(key, stored) for key, _, stored in seen] != [("small", [1000]), ("parts", [])] or seen[0][1] == "nothing")
PYTHON
