"""Names the properties that have no effect: those that the emulator ignores, and those that no type has."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from local_emulator.template.document import Block, Location
from local_emulator.template.known_types import KNOWN, KnownProperties
from local_emulator.template.resource import DeclaredResource

# Keys of mappings below a resource, by type and property; `*` stands for each entry.
NESTED = {
    ("AWS::Serverless::WebSocketApi", "Auth"): "AuthArn AuthType IdentitySource InvokeRole Name",
    ("AWS::Serverless::WebSocketApi", "Routes", "*"): (
        "ApiKeyRequired FunctionArn IntegrationTimeout ModelSelectionExpression OperationName RequestModels "
        "RequestParameters RouteResponseSelectionExpression"
    ),
    ("AWS::Serverless::Function", "Environment"): "Variables",
    ("AWS::Lambda::Function", "Environment"): "Variables",
    (
        "AWS::Serverless::Function",
        "EventInvokeConfig",
    ): "DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts",
    ("AWS::Serverless::Function", "LoggingConfig"): "ApplicationLogLevel LogFormat LogGroup SystemLogLevel",
    ("AWS::Lambda::Function", "LoggingConfig"): "ApplicationLogLevel LogFormat LogGroup SystemLogLevel",
}


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
    for name in own:
        if name not in known.read | known.inert and not name.startswith("Fn::"):
            yield IneffectiveProperty(own.location_of(name), _sentence(resource, name, known))
    for (type, *path), names in NESTED.items():
        if type == resource.type:
            for block in _blocks(own, path):
                yield from _unknown_keys(resource, ".".join(path), block, names.split())


def _sentence(resource: DeclaredResource, name: str, known: KnownProperties) -> str:
    about = f"{resource.logical_id}: {name}"
    if name in known.ignored:
        return f"{about} is ignored: it has no effect here"
    close = get_close_matches(name, known.read | known.inert | known.ignored, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{about} is ignored: {resource.type} has no property of this name{hint}"


def _blocks(block: Block, path: list[str]) -> Iterator[Block]:
    if not path:
        yield block
        return
    found = block.values() if path[0] == "*" else [block.get(path[0])]
    for value in found:
        if isinstance(value, Block):
            yield from _blocks(value, path[1:])


def _unknown_keys(
    resource: DeclaredResource, path: str, block: Block, known: list[str]
) -> Iterator[IneffectiveProperty]:
    for name in block:
        if name not in known and name != "Ref" and not name.startswith("Fn::"):
            close = get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            text = f"{resource.logical_id}: {path} has no {name}, so it is ignored{hint}"
            yield IneffectiveProperty(block.location_of(name), text)
