"""Prints the updates of one release's reporter: python reporter.py TREE > updates.json"""

from __future__ import annotations

import json
import sys
from typing import Any


def report() -> list[dict[str, Any]]:
    """Returns the updates of two uploads: one that ends well after a pause, and one that fails and is tried again."""
    from upload_progress_reporter import CallableTarget, UploadReporter, flush

    updates: list[Any] = []
    target = CallableTarget(updates.extend)
    with UploadReporter(user_id="alice", upload_id="film", file_name="film.mp4", bytes_total=10, target=target) as film:
        film(4)
        flush(5)
        film.paused()
        flush(5)
        film(6)
        film.processing("scanning")
        flush(5)
    photo = UploadReporter(user_id="alice", upload_id="photo", file_name="photo.png", target=target)
    photo(3)
    photo.failed("E_DISK", "The disk is full.")
    flush(5)
    photo.retry()
    photo(3)
    photo.completed()
    flush(5)
    return [dict(update) for update in updates]


if __name__ == "__main__":
    sys.path[0] = f"{sys.argv[1]}/clients/python/src"
    json.dump(report(), sys.stdout)
