"""Makes the records of moto's streams those of DynamoDB.

moto records writes that change nothing, and an update that creates an item twice; a stream that is switched off breaks
every write. Source: DynamoDB Developer Guide, Streams; API reference, StreamRecord; AWS's own engine, run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table
from moto.dynamodbstreams.models import DynamoDBStreamsBackend

from local_emulator.aws.moto_patches.patching import Patches

EVENT_VERSION = "1.1"
MAX_ITERATORS = 10_000


def install_stream_records(patches: Patches) -> None:
    """Changes what is recorded, and how a stream is switched off."""
    patches.replace(StreamShard, "add", _add)
    patches.wrap(DynamoDBBackend, "update_item", _update_item)
    patches.wrap(StreamRecord, "__init__", _record)
    patches.wrap(Table, "set_stream_specification", _set_stream_specification)
    patches.wrap(DynamoDBStreamsBackend, "get_records", _get_records)


def comparable(value: Mapping[str, Any]) -> Any:
    """Returns an attribute value so that equal values are equal: numbers by value, sets without order."""
    [(kind, held)] = value.items()
    match kind:
        case "N":
            return kind, Decimal(held)
        case "NS":
            return kind, frozenset(map(Decimal, held))
        case "SS" | "BS":
            return kind, frozenset(held)
        case "L":
            return kind, [comparable(one) for one in held]
        case "M":
            return kind, {name: comparable(one) for name, one in held.items()}
    return kind, held


def is_unchanged(old: Any, new: Any) -> bool:
    """Returns True for two items of moto with the same attributes by value."""
    before, after = old.to_json()["Attributes"], new.to_json()["Attributes"]
    return before.keys() == after.keys() and all(
        before[name] == after[name] or comparable(before[name]) == comparable(after[name]) for name in before
    )


def _add(shard: StreamShard, old: Any, new: Any) -> None:
    """Records a change, and only that: moto's own method also loads its Lambda, for mappings that it does not have."""
    if old is not None and new is not None and is_unchanged(old, new):
        return
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    number = len(shard.items) + shard.starting_sequence_number
    view: str = (shard.table.stream_specification or {})["StreamViewType"]
    shard.items.append(StreamRecord(shard.table, view, name, old, new, number))


def _update_item(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps the last record of an update: moto puts the key alone before it updates a new item."""

    def update_item(backend: DynamoDBBackend, table_name: str, *arguments: Any, **named: Any) -> Any:
        if named.get("attribute_updates", ...) is None:  # an update of the key alone
            named["attribute_updates"] = {}
        shard = backend.get_table(table_name).stream_shard
        count = len(shard.items) if shard is not None else 0
        result = stock(backend, table_name, *arguments, **named)
        if shard is not None and len(shard.items) > count + 1:
            last = shard.items[-1]
            last.record["dynamodb"]["SequenceNumber"] = str(count + shard.starting_sequence_number)
            shard.items[count:] = [last]
        return result

    return update_item


def _record(stock: Callable[..., None]) -> Callable[..., None]:
    """Documented: version 1.1, the table's Region, and a time in whole seconds."""

    def record(own: StreamRecord, table: Table, *arguments: Any, **named: Any) -> None:
        stock(own, table, *arguments, **named)
        content = own.record["dynamodb"]
        own.record |= {"eventVersion": EVENT_VERSION, "awsRegion": table.region_name}
        content["ApproximateCreationDateTime"] = content["ApproximateCreationDateTime"].replace(microsecond=0)

    return record


def _set_stream_specification(stock: Callable[..., None]) -> Callable[..., None]:
    def set_stream_specification(table: Table, streams: dict[str, Any] | None) -> None:
        if streams and streams.get("StreamEnabled") is False:
            streams = None
        stock(table, streams)
        if not streams:  # writes go on without records, and a later stream has a label of its own
            table.stream_shard, table.latest_stream_label = None, None

    return set_stream_specification


def _get_records(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Deletes the oldest iterators, because each call makes one and moto keeps them all."""

    def get_records(backend: DynamoDBStreamsBackend, *arguments: Any, **named: Any) -> Any:
        answer = stock(backend, *arguments, **named)
        iterators = backend.shard_iterators
        while len(iterators) > MAX_ITERATORS:
            del iterators[next(iter(iterators))]
        return answer

    return get_records
