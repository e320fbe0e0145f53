"""Keeps errors of reporting away from the upload."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

log = logging.getLogger("upload_progress_reporter")

P = ParamSpec("P")


def harmless(method: Callable[P, None]) -> Callable[P, None]:
    """Logs what `method` raises instead of raising it; interruptions (BaseException) still pass."""

    @functools.wraps(method)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(*args, **kwargs)
        except Exception:
            log.warning("Progress was not reported.", exc_info=True)

    return guarded
