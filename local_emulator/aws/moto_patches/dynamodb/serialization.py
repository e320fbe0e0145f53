"""Serializes item operations with json.dumps instead of moto's model serializer.

moto's own serializer looks for each value of an item under seven names, beside AWS's model of the answer. That is most
of the time of a query.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from moto import settings
from moto.core.serialize import JSONSerializer
from moto.dynamodb.responses import DynamoResult

from local_emulator.aws.moto_patches.patching import Patches

# Their answers are made of items, counts and names alone, and all of it is JSON but for bytes.
OF_ITEMS = frozenset(
    {"BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "UpdateItem"}
)


def install_answers(patches: Patches) -> None:
    """Writes answers that are made of items without a walk through AWS's model."""
    patches.wrap(DynamoResult, "execute_result", _execute_result)


def _execute_result(stock: Callable[..., Any]) -> Callable[..., Any]:
    def execute_result(self: DynamoResult, context: Any) -> Any:
        operation = context.operation_model
        plain = operation.name in OF_ITEMS and context.serializer_class is JSONSerializer
        if not plain or settings.PRETTIFY_RESPONSES or not isinstance(self.result, dict):
            return stock(self, context)
        members = operation.output_shape.members
        told = {name: value for name, value in self.result.items() if value is not None and name in members}
        if "ConsumedCapacity" in told:
            told["ConsumedCapacity"] = _in_units(told["ConsumedCapacity"])
        version = operation.service_model.metadata["jsonVersion"]
        return 200, {"Content-Type": f"application/x-amz-json-{version}"}, json.dumps(told, default=_base64)

    return execute_result


def _in_units(capacity: Any) -> Any:
    """Consumed capacity as doubles, whatever moto counted with."""
    if isinstance(capacity, dict):
        return {name: _in_units(value) for name, value in capacity.items()}
    if isinstance(capacity, list):
        return [_in_units(one) for one in capacity]
    return float(capacity) if isinstance(capacity, int) else capacity


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no part of an item")
