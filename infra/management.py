"""The gateway's management API: send to a connection, close a connection."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import Any

SENDERS = 32


class Delivery(Enum):
    """What became of one send, or of one close."""

    DELIVERED = "delivered"
    GONE = "gone"  # 410: the gateway has no such connection (any more, or not yet)
    FAILED = "failed"  # anything else: nobody knows whether it arrived


class ManagementApi:
    """Sends and closes through API Gateway's `@connections`; `gateway` is a botocore client of it.

    Source of the answers: API Gateway Management API reference, PostToConnection and DeleteConnection.
    """

    def __init__(self, gateway: Any, errors: tuple[type[Exception], ...]) -> None:
        self._gateway = gateway
        self._errors = errors
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="send")

    def send(self, connection_id: str, data: bytes) -> Delivery:
        try:
            self._gateway.post_to_connection(ConnectionId=connection_id, Data=data)
        except self._gateway.exceptions.GoneException:
            return Delivery.GONE
        except self._errors:
            return Delivery.FAILED
        return Delivery.DELIVERED

    def send_all(self, sends: Sequence[tuple[str, bytes]]) -> list[Delivery]:
        """Send each (connection id, data), at once; the answers stand in the order of the sends."""
        if len(sends) == 1:
            return [self.send(*sends[0])]
        return list(self._senders.map(lambda one: self.send(*one), sends))

    def close(self, connection_id: str) -> Delivery:
        """Close a connection; the gateway's code is always 1000."""
        try:
            self._gateway.delete_connection(ConnectionId=connection_id)
        except self._gateway.exceptions.GoneException:
            return Delivery.GONE
        except self._errors:
            return Delivery.FAILED
        return Delivery.DELIVERED
