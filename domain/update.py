"""One update of an upload by a pipeline, checked field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from domain.timestamps import iso_8601_ms
from domain.user_id import EXPECTED, is_user_id

STATUSES = ("queued", "uploading", "paused", "processing", "completed", "failed", "canceled")
SPELLINGS = {"cancelled": "canceled"}
ENDED = frozenset({"completed", "failed", "canceled"})

MAX_INTEGER = 2**53 - 1  # what every JSON reader holds exactly (RFC 8259, section 6)
MAX_OBJECT_BYTES = 4096
MAX_NAME_CHARACTERS = 1024
MAX_TEXT_CHARACTERS = 1000
MAX_WORD_CHARACTERS = 64

MAX_UPLOAD_ID_BYTES = 1024  # of UTF-8: the longest key of an S3 object, and the longest sort key of DynamoDB
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")
RUN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
NUMERIC_TEXT = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?")  # some senders have texts alone: headers, metadata
SECOND_MS = 1000
CORRELATION_ID = re.compile(r"[!-~]{1,64}")  # visible ASCII: it is logged; a W3C traceparent fits


class InvalidUpdateError(Exception):
    """An update is refused: `field` is the wrong field, `reason` the rule that it breaks."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class CreatedObject(NamedTuple):
    """An object of the bucket that an update was made of.

    `identity` is its etag and size, None without an etag. `sequencer` orders the objects of one key.
    """

    identity: str | None
    sequencer: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """One valid update. `attempt` and `run_id` are None if left out; domain/acceptance.py names the attempt then.

    `facts` holds the fields of the update (None clears) under the names of the wire. Times are epoch milliseconds;
    `received_at` is by the server's clock. `index` is its place in the push. `rev` is the pipeline's; with
    `whole_second` it stands for any moment of that second. With `only_running` it updates a running upload but creates
    none. With `by_client` the user's own client reported it, not a pipeline.
    """

    user_id: str
    upload_id: str
    status: str
    rev: int
    attempt: int | None
    started_at: int | None
    updated_at: int
    received_at: int
    index: int
    facts: dict[str, Any]
    run_id: str | None = None
    whole_second: bool = False
    created: CreatedObject | None = None
    only_running: bool = False
    by_client: bool = False

    @property
    def ends(self) -> bool:
        return self.status in ENDED

    @property
    def ordered_at(self) -> int:
        """The moment that orders it: `rev`, or the time of receipt where the pipeline's clock is ahead."""
        return min(self.rev, self.received_at)

    @property
    def latest_at(self) -> int:
        """The last moment that its `rev` may stand for."""
        return min(self.rev + self.whole_second * (SECOND_MS - 1), self.received_at)

    def may_have(self, rev: int) -> bool:
        """Returns True if this update may have made a state with this `rev`; a rev is raised within its second only."""
        return self.rev <= rev <= self.rev + SECOND_MS if self.whole_second else rev == self.rev


def parse_update(
    raw: object,
    *,
    received_at: int,
    announced_at: int | None = None,
    index: int = 0,
    created: CreatedObject | None = None,
    only_running: bool = False,
) -> Update:
    """Checks one update of a pipeline and returns it as an Update.

    `announced_at` is the time in the event that held it, `received_at` the time of receipt (epoch milliseconds). The
    first of them that is given is the time of the source. `rev` and `updatedAt` replace each other, and that time
    replaces both. Numbers may be texts, and a status may be in upper case. Unknown fields are ignored: newer pipelines
    can talk to older code.
    Raises InvalidUpdateError for the first field that is wrong.
    """
    source_time = received_at if announced_at is None else announced_at
    if not isinstance(raw, dict):
        raise InvalidUpdateError("update", "must be an object")
    rev, updated_at = _times(raw, source_time, received_at)
    return Update(
        user_id=check_user_id("userId", raw.get("userId")),
        upload_id=_upload_id(raw.get("uploadId")),
        status=(status := _status(raw.get("status"))),
        rev=rev,
        attempt=None if raw.get("attempt") is None else _integer("attempt", raw["attempt"], least=1),
        started_at=None if raw.get("startedAt") is None else _time("startedAt", raw["startedAt"]),
        updated_at=updated_at,
        received_at=received_at,
        index=index,
        facts=_facts(raw, status),
        run_id=None if raw.get("runId") is None else _run_id("runId", raw["runId"]),
        whole_second=_is_whole_second(raw, announced_at, updated_at),
        created=created,
        only_running=only_running,
    )


def _times(raw: dict[str, Any], source_time: int, received_at: int) -> tuple[int, int]:
    """Returns `rev` and `updatedAt`. Each replaces the other, but a `rev` in the future is no time of a state."""
    rev = None if raw.get("rev") is None else _rev("rev", raw["rev"])
    if raw.get("updatedAt") is not None:
        updated_at = _time("updatedAt", raw["updatedAt"])
    else:
        updated_at = source_time if rev is None else min(rev, received_at)
    return updated_at if rev is None else rev, updated_at


def _is_whole_second(raw: dict[str, Any], announced_at: int | None, updated_at: int) -> bool:
    """Returns True if the moment that orders the update has no milliseconds; a time of receipt always has them."""
    if raw.get("rev") is not None or (raw.get("updatedAt") is None and announced_at is None):
        return False
    return updated_at % SECOND_MS == 0


def check_user_id(name: str, value: object) -> str:
    """Returns a user id as tokens hold it. Raises InvalidUpdateError."""
    if value is None:
        raise InvalidUpdateError(name, "is missing")
    if not is_user_id(value):
        raise InvalidUpdateError(name, f"must be a string of {EXPECTED}")
    return str(value)


def _upload_id(value: object) -> str:
    """Returns the id: any name that S3 takes for an object, less control characters.

    Source: Amazon S3 User Guide, "Naming Amazon S3 objects". `str.isprintable` is no rule for names: it refuses the
    narrow space of a screenshot's name, and what it takes depends on Python's table of characters.
    """
    if value is None:
        raise InvalidUpdateError("uploadId", "is missing")
    if not isinstance(value, str):
        raise InvalidUpdateError("uploadId", "must be a string")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise InvalidUpdateError("uploadId", "must be valid Unicode, without lone surrogates") from None
    if not 1 <= size <= MAX_UPLOAD_ID_BYTES:
        raise InvalidUpdateError("uploadId", f"must have 1 to {MAX_UPLOAD_ID_BYTES} bytes of UTF-8")
    if CONTROL_CHARACTER.search(value):
        raise InvalidUpdateError("uploadId", "must not hold control characters")
    return value


def _status(value: object) -> str:
    if value is None:
        raise InvalidUpdateError("status", "is missing")
    status = value.lower() if isinstance(value, str) else ""
    status = SPELLINGS.get(status, status)
    if status not in STATUSES:
        raise InvalidUpdateError("status", f"must be one of {', '.join(STATUSES)}")
    return status


def _rev(name: str, value: object) -> int:
    """Returns epoch milliseconds; a time counts, too."""
    moment = iso_8601_ms(value)
    if moment is None and isinstance(_number(value), str):
        raise InvalidUpdateError(name, "must be a whole number of milliseconds or an RFC 3339 time")
    return _integer(name, value) if moment is None else moment


def _number(value: object) -> object:
    """Returns the number in a text that is one; any other value as it is."""
    if not isinstance(value, str) or not NUMERIC_TEXT.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _integer(name: str, value: object, least: int = 0) -> int:
    """Returns a whole number; 7.0 counts, since JSON does not distinguish it from 7."""
    value = _number(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidUpdateError(name, "must be a whole number")
    if not least <= value <= MAX_INTEGER or value != int(value):  # NaN is in no range
        raise InvalidUpdateError(name, f"must be a whole number from {least} to {MAX_INTEGER}")
    return int(value)


def _percent(name: str, value: object) -> float:
    """Returns a percent from 0 to 100 with one decimal."""
    value = _number(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise InvalidUpdateError(name, "must be a number from 0 to 100")
    return round(float(value), 1)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidUpdateError(name, "must be true or false")
    return value


def check_text(longest: int) -> Callable[[str, object], str]:
    """Returns a check of texts: at most `longest` characters, and none that UTF-8 cannot write."""

    def check(name: str, value: object) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise InvalidUpdateError(name, f"must be a string of at most {longest} characters")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidUpdateError(name, "must be valid Unicode") from None
        return value

    return check


def _object(name: str, value: object) -> dict[str, Any]:
    try:
        size = len(json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode())
    except (ValueError, RecursionError, UnicodeEncodeError):
        raise InvalidUpdateError(name, "must be JSON, without NaN or Infinity") from None
    if not isinstance(value, dict) or size > MAX_OBJECT_BYTES:
        raise InvalidUpdateError(name, f"must be an object of at most {MAX_OBJECT_BYTES} bytes")
    return value


def _error(name: str, value: object) -> dict[str, Any]:
    """Returns the error of a failed attempt: `code` for programs, `message` for people, and any other fields."""
    error = _object(name, value)
    check_text(MAX_WORD_CHARACTERS)(f"{name}.code", error.get("code"))
    check_text(MAX_TEXT_CHARACTERS)(f"{name}.message", error.get("message"))
    return error


def _time(name: str, value: object) -> int:
    moment = iso_8601_ms(value)
    if moment is None:
        raise InvalidUpdateError(name, "must be an RFC 3339 time such as 2026-03-01T12:00:00Z, or ISO 8601 with offset")
    return moment


def _run_id(name: str, value: object) -> str:
    """Returns the id of one run of a reporter, which distinguishes a new run from late updates of an old one."""
    if not isinstance(value, str) or not RUN_ID.fullmatch(value):
        raise InvalidUpdateError(name, f"must be a string that matches {RUN_ID.pattern}")
    return value


def _correlation_id(name: str, value: object) -> str:
    """Returns the pipeline's id of one report; the log and the message to the client repeat it."""
    if not isinstance(value, str) or not CORRELATION_ID.fullmatch(value):
        raise InvalidUpdateError(name, "must be a string of 1 to 64 visible ASCII characters")
    return value


FACTS: dict[str, Callable[[str, object], Any]] = {
    "fileName": check_text(MAX_NAME_CHARACTERS),
    "phase": check_text(MAX_WORD_CHARACTERS),
    "percent": _percent,
    "phasePercent": _percent,
    "stalledAfterSeconds": partial(_integer, least=1),
    "bytesUploaded": _integer,
    "bytesTotal": _integer,
    "bytesPerSecond": _integer,
    "etaSeconds": _integer,
    "unpredictable": _flag,
    "message": check_text(MAX_TEXT_CHARACTERS),
    "error": _error,
    "result": _object,
    "correlationId": _correlation_id,
}

FIELDS = frozenset({"userId", "uploadId", "status", "rev", "attempt", "runId", "startedAt", "updatedAt", *FACTS})


def _facts(raw: dict[str, Any], status: str) -> dict[str, Any]:
    facts = {name: _fact(name, raw[name]) for name in FACTS if name in raw}
    _check_sizes(facts)
    return _with_percent(facts, status)


def _fact(name: str, value: object) -> Any:
    return None if value is None and name != "bytesUploaded" else FACTS[name](name, value)


def _with_percent(facts: dict[str, Any], status: str) -> dict[str, Any]:
    """Returns the facts with `percent` where it is all that the sender knows: without bytes, else it is computed.

    While an upload is processed, its percent is that of the phase.
    """
    percent = facts.pop("percent", None)
    if percent is None or facts.get("bytesUploaded") or facts.get("bytesTotal") is not None:
        return facts
    return {"phasePercent": percent} | facts if status == "processing" else facts | {"percent": percent}


def _check_sizes(facts: dict[str, Any]) -> None:
    uploaded, total = facts.get("bytesUploaded"), facts.get("bytesTotal")
    if uploaded is not None and total is not None and uploaded > total:
        raise InvalidUpdateError("bytesUploaded", f"must not be above bytesTotal ({total})")
