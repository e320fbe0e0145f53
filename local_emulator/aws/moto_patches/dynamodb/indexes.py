"""A table's items by the hash keys of its indexes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

KEY_TYPES = frozenset({"S", "N", "B"})

Key = tuple[str, Any]


class TableIndexes:
    """A table's items by the hash keys of its indexes; each attribute's are filed when they are first asked for."""

    def __init__(self, table: Table) -> None:
        self._items = table.items
        self._has_range_key = table.has_range_key
        self._by_name: dict[str, AttributeIndex] = {}

    def belongs_to(self, table: Table) -> bool:
        return self._items is table.items

    def find(self, name: str, value: DynamoType) -> list[Item]:
        if name not in self._by_name:
            self._by_name[name] = AttributeIndex(name)
            for item in self._all():
                self._by_name[name].file(item)
        return self._by_name[name].find(value)

    def file(self, item: Item) -> None:
        for index in self._by_name.values():
            index.file(item)

    def drop(self, item: Item) -> None:
        for index in self._by_name.values():
            index.drop(item)

    def _all(self) -> Iterable[Item]:
        if not self._has_range_key:
            return list(self._items.values())  # type: ignore[arg-type]  # moto's own: an item, or a map of them
        return [item for partition in self._items.values() for item in partition.values()]


class AttributeIndex:
    """The items of a table by the value of one attribute."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._values: dict[tuple[Key | None, ...], Key] = {}
        self._items: dict[Key, dict[tuple[Key | None, ...], Item]] = {}

    def find(self, value: DynamoType) -> list[Item]:
        return list(self._items.get(_key(value), {}).values())

    def file(self, item: Item) -> None:
        """Puts an item where its value says, and in no other place. Values that cannot be keys are in no index."""
        self.drop(item)
        value = item.attrs.get(self._name)
        if value is not None and value.type in KEY_TYPES:
            identity = _identity(item)
            self._values[identity] = _key(value)
            self._items.setdefault(_key(value), {})[identity] = item

    def drop(self, item: Item) -> None:
        identity = _identity(item)
        value = self._values.pop(identity, None)
        if value is not None:
            self._items[value].pop(identity)
            if not self._items[value]:
                del self._items[value]


def _identity(item: Item) -> tuple[Key | None, ...]:
    return _key(item.hash_key), _key(item.range_key) if item.range_key else None


def _key(value: DynamoType) -> Key:
    return value.type, value.cast_value
