"""The JSON format of Lambda's Python runtime. (Lambda Developer Guide, python-logging, "structured JSON logs".)"""

from __future__ import annotations

import json
import logging
import time
import traceback
from typing import Any

# What every record has; the runtime shows of it only what is named below, and all that a handler has added.
OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "asctime"}


class JsonLogFormat(logging.Formatter):
    """One JSON object for each record; absent is what is None, as in AWS's own."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            **_failure(record),
            "requestId": getattr(record, "aws_request_id", None),
        }
        added = {name: value for name, value in vars(record).items() if name not in OF_EVERY_RECORD | fields.keys()}
        shown = {name: value for name, value in (fields | added).items() if value is not None}
        return json.dumps(shown, ensure_ascii=False, default=str)


def _failure(record: logging.LogRecord) -> dict[str, Any]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": str(error),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }
