"""Bytes that are no HTTP request, such as TLS on a plain port: one line on the console for each."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.log import server_logger

# aiohttp quotes the request's bytes behind its message, and a URL may hold a token.
_QUOTED = re.compile(r":?\s+b['\"]")


class BrokenRequests(logging.Logger):
    """The logger of an HTTP server that passes what is wrong with a broken request to `report`, without its bytes."""

    def __init__(self, report: Callable[[str], None]) -> None:
        super().__init__(server_logger.name, logging.DEBUG)  # the level of the first broken request
        self.parent = server_logger
        self._report = report

    def handle(self, record: logging.LogRecord) -> None:
        problem = record.exc_info[1] if record.exc_info else None
        if isinstance(problem, HttpProcessingError):
            self._report(" ".join(_QUOTED.split(problem.message)[0].split()))
        elif record.levelno >= logging.WARNING:
            super().handle(record)
