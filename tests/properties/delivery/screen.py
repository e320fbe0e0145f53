"""What a client shows: the rule of the browser library, in the fewest words."""

from __future__ import annotations

from typing import Any

from domain.update import ENDED

Upload = dict[str, Any]


class Screen:
    """`shown` is every upload as it stands on the screen; `steps_back` what should never have been seen."""

    def __init__(self) -> None:
        self.shown: dict[str, Upload] = {}
        self.steps_back: list[tuple[Upload, Upload]] = []

    def hear(self, message: dict[str, Any]) -> None:
        """Any message of the server; those about no upload change nothing."""
        for upload in [message["upload"]] if "upload" in message else message.get("uploads", []):
            self._hear_of(upload)

    def _hear_of(self, upload: Upload) -> None:
        before = self.shown.get(upload["uploadId"])
        if _is_news(upload, before):
            self.shown[upload["uploadId"]] = upload
            if before and _goes_back(before, upload):
                self.steps_back.append((before, upload))


def _is_news(upload: Upload, shown: Upload | None) -> bool:
    """A higher attempt is; within an attempt that has not ended, a higher rev, and whatever ends it."""
    if shown is None or upload["attempt"] != shown["attempt"]:
        return shown is None or bool(upload["attempt"] > shown["attempt"])
    return shown["status"] not in ENDED and (upload["rev"] > shown["rev"] or upload["status"] in ENDED)


def _goes_back(before: Upload, after: Upload) -> bool:
    if after["attempt"] > before["attempt"]:
        return False
    return bool((after["bytesUploaded"], after["percent"] or 0) < (before["bytesUploaded"], before["percent"] or 0))
