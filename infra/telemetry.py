"""Structured logs: one event name and its facts; never a token, never a payload."""

from __future__ import annotations

import logging
from typing import Any

_logger = logging.getLogger("upload_progress")
_logger.setLevel(logging.INFO)


def log(event: str, **facts: Any) -> None:
    """Say that something happened. Lambda's JSON log format writes `facts` as fields beside the message."""
    _logger.info(event, extra=facts)


def log_failure(event: str, **facts: Any) -> None:
    """Say that something failed, with the exception that is being handled."""
    _logger.exception(event, extra=facts)
