"""Items are let go when nobody has them any more: moto keeps a list of every one that ever was, copies included."""

from __future__ import annotations

from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from local_emulator.dynamodb.patches import Patches


def install_tracking(patches: Patches) -> None:
    patches.replace(Item, "__new__", _untracked)


def _untracked(cls: type[Item], *given: Any, **named: Any) -> Item:
    return object.__new__(cls)
