"""An item's size is added up again only when it may be too large: moto does so at every attribute that is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize

from local_emulator.aws.moto_patches.patching import Patches

SURELY_SMALL = 400_000  # bytes; moto's limit is a little higher


def install_sizes(patches: Patches) -> None:
    """Measures an item only where it may exceed DynamoDB's limit."""
    patches.wrap(LimitedSizeDict, "__setitem__", _set)


def _set(stock: Callable[..., None]) -> Callable[..., None]:
    """`most` is what the attributes come to at most: what was replaced or removed is still counted."""

    def set_attribute(attributes: Any, name: str, value: Any) -> None:
        most = getattr(attributes, "most", SURELY_SMALL) + bytesize(name) + _size(value)
        if most < SURELY_SMALL:
            dict.__setitem__(attributes, name, value)
        else:
            stock(attributes, name, value)
            most = sum(bytesize(key) + _size(one) for key, one in attributes.items())
        attributes.most = most

    return set_attribute


def _size(value: Any) -> int:
    size: int = value.size() if type(value) is DynamoType else bytesize(str(value))
    return size
