"""Represents one resource as a template declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.template.document import Block, InvalidTemplateError, Items, Location, location_of


@dataclass(frozen=True)
class DeclaredResource:
    """A resource before anything in it is evaluated. `condition` is a name of Conditions, if it has one."""

    logical_id: str
    type: str
    properties: Block
    location: Location
    condition: str | None = None

    def generates(
        self, logical_id: str, type: str, properties: Mapping[str, Any], renamed: Mapping[str, str] | None = None
    ) -> DeclaredResource:
        """Returns another resource for a part of this one, with the same location and condition.

        `renamed` maps the new name of a property to its name in the template.
        """
        own = self.properties
        locations = own.locations | {new: own.location_of(old) for new, old in (renamed or {}).items()}
        given = {name: value for name, value in properties.items() if value is not None}
        return DeclaredResource(logical_id, type, Block(given, own.location, locations), self.location, self.condition)


def mapping(resource: DeclaredResource, value: Any, what: str) -> Block:
    """Returns `value`, a part of a resource. Raises InvalidTemplateError if it is not a mapping."""
    if isinstance(value, Block):
        return value
    raise InvalidTemplateError(
        location_of(value, resource.location), f"{resource.logical_id}: {what} must be a mapping"
    )


def ref(resource: DeclaredResource, name: str) -> Block:
    """Returns a `Ref` to `name`, at the resource's location."""
    return Block({"Ref": name}, resource.location)


def listed(resource: DeclaredResource, *items: Any) -> Items:
    """Returns a list of the items, at the location of the resource's properties."""
    return Items(items, resource.properties.location)
