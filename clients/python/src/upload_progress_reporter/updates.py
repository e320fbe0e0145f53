"""The fields of one update, as push takes it."""

from typing import Any, Literal, NotRequired, TypedDict

Status = Literal["queued", "uploading", "paused", "processing", "completed", "failed", "canceled"]

ENDED: frozenset[Status] = frozenset({"completed", "failed", "canceled"})

# The order is `queued -> uploading <-> paused -> processing -> an end`. No status returns to a lower rank, except to
# `queued`: a job queue may run the job again.
RANK: dict[Status, int] = {
    "queued": 0,
    "uploading": 1,
    "paused": 1,
    "processing": 2,
    "completed": 3,
    "failed": 3,
    "canceled": 3,
}


class UploadError(TypedDict):
    """The error of a failed attempt: a short code for programs, a message for people."""

    code: str
    message: str
    retryable: NotRequired[bool]


class Update(TypedDict):
    """One state of one upload, as push takes it.

    Bytes are integers, `rev` is epoch milliseconds, `etaSeconds` whole seconds (None: unknown),
    `bytesTotal` None means that the size is unknown. `runId` is drawn at random for each attempt. Without
    `attempt`, push counts the attempts by it.
    """

    userId: str
    uploadId: str
    runId: str
    fileName: str
    status: Status
    phase: str
    bytesUploaded: int
    bytesTotal: int | None
    rev: int
    attempt: NotRequired[int]
    bytesPerSecond: NotRequired[int]
    etaSeconds: NotRequired[int | None]
    unpredictable: NotRequired[bool]
    phasePercent: NotRequired[float]
    stalledAfterSeconds: NotRequired[int]
    message: NotRequired[str]
    error: NotRequired[UploadError]
    result: NotRequired[dict[str, Any]]


def has_ended(update: Update) -> bool:
    """Returns True if this update ends its attempt."""
    return update["status"] in ENDED
