"""The end of an invocation's log, as Lambda hands it out. Pure."""

from __future__ import annotations

import math
import sys

from local_emulator.awslambda.invocation import Invocation
from local_emulator.deployment import Function


def log_of(function: Function, invocation: Invocation, memory_mb: int) -> str:
    """What the function wrote, between Lambda's START, END and REPORT lines.

    Source of the lines: Lambda Developer Guide, python-logging. `memory_mb` is what the process has used: calls
    that share a process cannot be told apart.
    """
    request_id, duration = invocation.request_id, invocation.duration_ms
    written = invocation.outcome.log
    if written and not written.endswith("\n"):
        written += "\n"
    report = (
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {math.ceil(duration)} ms",
        f"Memory Size: {function.memory_mb} MB",
        f"Max Memory Used: {memory_mb} MB",
    )
    return (
        f"START RequestId: {request_id} Version: $LATEST\n{written}END RequestId: {request_id}\n"
        + "\t".join(report)
        + "\t\n"
    )


def tail(log: str, most_bytes: int) -> bytes:
    """The last bytes of a log, without half a character at its start."""
    return log.encode()[-most_bytes:].decode(errors="ignore").encode()


try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]


def peak_memory_mb() -> int:
    """The most that was resident at once; 0 where that is not known."""
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)
