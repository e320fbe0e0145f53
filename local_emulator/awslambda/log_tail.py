"""The end of an invocation's log, as Lambda hands it out. Pure."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

from local_emulator.awslambda.invocation import Invocation
from local_emulator.deployment import LOG_LEVELS, Function
from local_emulator.timestamps import iso_8601


def log_of(function: Function, invocation: Invocation) -> str:
    """Returns what the function wrote, between Lambda's own lines on the start and the end of the call."""
    written = invocation.outcome.log
    if written and not written.endswith("\n"):
        written += "\n"
    if function.log_format == "JSON":
        return _json_log(function, invocation, written)
    return _text_log(function, invocation, written)


def _text_log(function: Function, invocation: Invocation, written: str) -> str:
    """Source of the lines: Lambda Developer Guide, python-logging."""
    request_id, duration = invocation.request_id, invocation.duration_ms
    report = (
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {math.ceil(duration)} ms",
        f"Memory Size: {function.memory_mb} MB",
        f"Max Memory Used: {invocation.outcome.memory_mb} MB",
    )
    return (
        f"START RequestId: {request_id} Version: $LATEST\n{written}END RequestId: {request_id}\n"
        + "\t".join(report)
        + "\t\n"
    )


def _json_log(function: Function, invocation: Invocation, written: str) -> str:
    """Documented: the platform's events of a call are INFO, but the report of one that fails is WARN.

    Source: Lambda Developer Guide, "Log-level filtering", and the Telemetry API's event schema.
    """
    level = LOG_LEVELS.index(function.system_log_level)
    about: dict[str, object]
    duration, about = invocation.duration_ms, {"requestId": invocation.request_id}
    start, report, ended = "", "", datetime.now(UTC)
    if level <= LOG_LEVELS.index("INFO"):
        began = ended - timedelta(milliseconds=duration)
        start = _event("platform.start", began, about | {"version": "$LATEST"})
    if level <= LOG_LEVELS.index("WARN" if invocation.failed else "INFO"):
        metrics = {
            "durationMs": round(duration, 3),
            "billedDurationMs": math.ceil(duration),
            "memorySizeMB": function.memory_mb,
            "maxMemoryUsedMB": invocation.outcome.memory_mb,
        }
        report = _event("platform.report", ended, about | {"metrics": metrics, "status": _status(invocation)})
    return start + written + report


def _status(invocation: Invocation) -> str:
    if not invocation.failed:
        return "success"
    return "timeout" if invocation.outcome.is_timeout else "error"


def _event(kind: str, moment: datetime, record: dict[str, object]) -> str:
    return json.dumps({"time": iso_8601(moment), "type": kind, "record": record}, separators=(",", ":")) + "\n"


def tail(log: str, most_bytes: int) -> bytes:
    """The last bytes of a log, without half a character at its start."""
    return log.encode()[-most_bytes:].decode(errors="ignore").encode()
