"""`apigw-emulator connections`: lists the open connections of the running emulator, or closes one."""

from __future__ import annotations

import argparse
import json
from typing import Any
from urllib.parse import quote, urlencode

from local_emulator.cli.client_options import client_parser, request, run_client

PATH = "/_emulator/connections"


def main(arguments: list[str]) -> int:
    """Prints the connections, or closes one. Returns the exit status."""
    parser = client_parser("connections", "Lists the open connections, the oldest of each user first.")
    parser.add_argument("--find", default="", metavar="TEXT", help="only those whose id, user or address contains it")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    parser.add_argument("--close", metavar="ID", help="close a connection, as a DELETE of @connections does")
    given = parser.parse_args(arguments)
    return run_client(parser.prog, given.port, lambda: _run(given))


def all_connections(port: int, find: str = "") -> list[dict[str, Any]]:
    """Returns all open connections that contain a text, page by page. Raises EmulatorHttpError."""
    found: list[dict[str, Any]] = []
    page, pages = 0, 1
    while page < pages:
        answer = request(port, "GET", f"{PATH}?{urlencode({'find': find, 'page': page})}").json()
        found += answer["connections"]
        page, pages = page + 1, answer["pages"]
    return found


def _run(given: argparse.Namespace) -> int:
    if given.close is not None:
        request(given.port, "DELETE", f"{PATH}/{quote(given.close, safe='')}")
        print(f"closed {given.close}")
        return 0
    found = all_connections(given.port, given.find)
    if given.json:
        print(json.dumps(found))
    else:
        print("\n".join(map(_row, found)) or "no connection is open")
    return 0


def _row(connection: dict[str, Any]) -> str:
    return f"{connection['id']:<18} {connection['api']}/{connection['stage']:<12} {connection['user'] or '-'}"
