"""`apigw-emulator send CONNECTION MESSAGE`: sends a message to a client, as a post to @connections does."""

from __future__ import annotations

import argparse
import re
import sys
from urllib.parse import quote

from local_emulator.cli.client_options import client_parser, request, run_client
from local_emulator.cli.connections import PATH, all_connections


def main(arguments: list[str]) -> int:
    """Sends one message. Returns 1 if the connection is not open, 2 for a wrong argument."""
    parser = client_parser("send", "Sends a message to a connected client, as a post to @connections does.")
    parser.add_argument("connection", help="connection id, or `only` if one connection is open, or `all`")
    parser.add_argument("message", nargs="?", help="text of the message (default: standard input)")
    given = parser.parse_args(arguments)
    if not re.fullmatch(r"[A-Za-z0-9_-]+=*", given.connection):
        parser.error(f"{given.connection!r} is no connection id: the message comes after `only`, `all` or an id")
    message = sys.stdin.read() if given.message is None else given.message
    return run_client(parser.prog, given.port, lambda: _send(parser, given, message.encode()))


def _send(parser: argparse.ArgumentParser, given: argparse.Namespace, message: bytes) -> int:
    ids = [given.connection]
    if given.connection in ("only", "all"):
        ids = [one["id"] for one in all_connections(given.port)]
        if not ids or (given.connection == "only" and len(ids) > 1):
            parser.error(f"{len(ids)} connections are open; `only` needs one, `all` needs one or more")
    for connection_id in ids:
        request(given.port, "POST", f"{PATH}/{quote(connection_id, safe='')}/messages", message)
        print(f"sent {len(message)} bytes to {connection_id}")
    return 0
