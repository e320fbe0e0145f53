"""What faults can know an occasion by: the connection and its user, the function, the table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_emulator.apigateway.connections import Connection
from local_emulator.awslambda.payload import Payload
from local_emulator.deployment import Function
from local_emulator.faults.registry import Subject


def of_connection(connection: Connection, operation: str = "") -> Subject:
    names = {"connection": (connection.id,), "user": _users(connection.authorizer), "operation": (operation,)}
    return Subject(connection.id, names)


def of_call(function: Function, payload: Payload) -> Subject:
    """A call of a function; on behalf of a connection only if the payload is the event of one."""
    request = event_of(payload).get("requestContext")
    request = request if isinstance(request, dict) else {}
    names: dict[str, tuple[str, ...]] = {"function": (function.logical_id, function.physical_name)}
    if isinstance(request.get("connectionId"), str):
        names["connection"] = (request["connectionId"],)
        names["user"] = _users(request.get("authorizer"))
    return Subject(function.logical_id, names)


def of_dynamodb(operation: str, body: bytes | str, table_names: Mapping[str, str]) -> Subject:
    """A call of DynamoDB; `table_names` tells the logical ids of physical names."""
    try:
        asked = json.loads(body)
    except ValueError:
        asked = {}
    tables = _tables(asked if isinstance(asked, dict) else {})
    known = {table_names[name] for name in tables if name in table_names}
    about = ", ".join(sorted(known or tables)) or "DynamoDB"
    return Subject(about, {"table": tables | known, "operation": (operation,)})


def event_of(payload: Payload) -> dict[str, Any]:
    event = payload.value()
    return event if isinstance(event, dict) else {}


def _users(authorizer: Any) -> tuple[str, ...]:
    """The principal and the context's userId, which authorizers use for the same person."""
    if not isinstance(authorizer, Mapping):
        return ()
    return tuple(str(authorizer[name]) for name in ("principalId", "userId") if name in authorizer)


def _tables(asked: dict[str, Any]) -> set[str]:
    """TableName, which may be an ARN; RequestItems of batches; TransactItems of transactions (DynamoDB API)."""
    found = [asked.get("TableName")]
    if isinstance(asked.get("RequestItems"), dict):
        found += list(asked["RequestItems"])
    for item in asked.get("TransactItems") or ():
        found += [action.get("TableName") for action in item.values()]
    return {name.rpartition(":table/")[2] for name in found if isinstance(name, str)}
