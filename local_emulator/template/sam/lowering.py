"""Lowers SAM resources to the plain CloudFormation resources that AWS's translator generates.

Covers only what the emulator reads, so roles have no policies. Generated resources have SAM's names,
because templates refer to them (SAM Developer Guide, Generated AWS CloudFormation resources).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from local_emulator.template.document import Block, InvalidTemplateError
from local_emulator.template.resource import DeclaredResource, listed, mapping
from local_emulator.template.sam.functions import alias_id, function, version_id
from local_emulator.template.sam.websocket_apis import stage_id, websocket_api

PREFIX = "AWS::Serverless::"
UNEMULATED_TYPES = frozenset(
    {"Api", "HttpApi", "Application", "StateMachine", "Connector", "GraphQLApi", "CapacityProvider"}
    | {"MicroVMImage", "NetworkConnector"}
)
"""The SAM types that the emulator ignores."""
IMPLICIT = ("ServerlessRestApi", "ServerlessHttpApi", "ServerlessDeploymentApplication")
"""The resources that SAM adds by itself; the names of their parts begin with theirs."""


def plain_resources(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    """Yields the plain resources for a resource: itself, unless it is of a SAM type that the emulator runs."""
    kind = resource.type.removeprefix(PREFIX)
    if kind in _LOWERINGS and kind != resource.type:
        yield from _LOWERINGS[kind](resource)
    elif kind != resource.type and kind not in UNEMULATED_TYPES:
        known = ", ".join(sorted(UNEMULATED_TYPES | set(_LOWERINGS)))
        raise InvalidTemplateError(resource.location, f"{resource.logical_id}: SAM has no type {kind}; it has {known}")
    else:
        yield resource


def dotted_names(resource: DeclaredResource) -> dict[str, str]:
    """Maps names with a dot that SAM adds, such as `Function.Alias`, to the resources that they mean."""
    own = resource.logical_id
    if resource.type == PREFIX + "Function" and "AutoPublishAlias" in resource.properties:
        return {f"{own}.Alias": alias_id(resource), f"{own}.Version": version_id(resource)}
    if resource.type == PREFIX + "WebSocketApi":
        return {f"{own}.Stage": stage_id(resource)}
    return {}


def generated_names(resources: Iterable[DeclaredResource]) -> re.Pattern[str]:
    """Returns a pattern for the resources that SAM adds and the emulator ignores, such as a function's role."""
    sam = [re.escape(resource.logical_id) for resource in resources if resource.type.startswith(PREFIX)]
    made = r"Role|Alias\w*|Version\w*|Stage|\w+Stage|Deployment\w*|\w+Permission|\w+Queue|\w+Topic"
    owned = rf"(?:{'|'.join(sam)})(?:{made})"
    return re.compile("|".join([*(rf"{name}\w*" for name in IMPLICIT * bool(sam)), *([owned] * bool(sam))]) or "(?!)")


def _simple_table(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    own = resource.properties
    key = mapping(resource, own.get("PrimaryKey", Block({"Name": "id", "Type": "String"}, own.location)), "PrimaryKey")
    kinds = {"String": "S", "Number": "N", "Binary": "B"}
    if "Name" not in key or str(key.get("Type")) not in kinds:
        kinds_text = ", ".join(kinds)
        raise InvalidTemplateError(
            key.location, f"{resource.logical_id}: PrimaryKey needs a Name and a Type of {kinds_text}"
        )
    kept = ("TableName", "ProvisionedThroughput", "SSESpecification", "PointInTimeRecoverySpecification")
    properties = {name: own.get(name) for name in kept}
    properties["AttributeDefinitions"] = listed(
        resource, Block({"AttributeName": key["Name"], "AttributeType": kinds[key["Type"]]}, key.location)
    )
    properties["KeySchema"] = listed(resource, Block({"AttributeName": key["Name"], "KeyType": "HASH"}, key.location))
    if "ProvisionedThroughput" not in own:
        properties["BillingMode"] = "PAY_PER_REQUEST"
    yield resource.generates(resource.logical_id, "AWS::DynamoDB::Table", properties)


def _layer(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    own = resource.properties
    properties = {**own, "Content": own.get("ContentUri")}
    yield resource.generates(resource.logical_id, "AWS::Lambda::LayerVersion", properties)


_LOWERINGS: dict[str, Callable[[DeclaredResource], Iterator[DeclaredResource]]] = {
    "Function": function,
    "WebSocketApi": websocket_api,
    "SimpleTable": _simple_table,
    "LayerVersion": _layer,
}
