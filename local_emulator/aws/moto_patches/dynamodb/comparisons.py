"""Compares as DynamoDB does: an attribute that is absent or of another type makes a comparison false, not a failure.

Documented (DynamoDB Developer Guide, "Comparison operator and function reference"); `<>` alone is then true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import wraps
from typing import Any

ORDERED = ("S", "N", "B")
"""The types that have an order."""
ORDERINGS = ("LT", "LE", "GT", "GE", "BETWEEN")
SIZED = ("S", "SS", "NS", "B", "BS", "L", "M")
"""The types that have a size."""


def compare_as_dynamodb() -> None:
    """Patches moto, once per process. Raises ImportError or AttributeError for another moto."""
    from moto.dynamodb import comparisons as moto
    from moto.dynamodb.models.dynamo_type import DynamoType

    for owner, compare in (
        (moto.OpLessThan, operator.lt),
        (moto.OpLessThanOrEqual, operator.le),
        (moto.OpGreaterThan, operator.gt),
        (moto.OpGreaterThanOrEqual, operator.ge),
    ):
        _replace(owner, _ordered(compare))
    _replace(moto.OpEqual, lambda self, item: _is_equal(self.lhs, self.rhs, item))
    _replace(moto.OpNotEqual, lambda self, item: not _is_equal(self.lhs, self.rhs, item))
    _replace(moto.FuncIn, _in)
    _replace(moto.FuncBetween, _between)
    _replace(moto.FuncSize, _size)
    _compare_stored(DynamoType)
    moto.FuncSize.get_type = _type_of_size  # type: ignore[attr-defined]


def _replace(owner: Any, expr: Callable[[Any, Any], Any]) -> None:
    owner.expr  # noqa: B018  # raises AttributeError for a moto that has none
    owner.expr = expr


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda self, item: _has_order(item, self.lhs, self.rhs) and compare(self.lhs.expr(item), self.rhs.expr(item))


def _compare_stored(owner: Any) -> None:
    """Changes the comparisons of the API's old form (ScanFilter, QueryFilter), which have operators by name."""
    stock = owner.compare
    if hasattr(stock, "__wrapped__"):
        return

    @wraps(stock)
    def compare(self: Any, name: str, operands: list[Any]) -> bool:
        kinds = {operand.type for operand in operands} | {self.type}
        if name in ORDERINGS and (len(kinds) > 1 or not kinds <= set(ORDERED)):
            return False
        try:
            return bool(stock(self, name, operands))
        except (TypeError, AttributeError):  # BEGINS_WITH and CONTAINS of what has no such function
            return bool(name == "NOT_CONTAINS")

    owner.compare = compare


def _has_order(item: Any, *operands: Any) -> bool:
    kinds = {operand.get_type(item) for operand in operands}
    return len(kinds) == 1 and kinds <= set(ORDERED)


def _is_equal(left: Any, right: Any, item: Any) -> bool:
    kind = left.get_type(item)
    return kind is not None and kind == right.get_type(item) and bool(left.expr(item) == right.expr(item))


def _in(self: Any, item: Any) -> bool:
    return any(_is_equal(self.attr, value, item) for value in self.possible_values)


def _between(self: Any, item: Any) -> bool:
    if not _has_order(item, self.attr, self.start, self.end):
        return False
    return bool(self.start.expr(item) <= self.attr.expr(item) <= self.end.expr(item))


def _size(self: Any, item: Any) -> int | None:
    return len(self.attr.expr(item)) if self.attr.get_type(item) in SIZED else None


def _type_of_size(self: Any, item: Any) -> str | None:
    return "N" if self.attr.get_type(item) in SIZED else None
