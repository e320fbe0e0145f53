"""One attempt to bring one file into S3, and the register of those that this process knows."""

import asyncio
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from examples.upload_server.refusals import RefusedError
from upload_progress_reporter import UploadReporter

UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_NAME_CHARS = 255
NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\ud800-\udfff]")  # no-break spaces and joiners are in many names
HIGHEST_ATTEMPT = 1000
MAX_REMEMBERED = 1000


@dataclass(frozen=True)
class Request:
    """A checked request of the browser: the file `name` of `user` as `upload_id`, at this attempt."""

    user: str
    upload_id: str
    name: str
    attempt: int

    @property
    def key(self) -> str:
        """Returns the file's key in the bucket."""
        return f"{self.user}/{self.upload_id}/{self.name}"


def parse(user: str, upload_id: str, query: Mapping[str, str]) -> Request:
    """Checks a request's path and query; raises RefusedError (400) naming the field."""
    if not UPLOAD_ID.fullmatch(upload_id):
        raise RefusedError(400, "uploadId", f"must match {UPLOAD_ID.pattern}")
    name = query.get("name", "")
    if not 1 <= len(name) <= MAX_NAME_CHARS or NO_NAME.search(name):
        raise RefusedError(
            400, "name", f"must be a file name of 1 to {MAX_NAME_CHARS} characters, without slashes and controls"
        )
    attempt = query.get("attempt", "1")
    if not re.fullmatch(r"[0-9]{1,4}", attempt) or not 1 <= int(attempt) <= HIGHEST_ATTEMPT:
        raise RefusedError(400, "attempt", f"must be an integer from 1 to {HIGHEST_ATTEMPT}")
    return Request(user, upload_id, name, int(attempt))


@dataclass
class Upload:
    """An attempt under way: its request, its reporter, a random id, whether it was canceled, and the work to stop.

    `transfer` brings it into S3. Until that begins it is the transfer of the attempt before, which may still be ending.
    """

    request: Request
    report: UploadReporter
    run_id: str = field(default_factory=lambda: secrets.token_hex(8))
    called_off: threading.Event = field(default_factory=threading.Event)
    receiving: asyncio.Task[Any] | None = None
    transfer: Future[None] | None = None

    @property
    def is_running(self) -> bool:
        """Returns True until the attempt has ended."""
        return self.report.status not in ("completed", "failed", "canceled")

    def call_off(self) -> bool:
        """Cancels the upload at once, a transfer at its next byte; returns False if it had ended.

        The first end holds: the reporter takes no other, so an attempt is either completed or canceled.
        """
        self.called_off.set()
        self.report.canceled()
        for work in (self.receiving, self.transfer):
            if work is not None:
                work.cancel()
        return self.report.status == "canceled"


class Uploads:
    """The uploads that this process knows, the running ones and the last that ended."""

    def __init__(self) -> None:
        self._uploads: OrderedDict[tuple[str, str], Upload] = OrderedDict()

    def check(self, request: Request) -> None:
        """Raises RefusedError (409) if this attempt was made already or another one is running."""
        known = self._uploads.get((request.user, request.upload_id))
        if known is None:
            return
        if known.is_running:
            raise RefusedError(409, "uploadId", "this upload is running already")
        if request.attempt <= known.request.attempt:
            raise RefusedError(409, "attempt", f"must be higher than {known.request.attempt}, which has ended")

    def add(self, upload: Upload) -> None:
        """Stores an upload in place of the attempt before; above the limit, deletes the oldest that has ended."""
        key = (upload.request.user, upload.request.upload_id)
        before = self._uploads.get(key)
        if before is not None:
            upload.transfer = before.transfer
        self._uploads[key] = upload
        self._uploads.move_to_end(key)
        if len(self._uploads) > MAX_REMEMBERED:
            ended = next((key for key, one in self._uploads.items() if not one.is_running), None)
            if ended is not None:
                del self._uploads[ended]

    def call_off(self, user: str, upload_id: str) -> None:
        """Cancels a user's running upload; raises RefusedError (404) if there is none of that id."""
        known = self._uploads.get((user, upload_id))
        if known is None or not known.is_running or not known.call_off():
            raise RefusedError(404, "uploadId", "no such upload is running")

    def all_running(self) -> list[Upload]:
        """Returns every upload under way."""
        return [upload for upload in self._uploads.values() if upload.is_running]
