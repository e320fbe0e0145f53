"""Items are let go when nobody has them any more: moto keeps a list of every one that ever was, copies included."""

from __future__ import annotations

from moto.dynamodb.models.dynamo_type import Item

from local_emulator.dynamodb.patches import Patches
from local_emulator.untracked import untracked


def install_tracking(patches: Patches) -> None:
    patches.replace(Item, "__new__", untracked)
