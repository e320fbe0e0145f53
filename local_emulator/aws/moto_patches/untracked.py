"""Makes models of moto without an entry in moto's list of all instances."""

from __future__ import annotations

from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from local_emulator.aws.moto_patches.patching import Patches


def untracked(cls: type[Any], *given: Any, **named: Any) -> Any:
    """A model's `__new__`. moto's own appends every instance to a list that only a reset empties."""
    return object.__new__(cls)


def install_tracking(patches: Patches) -> None:
    """Keeps items out of the list of all instances."""
    patches.replace(Item, "__new__", untracked)
