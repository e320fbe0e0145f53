"""`apigw-emulator invoke FUNCTION`: invokes a function of the running emulator."""

from __future__ import annotations

import argparse
import base64
import json
import sys
from pathlib import Path
from urllib.parse import quote

from local_emulator.cli.client_options import client_parser, request, run_client

INVOKE_SECONDS = 1000  # above Lambda's longest time-out of 900 s


def main(arguments: list[str]) -> int:
    """Prints the result; the function's log goes to stderr. Returns 1 if the function fails, 2 for a wrong event."""
    parser = client_parser("invoke", "Invokes a function of the running emulator, and prints its result and log.")
    parser.add_argument("function", nargs="?", help="logical id, name or ARN (default: the only function)")
    event = parser.add_mutually_exclusive_group()
    event.add_argument("-e", "--event", metavar="FILE", help="file with the event as JSON; - reads standard input")
    event.add_argument("--payload", metavar="JSON", help="the event itself (default: {})")
    parser.add_argument("--async", action="store_true", help="invoke asynchronously, as an event")
    given = parser.parse_args(arguments)
    payload = _payload(parser, given)
    return run_client(parser.prog, given.port, lambda: _invoke(parser, given, payload))


def _payload(parser: argparse.ArgumentParser, given: argparse.Namespace) -> bytes:
    """Returns the event. Exits with status 2 if it is not JSON."""
    try:
        text = given.payload or "{}"
        if given.event is not None:
            text = sys.stdin.read() if given.event == "-" else Path(given.event).read_text(encoding="utf-8")
        json.loads(text)
    except (OSError, ValueError) as problem:
        parser.error(f"the event cannot be read: {problem}")
    return text.encode()


def _invoke(parser: argparse.ArgumentParser, given: argparse.Namespace, payload: bytes) -> int:
    name = given.function or _only_function(parser, given.port)
    is_async = getattr(given, "async")
    headers = {"X-Amz-Invocation-Type": "Event" if is_async else "RequestResponse", "X-Amz-Log-Type": "Tail"}
    path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"
    answer = request(given.port, "POST", path, payload, headers, INVOKE_SECONDS)
    sys.stderr.write(base64.b64decode(answer.headers.get("x-amz-log-result", "")).decode(errors="replace"))
    print(answer.body.decode() or f"{name} is invoked")
    return int("x-amz-function-error" in answer.headers)


def _only_function(parser: argparse.ArgumentParser, port: int) -> str:
    names = [one["logicalId"] for one in request(port, "GET", "/_emulator/functions").json()["functions"]]
    if len(names) != 1:
        parser.error(f"name a function: {', '.join(names) or 'the template has none'}")
    return str(names[0])
