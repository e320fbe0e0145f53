"""DynamoDB throttled, slow or out of reach, for every process that uses the AWS port."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

from local_emulator.aws.channel import GatewayEnd
from local_emulator.faults.registry import Subject
from local_emulator.web.browser_guard.wsgi import Environ, WsgiApp

# DynamoDB API reference, ProvisionedThroughputExceededException; AWS's SDKs retry it.
THROTTLED = json.dumps(
    {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API.",
    }
).encode()
TARGET_PREFIX = "DynamoDB_"
# In the User-Agent of a client whose calls are no occasion for faults.
SPARED = "apigw-emulator-inspector"


class DynamoDbDownError(ConnectionError):
    """The connection to DynamoDB breaks."""


class DynamoDbFaults:
    """Runs in front of moto's DynamoDB. A `DynamoDbDownError` is the end of the caller's TCP connection."""

    def __init__(self, gateway: GatewayEnd) -> None:
        self._gateway = gateway

    def wrap(self, app: WsgiApp) -> WsgiApp:
        """Returns `app` with the faults before the calls of DynamoDB among its requests."""

        def faulty(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            target, agent = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("HTTP_USER_AGENT", "")
            if not self._gateway.may_strike or not target.startswith(TARGET_PREFIX):
                return app(environ, start_response)
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if not self.is_throttled(target, agent, body):
                return app(environ | {"wsgi.input": BytesIO(body)}, start_response)
            start_response("400 Bad Request", list(throttled_headers().items()))
            return [THROTTLED]

        return faulty

    def is_throttled(self, target: str, agent: str, body: bytes) -> bool:
        """Waits as long as faults say. Raises DynamoDbDownError."""
        if not self._gateway.may_strike or SPARED in agent:
            return False
        operation, tables = target.rpartition(".")[2], tables_of(body)
        time.sleep(self._gateway.strike("dynamodb-latency", operation, tables) or 0)
        if self._gateway.strike("dynamodb-down", operation, tables) is not None:
            raise DynamoDbDownError
        return self._gateway.strike("dynamodb-throttled", operation, tables) is not None


def throttled_headers() -> dict[str, str]:
    """Returns the headers of an answer that throttles."""
    return {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": str(uuid.uuid4())}


def of_dynamodb(operation: str, tables: Iterable[str], table_names: Mapping[str, str]) -> Subject:
    """A call of DynamoDB; `table_names` gives the logical ids of physical names."""
    names = set(tables)
    known = {table_names[name] for name in names if name in table_names}
    about = ", ".join(sorted(known or names)) or "DynamoDB"
    return Subject(about, {"table": names | known, "operation": (operation,)})


def tables_of(body: bytes) -> list[str]:
    """TableName, which may be an ARN; RequestItems of batches; TransactItems of transactions (DynamoDB API)."""
    try:
        asked = json.loads(body)
    except ValueError:
        return []
    if not isinstance(asked, dict):
        return []
    found = [asked.get("TableName")]
    if isinstance(asked.get("RequestItems"), dict):
        found += list(asked["RequestItems"])
    for item in asked.get("TransactItems") or ():
        found += [action.get("TableName") for action in item.values()]
    return sorted({name.rpartition(":table/")[2] for name in found if isinstance(name, str)})
