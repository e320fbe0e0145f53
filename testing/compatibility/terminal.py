"""Prints the uploads that one release's terminal client shows: python terminal.py TREE < messages.json"""

from __future__ import annotations

import json
import sys
from typing import Any


def show(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns status and bytes by upload, after all messages of one connection."""
    from clients.terminal import uploads

    # An earlier release has the class under another name.
    name = "UploadList" if hasattr(uploads, "UploadList") else "Uploads"
    shown = getattr(uploads, name)()
    for message in messages:
        if message["type"] == "snapshot":
            shown.page(message)
        elif message["type"] in ("status", "progress"):
            shown.take(message["upload"])
    return {one["uploadId"]: [one["status"], one["bytesUploaded"]] for one in shown}


if __name__ == "__main__":
    sys.path[0] = sys.argv[1]
    json.dump(show(json.load(sys.stdin)), sys.stdout)
