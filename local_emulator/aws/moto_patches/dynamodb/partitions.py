"""A query costs as much as its own partition: moto copies and sorts the whole table for every one.

Here moto's own `Table.query` runs on the items of one partition.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from local_emulator.aws.moto_patches.dynamodb.indexes import KEY_TYPES, TableIndexes
from local_emulator.aws.moto_patches.patching import Patches


class Partitions:
    """Knows which items a query can find, by hearing of every write."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._indexes: WeakKeyDictionary[Table, TableIndexes] = WeakKeyDictionary()

    def install(self, patches: Patches) -> None:
        patches.wrap(Table, "query", self._query)
        patches.wrap(Table, "put_item", self._put_item)
        patches.wrap(Table, "delete_item", self._delete_item)
        patches.wrap(DynamoDBBackend, "update_item", self._update_item)

    def _query(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        def query(table: Table, hash_key: DynamoType | None, *others: Any, **named: Any) -> Any:
            with self._lock:
                index_name = named.get("index_name", others[6] if len(others) > 6 else None)
                items = self._candidates(table, hash_key, index_name, named.get("hash_key_conditions"))
                return stock(table if items is None else Partition(table, items), hash_key, *others, **named)

        return query

    def _put_item(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        def put_item(table: Table, *given: Any, **named: Any) -> Any:
            with self._lock:
                item = stock(table, *given, **named)
                self._of(table).file(item)
                return item

        return put_item

    def _delete_item(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        def delete_item(table: Table, *given: Any, **named: Any) -> Any:
            with self._lock:
                item = stock(table, *given, **named)
                if item is not None:
                    self._of(table).drop(item)
                return item

        return delete_item

    def _update_item(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        """Moto changes the stored item in place, and leaves it half changed when it refuses the rest of an update."""

        def update_item(
            backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *given: Any, **named: Any
        ) -> Any:
            with self._lock:
                try:
                    return stock(backend, table_name, key, *given, **named)
                finally:
                    table = backend.get_table(table_name)
                    if (item := _stored(table, key)) is not None:
                        self._of(table).file(item)

        return update_item

    def _candidates(
        self, table: Table, hash_key: DynamoType | None, index_name: str | None, conditions: Any
    ) -> list[Item] | None:
        """The items that a query can find, and perhaps more; None if only the whole table will do."""
        if index_name is None:
            return None if hash_key is None else _partition(table, hash_key)
        index = next((one for one in table.all_indexes() if one.name == index_name), None)
        if index is None:
            return None
        hash_names = {key["AttributeName"] for key in index.schema if key["KeyType"] == "HASH"}
        for name, value in conditions or ():
            if name in hash_names and value.type in KEY_TYPES:
                if name == table.hash_key_attr:
                    return _partition(table, value)
                return self._of(table).find(name, value)
        return None

    def _of(self, table: Table) -> TableIndexes:
        """The indexes of a table; they are made anew if moto has replaced its items (a restored backup)."""
        indexes = self._indexes.get(table)
        if indexes is None or not indexes.belongs_to(table):
            indexes = self._indexes[table] = TableIndexes(table)
        return indexes


class Partition:
    """A table as `Table.query` sees it, with the items of one partition only."""

    def __init__(self, table: Table, items: list[Item]) -> None:
        self._table = table
        self._items = items

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def all_items(self) -> list[Item]:
        """Returns the items in moto's order: by the keys of the table."""
        return sorted(
            self._items, key=lambda item: (item.hash_key, item.range_key) if item.range_key else item.hash_key
        )


def _partition(table: Table, hash_key: DynamoType) -> list[Item] | None:
    if hash_key.type not in KEY_TYPES:
        return None
    # Not by subscript: the default dict would keep an empty partition for every user who was ever asked for.
    found: Any = table.items.get(hash_key)
    if found is None:
        return []
    return list(found.values()) if table.has_range_key else [found]


def _stored(table: Table, key: dict[str, Any]) -> Item | None:
    """The item under the keys of an update, which moto may have refused as no keys at all."""
    values = [DynamoType(key[name]) for name in table.table_key_attrs if name in key]
    if len(values) < len(table.table_key_attrs) or any(value.type not in KEY_TYPES for value in values):
        return None
    found: Any = table.items
    for value in values:
        found = found.get(value, {})
    return found or None
