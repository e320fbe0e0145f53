#!/usr/bin/env bash
# requests-toolbelt 1.0.0: MultipartEncoder streams a file on disk, but copies a BytesIO whole when it is made.
# It asks each body for getvalue() first and sends the copy. So a BytesIO costs its size once more, its own read() is
# never called, and its position does not move: a progress bar that counts by read() or tell() never moves.
# The position at the start is ignored, too: a BytesIO that stands at 600 of 1000 is sent from its first byte, while a
# file on disk is sent from where it stands.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check requests-toolbelt==1.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

from requests_toolbelt import MultipartEncoder

open("disk", "wb").write(b"x" * 1000)
seen = []
for body in (open("disk", "rb"), io.BytesIO(b"x" * 1000)):
    body.seek(600)
    sent = MultipartEncoder({"file": ("name", body)}, boundary="b").read()
    seen.append((type(body).__name__, sent.count(b"x"), body.tell()))
print("requests-toolbelt 1.0.0, a body of 1000 bytes that stands at 600: (class, bytes sent, position after)", seen)
sys.exit(seen != [("BufferedReader", 400, 1000), ("BytesIO", 1000, 600)])
PYTHON
