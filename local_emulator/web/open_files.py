"""The limit on open files of this process, which bounds its connections (POSIX, RLIMIT_NOFILE)."""

from __future__ import annotations

import contextlib
import errno
import resource
import time
from collections.abc import Callable, Mapping
from typing import Any

# Files of the emulator itself: listeners, logs, code, and three for each of a few dozen execution environments.
OTHER_FILES = 256
# macOS refuses more than OPEN_MAX, whatever the hard limit says.
OPEN_MAX = 10_240
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
QUIET_SECONDS = 60.0


def raise_open_files() -> int:
    """Raises the soft limit to the hard one, as far as the system takes it. Returns the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, OPEN_MAX):
        if soft != hard and (wanted > soft or wanted == resource.RLIM_INFINITY):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                break
    return open_files()


def open_files() -> int:
    """Returns the number of files that this process may open, RLIM_INFINITY for no limit."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def max_connections(open_files: int) -> int | None:
    """Returns the number of connections that so many open files allow, None for no limit."""
    return None if open_files == resource.RLIM_INFINITY else max(0, open_files - OTHER_FILES)


class AcceptErrors:
    """An event loop's exception handler that reports connections which cannot be accepted once, not for each try.

    asyncio tries again after a second, up to a thousand times in a row. A new report follows a minute without errors.
    """

    def __init__(self, report: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._last: float | None = None

    def __call__(self, loop: Any, context: Mapping[str, Any]) -> None:
        problem = context.get("exception")
        if not isinstance(problem, OSError) or problem.errno not in EXHAUSTED or "socket" not in context:
            loop.default_exception_handler(context)
            return
        now, last = self._clock(), self._last
        self._last = now
        if last is None or now - last > QUIET_SECONDS:
            text = f"cannot accept connections: {problem.strerror} (ulimit -n is {open_files()}); trying again"
            self._report(text)
