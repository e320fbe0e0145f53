"""Names the properties that have no effect: those that the emulator ignores, and those that no type has."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from local_emulator.template.document import Block, Items, Location
from local_emulator.template.known_types import (
    ATTRIBUTES,
    EVENTS,
    GLOBALS,
    KNOWN,
    NESTED,
    RULES,
    TEMPLATE,
    KnownProperties,
)
from local_emulator.template.resource import DeclaredResource


class IneffectiveProperty(NamedTuple):
    """A property without effect, with the sentence about it."""

    at: Location
    text: str


def ineffective_properties(resource: DeclaredResource) -> Iterator[IneffectiveProperty]:
    """Yields the properties of a resource that have no effect here."""
    known = KNOWN.get(resource.type)
    if known is None:
        return
    own = resource.properties
    yield from _ineffective(f"{resource.logical_id}: ", own, known, f"{resource.type} has no property of this name")
    for (type, *path), nested in NESTED.items():
        if type == resource.type:
            for block in _blocks(own, path):
                yield from _below(resource, ".".join(name for name in path if name != "*"), block, nested)
    for event in _blocks(own, ["Events", "*"]) if resource.type == "AWS::Serverless::Function" else ():
        type = str(event.get("Type"))  # a damaged template may have a list there
        for block in _blocks(event, ["Properties"]) if type in EVENTS else ():
            yield from _below(resource, f"an event of type {type}", block, EVENTS[type])


def ineffective_keys(document: Block) -> Iterator[IneffectiveProperty]:
    """Yields the keys round the properties that have no effect here: sections, and attributes of resources."""
    yield from _ineffective("", document, TEMPLATE, "a template has no section of this name")
    for rules in _blocks(document, ["Rules"]):
        yield from _ineffective("Rules: ", rules, RULES, "no rule is evaluated here")
    for shared in _blocks(document, ["Globals"]):
        yield from _ineffective("Globals: ", shared, GLOBALS, "SAM has no section of this name")
    for resources in _blocks(document, ["Resources"]):
        for name in resources:
            for block in _blocks(resources, [name]):
                yield from _ineffective(f"{name}: ", block, ATTRIBUTES, "a resource has no attribute of this name")


def _blocks(block: Block, path: list[str]) -> Iterator[Block]:
    if not path:
        yield block
        return
    found = block.values() if path[0] == "*" else [block.get(path[0])]
    for value in found:
        if path[1:2] == ["*"] and isinstance(value, Items):
            value = Block({str(index): item for index, item in enumerate(value)}, value.location)
        if isinstance(value, Block):
            yield from _blocks(value, path[1:])


def _below(
    resource: DeclaredResource, path: str, block: Block, known: KnownProperties
) -> Iterator[IneffectiveProperty]:
    yield from _ineffective(f"{resource.logical_id}: {path}: ", block, known, "it has no property of this name")


def _ineffective(about: str, block: Block, known: KnownProperties, unknown: str) -> Iterator[IneffectiveProperty]:
    for name in block:
        if name in known.read | known.inert or name == "Ref" or name.startswith("Fn::"):
            continue
        close = get_close_matches(name, known.read | known.inert | known.ignored, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        reason = "it has no effect here" if name in known.ignored else unknown + hint
        yield IneffectiveProperty(block.location_of(name), f"{about}{name} is ignored: {reason}")
