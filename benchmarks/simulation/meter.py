"""Counts what a botocore DynamoDB client consumes.

moto answers `ReturnConsumedCapacity` with constants: 0.5 for a PutItem or UpdateItem of any size, one unit per key of a
BatchGetItem, and nothing for an index. The units are therefore computed from the items before and after each request,
by the published rules (benchmarks/simulation/capacity.py).
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from benchmarks.simulation.capacity import Item, item_bytes, read_units, write_units

INDEX_KEYS = ("dueShard", "dueAt")
WRITES = ("PutItem", "UpdateItem", "DeleteItem")
OPERATIONS = (*WRITES, "BatchGetItem", "Query")
MOTO_ACCOUNT = "123456789012"


class Meter:
    """`counts` holds `wru`, `rru` and the number of calls by operation."""

    def __init__(self, region: str) -> None:
        self.counts: Counter[str] = Counter()
        self._tables = dynamodb_backends[MOTO_ACCOUNT][region].tables
        self._lock = threading.Lock()

    @property
    def calls(self) -> int:
        return sum(self.counts[operation] for operation in OPERATIONS)

    def attach(self, client: Any) -> None:
        events = client.meta.events
        events.register("provide-client-params.dynamodb", self._before)
        events.register("after-call.dynamodb", self._after)

    def _before(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params
        if model.name in WRITES:
            context["item_before"] = self._item(params)

    def _after(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        params = context["asked"]
        with self._lock:
            self.counts[model.name] += 1
            if model.name in WRITES:
                before, after = context["item_before"], self._item(params)
                written = "Error" not in parsed
                self.counts["wru"] += write_units(before, after, self._index_keys(params), written)
            else:
                self.counts["rru"] += self._reading(model.name, params, parsed)

    def _reading(self, operation: str, params: dict[str, Any], parsed: dict[str, Any]) -> Any:
        if operation == "Query":
            sizes = [item_bytes(item) for item in parsed.get("Items", ())]
            return read_units(sizes, consistent=params.get("ConsistentRead", False))
        [(table, asked)] = params["RequestItems"].items()
        # Each item is rounded up alone, by its whole size: a projection saves nothing, and one that is not there costs.
        wanted = [{"TableName": table, "Key": key} for key in asked["Keys"]]
        return sum(read_units([item_bytes(self._item(one) or {})], consistent=True) for one in wanted)

    def _item(self, params: dict[str, Any]) -> Item | None:
        """The stored item that a request is about."""
        table = self._tables[params["TableName"]]
        keys = params.get("Key") or params["Item"]
        stored = table.get_item(DynamoType(keys[table.hash_key_attr]), DynamoType(keys[table.range_key_attr]))
        return None if stored is None else stored.to_json()["Attributes"]

    def _index_keys(self, params: dict[str, Any]) -> tuple[str, ...]:
        return INDEX_KEYS if self._tables[params["TableName"]].global_indexes else ()
