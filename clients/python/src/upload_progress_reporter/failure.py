"""Translates an exception into the end of an upload."""

import asyncio
import concurrent.futures
import logging
import re
from collections.abc import Callable

from . import bounds
from .updates import UploadError

FAILED = "The upload failed."

log = logging.getLogger("upload_progress_reporter")

CALLS_OFF = (KeyboardInterrupt, asyncio.CancelledError, concurrent.futures.CancelledError, GeneratorExit)
# The names in other libraries, which need not be installed: Cancelled (trio, google.api_core), GreenletExit (gevent).
NAME_CALLS_OFF = re.compile(r"(Task|Job|Request|Operation|Transfer|Upload)?Cancell?ed(Error|Exception)?|GreenletExit")
# awscrt has one exception for all errors, which holds the name of the error in C (aws-c-s3, aws-c-http).
CRT_CALLS_OFF = {"AWS_ERROR_S3_CANCELED", "AWS_ERROR_HTTP_STREAM_CANCELLED"}


def is_one_of(error: BaseException, kinds: tuple[type[BaseException], ...]) -> bool:
    """Returns True if `error` is of one of these classes; a group of exceptions is if each of its members is."""
    if isinstance(error, kinds):
        return True
    return isinstance(error, BaseExceptionGroup) and all(is_one_of(member, kinds) for member in error.exceptions)


def is_cancellation(error: BaseException) -> bool:
    """Returns True if the upload was canceled rather than failed.

    s3transfer's FatalError, a CancelledError, is raised for transfers that stop because another one failed. A group
    of exceptions is a cancellation if each of its members is one.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if "FatalError" in names:
        return False
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_cancellation, error.exceptions))
    if "HTTPClientError" in names:  # of botocore, which wraps what a body raises while it is sent
        wrapped = getattr(error, "kwargs", {}).get("error")
        return isinstance(wrapped, BaseException) and is_cancellation(wrapped)
    if "AwsCrtError" in names:
        return getattr(error, "name", None) in CRT_CALLS_OFF
    return isinstance(error, CALLS_OFF) or any(map(NAME_CALLS_OFF.fullmatch, names))


def describe(error: BaseException, message_of: Callable[[BaseException], str | None] | None) -> UploadError:
    """Returns the class name as the code and, unless `message_of` gives a better one, a fixed message.

    The exception's own text never leaves: it may hold URLs with signatures, keys, paths.
    """
    message: str | None = None
    try:
        message = message_of(error) if message_of else None
    except Exception:
        log.warning("error_message raised; the fixed message is sent.", exc_info=True)
    code = bounds.text(type(error).__name__, bounds.MAX_CODE_CHARS)
    return {"code": code, "message": bounds.text(message or FAILED, bounds.MAX_MESSAGE_CHARS)}
