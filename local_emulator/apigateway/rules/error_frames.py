"""The text frames that API Gateway itself sends to a client, with their spacing on the wire.

An error frame never closes the connection and needs no route response (reported). Ids are base64url, so
nothing has to be escaped.
"""

import json


def forbidden(connection_id: str, request_id: str) -> str:
    """No route matches and there is no $default. Reported: five independent captures, these exact bytes."""
    return _frame("Forbidden", connection_id, request_id)


def internal_server_error(connection_id: str, request_id: str) -> str:
    """The integration failed. Reported for an exception; inferred for a malformed result and a throttle."""
    return _frame("Internal server error", connection_id, request_id)


def not_mapped(connection_id: str, request_id: str, reason: str) -> str:
    """Returns the frame for a mapping that cannot run: AWS's, and the reason, which AWS keeps to itself."""
    return f'{_frame("Internal server error", connection_id, request_id)[:-1]}, "reason":{json.dumps(reason)}}}'


def endpoint_request_timed_out(connection_id: str, request_id: str) -> str:
    """The integration exceeded its time-out, 29 s by default; the function keeps running. Reported."""
    return _frame("Endpoint request timed out", connection_id, request_id)


def too_many_requests(connection_id: str, request_id: str) -> str:
    """A message was throttled. Unknown: AWS documents 429 and no text; this is the text of its REST APIs."""
    return _frame("Too Many Requests", connection_id, request_id)


def bad_request_body(connection_id: str, message_id: str) -> str:
    """Returns the frame for a message that fails its request model; it has its own spacing and a message id.

    Documented:
    docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-routes-integrations.html.
    """
    return f'{{"message" : "Bad request body", "connectionId": "{connection_id}", "messageId": "{message_id}"}}'


def _frame(message: str, connection_id: str, request_id: str) -> str:
    return f'{{"message": "{message}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}'
