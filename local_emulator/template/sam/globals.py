"""Merges the Globals section of a SAM template into each resource, as SAM does."""

from __future__ import annotations

from typing import Any

from local_emulator.template.document import Block, InvalidTemplateError, Items, location_of
from local_emulator.template.intrinsics import intrinsic_name

PREFIX = "AWS::Serverless::"
REPLACED = frozenset({"Architectures"})
"""Lists that a resource replaces instead of adding to (SAM, Globals section, overridable properties)."""


def with_globals(resource: Block, declared_globals: Block) -> Block:
    """Returns the properties of a resource merged with Globals for its type, less its `IgnoreGlobals`."""
    properties = resource.get("Properties")
    own = properties if isinstance(properties, Block) else Block({}, resource.location)
    section = declared_globals.get(str(resource.get("Type", "")).removeprefix(PREFIX))
    ignored = resource.get("IgnoreGlobals")
    if not isinstance(section, Block) or ignored == "*":
        return own
    shared = section.derive({key: value for key, value in section.items() if key not in (ignored or ())})
    merged = merge(shared, own)
    return merged if isinstance(merged, Block) else own


def merge(shared: Any, own: Any, key: str = "") -> Any:
    """Merges mappings, concatenates lists (global items first); any other value of the resource wins.

    An intrinsic counts as a scalar, and so does a pair of different kinds (SAM, Globals section).
    """
    plain = intrinsic_name(shared) is None and intrinsic_name(own) is None
    if plain and isinstance(shared, Block) and isinstance(own, Block):
        joined = {name: value for name, value in shared.items() if name not in own}
        joined |= {name: merge(shared[name], value, name) if name in shared else value for name, value in own.items()}
        return Block(joined, own.location, {**shared.locations, **own.locations})
    if isinstance(shared, Items) and isinstance(own, Items) and key not in REPLACED:
        return Items([*shared, *own], own.location, [*shared.locations, *own.locations])
    return own


def checked_globals(document: Block) -> Block:
    """Returns the Globals section, by default empty. Raises InvalidTemplateError for another shape."""
    declared = document.get("Globals", Block({}, document.location))
    if not isinstance(declared, Block) or not all(isinstance(section, Block) for section in declared.values()):
        at = location_of(declared, document.location_of("Globals"))
        raise InvalidTemplateError(at, "Globals must be a mapping of mappings")
    return declared
