"""The gateway's events against a capture of AWS and the models of Powertools for AWS Lambda."""

from __future__ import annotations

from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.api_gateway_websocket_event import APIGatewayWebSocketEvent
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayWebSocketConnectEventModel,
    APIGatewayWebSocketDisconnectEventModel,
    APIGatewayWebSocketMessageEventModel,
)
from pydantic import BaseModel

from local_emulator.apigateway.rules.events import (
    ConnectionFacts,
    HandshakeRequest,
    authorizer_event,
    connect_event,
    disconnect_event,
    message_event,
)

FACTS = ConnectionFacts(
    "a1b2c3", "prod", "a1b2c3.execute-api.eu-west-1.amazonaws.com", "UMh4oc2XDoECHKA=", 1, "192.0.2.7"
)
SENT = (("Authorization", "x"), ("Sec-WebSocket-Extensions", "permessage-deflate"), ("Sec-WebSocket-Version", "13"))
ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/$connect"
WHEN: dict[str, Any] = {"request_id": "UMh4oE5gDoEFb3Q=", "now": 1_763_462_431_192}

# The keys of the authorizer's event of 27 January 2025 that Powertools keeps among its tests, for a client that sends
# these headers, without a query: apiGatewayAuthorizerWebSocketEvent.json.
CAPTURED = {
    "type",
    "methodArn",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "stageVariables",
    "requestContext",
}
CAPTURED_CONTEXT = {
    *("routeKey", "eventType", "extendedRequestId", "requestTime", "messageDirection", "stage", "connectedAt"),
    *("requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId"),
}
CAPTURED_HEADERS = {
    *("Authorization", "Connection", "content-length", "Host", "Sec-WebSocket-Extensions", "Sec-WebSocket-Version"),
    *("Upgrade", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"),
}


def handshake(query: str = "") -> HandshakeRequest:
    return HandshakeRequest(SENT, query, "192.0.2.7", None)


def test_the_authorizers_event_has_the_keys_of_a_capture() -> None:
    event = authorizer_event(FACTS, handshake(), ARN, **WHEN)
    assert event.keys() == CAPTURED
    assert event["requestContext"].keys() == CAPTURED_CONTEXT
    assert event["headers"].keys() == event["multiValueHeaders"].keys() == CAPTURED_HEADERS
    assert [event[name] for name in ("queryStringParameters", "multiValueQueryStringParameters")] == [{}, {}]
    assert event["stageVariables"] == {} and event["requestContext"]["identity"] == {"sourceIp": "192.0.2.7"}


AUTHORIZERS = (None, {"principalId": "u", "userId": "u"})


@pytest.mark.parametrize("authorizer", AUTHORIZERS, ids=["open", "authorized"])
@pytest.mark.parametrize("query", ["", "a=1&a=2"])
def test_powertools_reads_every_event_of_a_connection(authorizer: dict[str, str] | None, query: str) -> None:
    closed = {"host": FACTS.domain_name, **WHEN}
    events: list[tuple[dict[str, Any], type[BaseModel]]] = [
        (connect_event(FACTS, handshake(query), authorizer, **WHEN), APIGatewayWebSocketConnectEventModel),
        (
            message_event(FACTS, "$default", "", authorizer, message_id="UMh4odLNjoECHKA=", **WHEN),
            APIGatewayWebSocketMessageEventModel,
        ),
        (disconnect_event(FACTS, 1005, "", authorizer, **closed), APIGatewayWebSocketDisconnectEventModel),
    ]
    for event, model in events:
        model.model_validate(event)
        read = APIGatewayWebSocketEvent(event)
        assert read.request_context.connection_id == FACTS.connection_id
        assert read.request_context.event_type == event["requestContext"]["eventType"]
