"""Writes out the loops (`Fn::ForEach`) of a template, as the transform AWS::LanguageExtensions does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_emulator.template.coercion import as_text
from local_emulator.template.document import Block, Document, InvalidTemplateError, Items, Location
from local_emulator.template.parameters import Value

LOOP = "Fn::ForEach::"
MAX_VALUES = 100_000
"""Maximum number of values that loops write out. A stack has at most 500 resources (CloudFormation quotas)."""


def without_loops(document: Document, parameters: Mapping[str, Value]) -> Document:
    """Returns the document with the entries of each turn of each loop in place of the loop.

    Documented (CloudFormation, Fn::ForEach): a loop has an identifier, a list of texts or a `Ref` to a list parameter,
    and a mapping. In the mapping `${identifier}` and its `Ref` stand for the text, `&{identifier}` for its letters
    and digits.

    Raises InvalidTemplateError for another shape, and for loops with more than MAX_VALUES values.
    """
    plain = _Loops(parameters).written_out(document)
    found = Document(plain, document.location, plain.locations)
    found.notices = document.notices
    return found


class _Loops:
    def __init__(self, parameters: Mapping[str, Value]) -> None:
        self._parameters = parameters
        self._values = 0

    def written_out(self, value: Any) -> Any:
        if isinstance(value, Items):
            return Items(map(self.written_out, value), value.location, value.locations)
        if not isinstance(value, Block):
            return value
        found = Block({}, value.location)
        for key, item in value.items():
            at = value.location_of(key)
            entries = self._entries(item, at) if key.startswith(LOOP) else {key: self.written_out(item)}
            found.update(entries)
            found.locations |= dict.fromkeys(entries, at)
        return found

    def _entries(self, loop: Any, at: Location) -> Block:
        """Returns the entries of all turns of a loop."""
        if not isinstance(loop, Items) or len(loop) != 3 or not isinstance(loop[2], Block):
            raise InvalidTemplateError(at, "Fn::ForEach needs a list of an identifier, a list and a mapping")
        found = Block({}, at)
        for text in self._texts(loop[1], at):
            found.update(self.written_out(self._replaced(loop[2], str(loop[0]), text, at)))
        return found

    def _texts(self, collection: Any, at: Location) -> Iterator[str]:
        for item in self._value(collection) if isinstance(self._value(collection), list | tuple) else [None]:
            text = as_text(self._value(item))
            if text is None:
                raise InvalidTemplateError(at, "Fn::ForEach needs a list of texts, or a Ref to a list parameter")
            yield text

    def _value(self, value: Any) -> Any:
        """Returns the value of a parameter for a `Ref` to it."""
        is_reference = isinstance(value, Block) and list(value) == ["Ref"]
        return self._parameters.get(str(value["Ref"])) if is_reference else value

    def _replaced(self, value: Any, identifier: str, text: str, at: Location) -> Any:
        """Returns a value of a loop's mapping for one turn."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise InvalidTemplateError(at, f"has more than {MAX_VALUES} values once its loops are written out")
        if isinstance(value, str):
            return _filled(value, identifier, text)
        if isinstance(value, Items):
            items = (self._replaced(item, identifier, text, at) for item in value)
            return Items(items, value.location, value.locations)
        if not isinstance(value, Block):
            return value
        if dict(value) == {"Ref": identifier}:
            return text
        keys = {key: _filled(key, identifier, text) for key in value}
        entries = {keys[key]: self._replaced(item, identifier, text, at) for key, item in value.items()}
        return _settled(Block(entries, value.location, {keys[key]: value.location_of(key) for key in value}))


def _filled(text: str, identifier: str, value: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]", "", value)
    return text.replace(f"${{{identifier}}}", value).replace(f"&{{{identifier}}}", plain)


def _settled(value: Block) -> Any:
    """Returns the text of a Fn::Sub without names, so that it may be the name in a Ref or Fn::GetAtt."""
    text = value.get("Fn::Sub")
    return text if isinstance(text, str) and "${" not in text else value
