"""One resource as a template declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.template.document import Block, InvalidTemplateError, Items, Location, location_of


@dataclass(frozen=True)
class Declared:
    """A resource before anything in it is evaluated. `condition` is a name of Conditions, if it has one."""

    logical_id: str
    type: str
    properties: Block
    location: Location
    condition: str | None = None

    def generates(
        self,
        logical_id: str,
        type: str,
        properties: Mapping[str, Any],
        renamed: Mapping[str, str] | None = None,
    ) -> Declared:
        """Another resource that stands for a part of this one: same place, same condition.

        `renamed` maps a property's new name to the one under which the template has it.
        """
        own = self.properties
        locations = own.locations | {new: own.location_of(old) for new, old in (renamed or {}).items()}
        given = {name: value for name, value in properties.items() if value is not None}
        return Declared(logical_id, type, Block(given, own.location, locations), self.location, self.condition)


def mapping(resource: Declared, value: Any, what: str) -> Block:
    """A part of a resource that must be a mapping. Raises InvalidTemplateError if it is not."""
    if isinstance(value, Block):
        return value
    raise InvalidTemplateError(
        location_of(value, resource.location), f"{resource.logical_id}: {what} must be a mapping"
    )


def ref(resource: Declared, name: str) -> Block:
    return Block({"Ref": name}, resource.location)


def listed(resource: Declared, *items: Any) -> Items:
    return Items(items, resource.properties.location)
