"""Holds the stacks that are deployed together: their resources, what they export, and the stacks nested in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from local_emulator.template.document import InvalidTemplateError, Location
from local_emulator.template.resource import DeclaredResource


class Exporting(Protocol):
    """A stack, as its group needs it."""

    def exported(self, name: str) -> str | None: ...


Member = TypeVar("Member", bound=Exporting)


class StackGroup(Generic[Member]):
    """Stacks that are deployed together. `name` begins the names that their resources are given.

    `resources` are those of all stacks by logical id; one whose logical id is taken gets its stack's name before it.
    `opened` makes the stack of a nested one, given its parent and itself, or returns None.
    """

    def __init__(self, name: str, opened: Callable[[Member, DeclaredResource], Member | None]) -> None:
        self.name = name
        self.stacks: list[Member] = []
        self.resources: dict[str, DeclaredResource] = {}
        self.owners: dict[str, Member] = {}
        self.notices: list[str] = []
        self._open = opened
        self._nested: dict[str, Member | None] = {}
        self._importing: list[str] = []

    def add(self, stack: Member, name: str, declared: Mapping[str, DeclaredResource]) -> dict[str, DeclaredResource]:
        """Adds a member; returns its resources by their logical ids in its template."""
        self.stacks.append(stack)
        prefix = re.sub(r"\W|_", "", name)
        ids = {own: f"{prefix}{own}" if own in self.resources else own for own in declared}
        renamed = {own: replace(resource, logical_id=ids[own]) for own, resource in declared.items()}
        for resource in renamed.values():
            self.resources[resource.logical_id] = resource
            self.owners[resource.logical_id] = stack
        return renamed

    def nested(self, resource: DeclaredResource) -> Member | None:
        """Returns the stack that a resource nests; None if its template is not on this machine."""
        name = resource.logical_id
        if name in self._importing:
            raise InvalidTemplateError(resource.location, f"{name} needs its own outputs")
        if name not in self._nested:
            self._importing.append(name)
            try:
                self._nested[name] = self._open(self.owners[name], resource)
            finally:
                self._importing.pop()
        return self._nested[name]

    def exported(self, name: str, at: Location) -> str | None:
        """Returns the value of an export of these stacks; None if there is no such export."""
        key = f"export {name}"
        if key in self._importing:
            raise InvalidTemplateError(at, f"{key} needs itself")
        self._importing.append(key)
        try:
            return next((value for stack in self.stacks if (value := stack.exported(name)) is not None), None)
        finally:
            self._importing.pop()
