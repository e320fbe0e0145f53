"""What an exception says about the end of an upload."""

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable

from . import bounds
from .updates import UploadError

FAILED = "The upload failed."

log = logging.getLogger("upload_progress_reporter")


def is_cancellation(error: BaseException) -> bool:
    """Tell whether somebody called the upload off, rather than something went wrong.

    s3transfer's FatalError is a CancelledError to the transfers that another's failure took down.
    """
    if type(error).__name__ == "FatalError":
        return False
    calls_off = (KeyboardInterrupt, asyncio.CancelledError, concurrent.futures.CancelledError, GeneratorExit)
    return isinstance(error, calls_off)


def describe(error: BaseException, message_of: Callable[[BaseException], str | None] | None) -> UploadError:
    """Return the class name as the code and, unless `message_of` gives a better one, a fixed message.

    The exception's own text never leaves: it may hold URLs with signatures, keys, paths.
    """
    message: str | None = None
    try:
        message = message_of(error) if message_of else None
    except Exception:
        log.warning("error_message raised; the fixed message is sent.", exc_info=True)
    code = bounds.text(type(error).__name__, bounds.MAX_CODE_CHARS)
    return {"code": code, "message": bounds.text(message or FAILED, bounds.MAX_MESSAGE_CHARS)}
