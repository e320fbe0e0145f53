"""The facts that select the faults of a connection: its id, its user, the operation."""

from __future__ import annotations

from local_emulator.apigateway.connections import WebSocketConnection
from local_emulator.faults.registry import Subject, users_of


def of_connection(connection: WebSocketConnection, operation: str = "") -> Subject:
    """Returns the subject by which faults match a connection and an operation of the management API."""
    names = {"connection": (connection.id,), "user": users_of(connection.authorizer), "operation": (operation,)}
    return Subject(connection.id, names)
