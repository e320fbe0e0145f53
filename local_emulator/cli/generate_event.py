"""`apigw-emulator generate-event connect`: prints an event of a WebSocket API, as a function receives it."""

from __future__ import annotations

import argparse
import json
from typing import Any
from urllib.parse import urlencode

from local_emulator.apigateway.rules import events
from local_emulator.apigateway.rules.ids import new_connection_id, new_message_id, new_request_id
from local_emulator.cli.arguments import pair
from local_emulator.timestamps import now_ms

KINDS = ("authorizer", "connect", "message", "disconnect")
ACCOUNT = "123456789012"


def main(arguments: list[str]) -> int:
    """Prints one event as JSON; needs no running emulator. Returns the exit status."""
    given = _parser().parse_args(arguments)
    print(json.dumps(generated(given), indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("apigw-emulator generate-event", description="Prints an event of a WebSocket API.")
    parser.add_argument("kind", type=lambda text: text.removeprefix("$"), choices=KINDS, help="the event")
    parser.add_argument("--route-key", default="$default", help="route of a message (default: $default)")
    parser.add_argument("--body", default='{"action": "example"}', help="text of a message")
    parser.add_argument("--connection-id", help="connection id (default: a new one)")
    parser.add_argument("--api-id", default="a1b2c3d4e5", help="id of the API")
    parser.add_argument("--stage", default="prod", help="stage (default: prod)")
    parser.add_argument("--region", default="us-east-1", help="region (default: us-east-1)")
    for name, help in (
        ("--header", "header of the handshake"),
        ("--query", "query string parameter of the handshake"),
        ("--authorizer", "value of the authorizer's context, such as principalId=alice"),
    ):
        parser.add_argument(name, action="append", default=[], type=pair, metavar="NAME=VALUE", help=help)
    parser.add_argument("--code", type=int, default=1001, help="close code of a disconnect (default: 1001)")
    parser.add_argument("--reason", default="Going away", help="close reason of a disconnect")
    return parser


def generated(given: argparse.Namespace) -> dict[str, Any]:
    """Returns the event that the arguments describe."""
    now = now_ms()
    facts = events.ConnectionFacts(
        api_id=given.api_id,
        stage=given.stage,
        domain_name=f"{given.api_id}.execute-api.{given.region}.amazonaws.com",
        connection_id=given.connection_id or new_connection_id(),
        connected_at=now,
        source_ip="127.0.0.1",
    )
    handshake = events.HandshakeRequest(tuple(given.header), urlencode(given.query), "127.0.0.1", None)
    context = dict(given.authorizer) or None
    request_id = new_request_id()
    match given.kind:
        case "authorizer":
            arn = events.connect_method_arn(given.region, ACCOUNT, given.api_id, given.stage)
            return events.authorizer_event(facts, handshake, arn, request_id=request_id, now=now)
        case "connect":
            return events.connect_event(facts, handshake, context, request_id=request_id, now=now)
        case "disconnect":
            host = facts.domain_name
            return events.disconnect_event(
                facts, given.code, given.reason, context, host=host, request_id=request_id, now=now
            )
    message_id = new_message_id(facts.connection_id)
    return events.message_event(
        facts, given.route_key, given.body, context, message_id=message_id, request_id=request_id, now=now
    )
