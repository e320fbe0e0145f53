"""Formats the start message and the log lines of handlers for the terminal."""

from __future__ import annotations

import logging
import shlex
import sys
from typing import Any, TextIO

from local_emulator.cli.addresses import websocket_lines
from local_emulator.deployment import Deployment
from local_emulator.readiness import function_urls, notices
from local_emulator.runtimes.environment import exports
from local_emulator.runtimes.plans import project_interpreter
from local_emulator.settings import Settings
from local_emulator.web.open_files import max_connections, open_files

STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# `_aws` names the fields that CloudWatch reads as metrics (embedded metric format).
HIDDEN_FIELDS = STANDARD_FIELDS | {"_aws"}


class HandlerLogs(logging.StreamHandler[TextIO]):
    """Prints the log records of handlers: the message, and the extra fields of Lambda's JSON format."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name not in HIDDEN_FIELDS}
        text = " ".join([record.getMessage(), *(f"{name}={_plain(value)}" for name, value in fields.items())])
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        return f"          log          {text}"


def greeting(deployment: Deployment, settings: Settings) -> str:
    """Returns the start message: addresses, notices, and variables for other processes."""
    templates = ", ".join(map(str, [settings.template, *settings.more_templates.values()]))
    lines = [f"Running {f'{len(settings.routes)} routes without a template' if settings.routes else templates}", ""]
    lines += websocket_lines(deployment, settings)
    lines += [f"  Function URL {url}" for url in function_urls(deployment, settings)]
    lines += [
        f"  Inspector   {settings.url}/_emulator/",
        f"  Lambda      {settings.url}",
        f"  AWS         {settings.aws_url}  (DynamoDB, S3, SQS, SNS, Secrets Manager, Parameter Store)",
    ]
    lines += [f"  Functions   {_whereabouts(deployment, settings)}", f"  Connections {_connections()}"]
    lines += [f"  Notice      {notice}" for notice in notices(deployment, settings)]
    lines += ["", "To use these services from another terminal:", ""]
    lines += [f"  export {name}={shlex.quote(value)}" for name, value in exports(deployment, settings).items()]
    return "\n".join([*lines, ""])


def _whereabouts(deployment: Deployment, settings: Settings) -> str:
    text = f"each in environments of its own, at most {settings.max_environments} at once"
    interpreter = project_interpreter(settings)
    return text if interpreter == sys.executable else f"{text}; Python functions by {interpreter}"


def _connections() -> str:
    """Returns how many connections the process may hold."""
    files = open_files()
    most = max_connections(files)
    return "no limit" if most is None else f"about {most} at once, with {files} open files (ulimit -n)"


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else repr(value)
