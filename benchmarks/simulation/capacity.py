"""What DynamoDB bills for a request on demand, from the sizes of items.

Source: DynamoDB Developer Guide, "DynamoDB item sizes and formats" (CapacityUnitCalculations), "Provisioned capacity
mode" (one write unit per KB, one strongly consistent read unit per 4 KB, half of it for an eventually consistent one)
and "Global secondary indexes: write capacity" (an update that changes an index key deletes one entry and puts another).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096


def item_bytes(item: Item) -> int:
    """Names and values of all attributes."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            # One byte for every two significant digits, and one more.
            return ceil(len(content.strip("-").replace(".", "").strip("0")) / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "M":
            # Three bytes for the map, and one for each of its members.
            return 3 + len(content) + item_bytes(content)
        case "L":
            return 3 + len(content) + sum(_value_bytes(one) for one in content)
    raise ValueError(f"a value of type {kind} is not used here")


def write_units(before: Item | None, after: Item | None, index_keys: Iterable[str], written: bool = True) -> int:
    """Units of one write: of the larger of the two items, and of the index entries that it deletes and puts.

    A write whose condition failed (`written` is False) is billed as well, without the index.
    """
    largest = max(item_bytes(before or {}), item_bytes(after or {}))
    units = max(1, ceil(largest / WRITE_UNIT_BYTES))
    return units + (_index_units(before, after, tuple(index_keys)) if written else 0)


def _index_units(before: Item | None, after: Item | None, keys: tuple[str, ...]) -> int:
    """Entries of an index of keys alone are smaller than 1 KB: each one that changes is one unit."""
    old, new = ([item[key] for key in keys] if item and set(keys) <= item.keys() else None for item in (before, after))
    return 0 if old == new else (old is not None) + (new is not None)


def read_units(sizes: Iterable[int], *, consistent: bool) -> float:
    """Units of one Query page: of all that it read together, at least one."""
    return max(1, ceil(sum(sizes) / READ_UNIT_BYTES)) * (1 if consistent else 0.5)
