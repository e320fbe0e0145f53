"""Checks the values of an update; the limits keep a frame under 32 KB."""

import json
import logging
import operator
import re
from numbers import Number
from typing import Any

from .updates import RANK, Status

log = logging.getLogger("upload_progress_reporter")

ExceptionClasses = type[BaseException] | tuple[type[BaseException], ...]

USER_ID = re.compile(r"(?!(?:\.\.?|#pings)$)[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}")
MAX_UPLOAD_ID_BYTES = 1024
CONTROL_OR_SURROGATE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
MAX_INTEGER = 2**53 - 1  # as in push
MAX_FILE_NAME_CHARS = 1024
MAX_PHASE_CHARS = 64
MAX_CODE_CHARS = 64
MAX_MESSAGE_CHARS = 500
MAX_RESULT_BYTES = 4 * 1024


def user_id(value: object) -> str:
    """Returns `value` if it can be a user id, as tokens hold it, else raises ValueError."""
    if not isinstance(value, str) or not USER_ID.fullmatch(value):
        problem = "a string of 1 to 255 characters without control characters, but neither . nor .."
        raise ValueError(f"user_id must be {problem}, not {value!r:.100}")
    return value


def upload_id(value: object) -> str:
    """Returns `value` if it can name an upload, else raises ValueError.

    An object's key in S3 can: it is at most 1024 bytes of UTF-8 (S3 User Guide, "Naming Amazon S3 objects").
    Control characters and lone surrogates, which UTF-8 cannot write, are refused.
    """
    legal = isinstance(value, str) and not CONTROL_OR_SURROGATE.search(value)
    if not isinstance(value, str) or not legal or not 1 <= len(value.encode()) <= MAX_UPLOAD_ID_BYTES:
        problem = f"a string of 1 to {MAX_UPLOAD_ID_BYTES} bytes of UTF-8 without control characters"
        raise ValueError(f"upload_id must be {problem}, not {value!r:.100}")
    return value


def positive(field: str, value: object, minimum: int) -> int:
    """Returns `value` as an integer of at least `minimum`, else raises ValueError with the field's name."""
    number = whole(value) if not isinstance(value, bool) else None
    if number is None or number < minimum:
        raise ValueError(f"{field} must be an integer from {minimum} to {MAX_INTEGER}, not {value!r}")
    return number


def optional(field: str, value: object, minimum: int) -> int | None:
    """Returns `value` as `positive` does; None, with a line in the log, if it is wrong: the report goes without it."""
    try:
        return None if value is None else positive(field, value, minimum)
    except ValueError as error:
        log.warning("%s", error)
        return None


def seconds(field: str, value: object, minimum: float) -> float:
    """Returns `value` if it is a time of at least `minimum` seconds, else raises ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not minimum <= value <= MAX_INTEGER:
        raise ValueError(f"{field} must be a number of seconds, {minimum} or more, not {value!r}")
    return float(value)


def exceptions(field: str, value: ExceptionClasses) -> tuple[type[BaseException], ...]:
    """Returns the classes of exceptions as a tuple, else raises ValueError that names the field."""
    kinds = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
        raise ValueError(f"{field} must be a class of exceptions, or a tuple of them, not {value!r:.100}")
    return kinds


def status(value: object) -> Status:
    """Returns `value` if it is a status of the contract, else raises ValueError."""
    if not isinstance(value, str) or value not in RANK:
        raise ValueError(f"status must be one of {', '.join(RANK)}")
    return value


def whole(value: object) -> int | None:
    """Returns a number of any type as an integer; None if it is none, or more than JSON readers hold exactly."""
    try:
        number: Any = value if isinstance(value, Number) else operator.index(value)  # type: ignore[arg-type]  # it judges
        return int(number) if -MAX_INTEGER <= number <= MAX_INTEGER else None
    except (TypeError, ArithmeticError):  # a complex number; a Decimal that is not a number
        return None


def total(value: object) -> int | None:
    """Returns the size in bytes that a client gives; None, for unknown, if it is no number above 0.

    Clients that do not know the size give 0 (paramiko, b2sdk, curl), -1 (minio) or "*" (Google's for Node).
    """
    number = None if isinstance(value, bool) else whole(value)
    return number if number is not None and number > 0 else None


def text(value: object, limit: int) -> str:
    """Returns `value` as text of at most `limit` characters, cut with an ellipsis."""
    words = value if isinstance(value, str) else _str(value)
    # A lone surrogate (a file name that is not UTF-8) cannot leave in a UTF-8 frame.
    words = words.encode("utf-8", "replace").decode("utf-8")
    return words if len(words) <= limit else words[: limit - 1] + "…"


def result(value: object) -> dict[str, Any] | None:
    """Returns a copy of a JSON object of at most `MAX_RESULT_BYTES`; None if it is anything else."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        encoded = text.encode("utf-8", "replace")  # a lone surrogate, as in a path that is not UTF-8, cannot leave
    except (TypeError, ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or len(encoded) > MAX_RESULT_BYTES:
        return None
    copy: dict[str, Any] = json.loads(encoded)
    return copy


def _str(value: object) -> str:
    """Returns `str(value)`, or the name of its class if that fails, so that no end is lost over its message."""
    try:
        return str(value)
    except Exception:
        return type(value).__name__
