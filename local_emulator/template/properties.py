"""Evaluates the properties of one resource on demand, with errors that name resource and line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, overload

from local_emulator.template.coercion import as_flag, as_integer, as_text
from local_emulator.template.document import Block, InvalidTemplateError, Location, location_of
from local_emulator.template.intrinsics import NO_VALUE, Intrinsics

T = TypeVar("T")
REQUIRED: Any = object()


class Properties:
    """A mapping of the template. It evaluates a property on demand, so unemulated properties cannot fail."""

    def __init__(self, intrinsics: Intrinsics, owner: str, block: Block) -> None:
        self._intrinsics, self._owner, self._block = intrinsics, owner, block

    @property
    def owner(self) -> str:
        """The logical id of the resource."""
        return self._owner

    def __contains__(self, name: str) -> bool:
        return self.value(name) is not None

    @property
    def names(self) -> frozenset[str]:
        """The names of the properties that are written, whatever their values."""
        return frozenset(self._block)

    @property
    def location(self) -> Location:
        return self._block.location

    def location_of(self, name: str) -> Location:
        return location_of(self._block.get(name), self._block.location_of(name))

    def evaluated(self) -> Block:
        """Returns all properties, evaluated, without those that evaluate to `AWS::NoValue`."""
        found: Block = self._intrinsics.evaluate(self._block)
        return found

    def value(self, name: str, otherwise: Any = None) -> Any:
        """Returns the fully evaluated value; `otherwise` if there is none."""
        if name not in self._block:
            return otherwise
        value = self._intrinsics.evaluate(self._block[name])
        return otherwise if value is NO_VALUE or value is None else value

    def is_removed(self, name: str) -> bool:
        """Returns True if the property evaluates to `AWS::NoValue`."""
        return self._intrinsics.evaluate(self._block[name]) is NO_VALUE

    @overload
    def text(self, name: str) -> str: ...
    @overload
    def text(self, name: str, otherwise: T) -> str | T: ...
    def text(self, name: str, otherwise: Any = REQUIRED) -> Any:
        value = self.value(name)
        if value is None:
            return self._absent(name, otherwise)
        text = as_text(value)
        if text is None:
            return self._wrong(name, "text")
        return self._intrinsics.resolve_dynamic(text, self.location_of(name))

    @overload
    def integer(self, name: str) -> int: ...
    @overload
    def integer(self, name: str, otherwise: T) -> int | T: ...
    def integer(self, name: str, otherwise: Any = REQUIRED) -> Any:
        value = self.value(name)
        if value is None:
            return self._absent(name, otherwise)
        number = as_integer(value)
        return self._wrong(name, "a whole number") if number is None else number

    def flag(self, name: str, otherwise: bool) -> bool:
        value = self.value(name, otherwise)
        flag = as_flag(value)
        return bool(self._wrong(name, "true or false")) if flag is None else flag

    def texts(self, name: str) -> tuple[str, ...]:
        """Returns a list of texts; a single text counts as a list with one item, as in CloudFormation."""
        value = self.value(name, [])
        value = value if isinstance(value, list) else [value]
        found = tuple(text for item in value if (text := as_text(item)) is not None)
        if len(found) < len(value):
            self._wrong(name, "a list of texts")
        return found

    def table(self, name: str) -> dict[str, str]:
        """Returns a mapping of texts to texts, such as the variables of an environment."""
        section = self.section(name)
        return {key: section.text(key) for key in section._block if not section.is_removed(key)}

    def section(self, name: str) -> Properties:
        """Returns a mapping below this one; an empty mapping if it is absent."""
        value = self._intrinsics.outermost(self._block.get(name))
        if value is None or value is NO_VALUE:
            value = Block({}, self.location_of(name))
        if not isinstance(value, Block):
            self._wrong(name, "a mapping")
        return Properties(self._intrinsics, self._owner, value)

    def sections(self, name: str) -> Iterator[Properties]:
        """Yields the mappings of a list below this one."""
        evaluate = self._intrinsics.outermost
        items = evaluate(self._block.get(name))
        if items is None or items is NO_VALUE:
            return
        if not isinstance(items, list):
            self._wrong(name, "a list")
        for item in map(evaluate, items):
            if isinstance(item, Block):
                yield Properties(self._intrinsics, self._owner, item)
            elif item is not NO_VALUE:
                self._wrong(name, "a list of mappings")

    def error(self, name: str, message: str) -> InvalidTemplateError:
        return InvalidTemplateError(self.location_of(name), f"{self._owner}: {message}")

    def _absent(self, name: str, otherwise: Any) -> Any:
        if otherwise is not REQUIRED:
            return otherwise
        if name in self._block and self._block[name] is None:
            raise self.error(name, f"{name} has no value")
        raise self.error(name, f"needs {name}")

    def _wrong(self, name: str, kind: str) -> Any:
        raise self.error(name, f"{name} must be {kind}")
