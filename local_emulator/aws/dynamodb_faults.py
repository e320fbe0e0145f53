"""DynamoDB throttled, slow or out of reach: for functions in this process, and for other processes on the AWS port."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

import botocore.handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError

from local_emulator.faults.registry import FaultRegistry, Subject

# DynamoDB API reference, ProvisionedThroughputExceededException; AWS's SDKs retry it.
THROTTLED = json.dumps(
    {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API.",
    }
).encode()
TARGET_PREFIX = "DynamoDB_"

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class DynamoDbDown(ConnectionError):
    """The connection to DynamoDB breaks."""


class DynamoDbFaults:
    """Stands before DynamoDB, whichever it is: moto's or, for this process, a real server."""

    def __init__(self, faults: FaultRegistry, table_names: Mapping[str, str]) -> None:
        """`table_names`: the logical id of each physical name."""
        self._faults = faults
        self._table_names = table_names
        # botocore's handlers for every client made from now on. One that stands nearer to the operation's name is
        # asked before moto's, which is for all services.
        self._hook = ("before-send.dynamodb", self._before_send)

    def start(self) -> None:
        botocore.handlers.BUILTIN_HANDLERS.append(self._hook)

    def stop(self) -> None:
        botocore.handlers.BUILTIN_HANDLERS.remove(self._hook)

    def spare(self, client: Any) -> None:
        """Strike at nothing that this client of DynamoDB does."""
        client.meta.events.unregister(*self._hook)

    def wrap(self, app: WsgiApp) -> WsgiApp:
        """The same on the AWS port, where a handler's exception is the end of its TCP connection."""

        def faulty(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            target = environ.get("HTTP_X_AMZ_TARGET", "")
            if not self._faults or not target.startswith(TARGET_PREFIX):
                return app(environ, start_response)
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if not self._is_throttled(target, body):
                return app(environ | {"wsgi.input": BytesIO(body)}, start_response)
            start_response("400 Bad Request", list(_headers().items()))
            return [THROTTLED]

        return faulty

    def _before_send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        """One attempt of a client's call; botocore's own retries come by here again."""
        target = request.headers.get("X-Amz-Target", b"") if self._faults else b""
        target = target.decode() if isinstance(target, bytes) else target
        if not target.startswith(TARGET_PREFIX):
            return None
        try:
            throttled = self._is_throttled(target, request.body or b"")
        except DynamoDbDown:
            raise ConnectionClosedError(endpoint_url=request.url) from None
        if not throttled:
            return None
        # botocore asks every handler and takes the first answer, so moto would do the work: it must not know the URL.
        request.url = "http://dynamodb.invalid/"
        return AWSResponse(request.url, 400, _headers(), _Raw(THROTTLED))

    def _is_throttled(self, target: str, body: bytes | str) -> bool:
        """Raises DynamoDbDown."""
        subject = of_dynamodb(target.rpartition(".")[2], body, self._table_names)
        now = int(time.time() * 1000)
        slow = self._faults.strike("dynamodb-latency", subject, now)
        if slow is not None:
            time.sleep(slow.delay_seconds)
        if self._faults.strike("dynamodb-down", subject, now) is not None:
            raise DynamoDbDown
        return self._faults.strike("dynamodb-throttled", subject, now) is not None


def _headers() -> dict[str, str]:
    return {
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": str(len(THROTTLED)),
        "x-amzn-RequestId": str(uuid.uuid4()),
    }


class _Raw(BytesIO):
    """A body as botocore reads one."""

    def stream(self, **_: object) -> Iterable[bytes]:
        yield self.read()


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


def _tables(asked: dict[str, Any]) -> set[str]:
    """TableName, which may be an ARN; RequestItems of batches; TransactItems of transactions (DynamoDB API)."""
    found = [asked.get("TableName")]
    if isinstance(asked.get("RequestItems"), dict):
        found += list(asked["RequestItems"])
    for item in asked.get("TransactItems") or ():
        found += [action.get("TableName") for action in item.values()]
    return {name.rpartition(":table/")[2] for name in found if isinstance(name, str)}
