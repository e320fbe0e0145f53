"""Lowers a SAM function to plain resources: function, alias, destinations, event sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_emulator.template.document import Block
from local_emulator.template.resource import DeclaredResource, mapping
from local_emulator.template.sam.event_sources import event_resources


def function(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    """Yields the resources of an AWS::Serverless::Function: function, role, alias, URL, event sources and more."""
    own = resource.properties
    plain = {key: value for key, value in own.items() if key not in ("CodeUri", "InlineCode", "ImageUri", "Events")}
    inline = Block({"ZipFile": own.get("InlineCode")}, own.location_of("InlineCode"))
    plain["Code"] = inline if "InlineCode" in own else own.get("CodeUri", own.get("ImageUri"))
    if isinstance(own.get("DeadLetterQueue"), Block):
        plain["DeadLetterConfig"] = own["DeadLetterQueue"]
    yield resource.generates(resource.logical_id, "AWS::Lambda::Function", plain, {"Code": "CodeUri"})
    if "Role" not in own:
        yield resource.generates(f"{resource.logical_id}Role", "AWS::IAM::Role", {})
    if "AutoPublishAlias" in own:
        yield from _alias(resource)
    if "FunctionUrlConfig" in own:
        yield from _url(resource)
    if "EventInvokeConfig" in own:
        yield from _event_invoke(resource)
    yield from _events(resource)


def alias_id(resource: DeclaredResource) -> str:
    """Returns the logical id of the alias that AutoPublishAlias creates."""
    alias = resource.properties["AutoPublishAlias"]
    return f"{resource.logical_id}Alias{alias if isinstance(alias, str) else ''}"


def version_id(resource: DeclaredResource) -> str:
    """Returns the logical id of the version that AutoPublishAlias creates."""
    return f"{resource.logical_id}Version"


def _alias(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    name = Block({"Ref": resource.logical_id}, resource.location)
    alias = {"FunctionName": name, "Name": resource.properties["AutoPublishAlias"]}
    yield resource.generates(alias_id(resource), "AWS::Lambda::Alias", alias)
    yield resource.generates(version_id(resource), "AWS::Lambda::Version", {"FunctionName": name})


def _url(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    """Yields the URL, and the two permissions that SAM adds if AuthType is NONE.

    SAM knows parameters, but no conditions: with another intrinsic function as AuthType it adds no permission.
    """
    config = mapping(resource, resource.properties["FunctionUrlConfig"], "FunctionUrlConfig")
    own, auth = resource.logical_id, config.get("AuthType")
    alias = alias_id(resource) if "AutoPublishAlias" in resource.properties else None
    target = Block({"Ref": alias or own}, resource.location)
    yield resource.generates(f"{own}Url", "AWS::Lambda::Url", config.derive({**config, "TargetFunctionArn": target}))
    if auth != "NONE" and not (isinstance(auth, Block) and "Ref" in auth):
        return
    public = {"FunctionName": target, "Principal": "*"}
    url = {**public, "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": auth}
    yield resource.generates(f"{own}UrlPublicPermissions", "AWS::Lambda::Permission", url)
    invoke = {**public, "Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}
    yield resource.generates(f"{own}URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", invoke)


def _event_invoke(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    config = mapping(resource, resource.properties["EventInvokeConfig"], "EventInvokeConfig")
    destinations = config.get("DestinationConfig", Block({}, config.location))
    queues: list[DeclaredResource] = []
    if isinstance(destinations, Block):
        destinations = destinations.derive(
            {key: _destination(resource, key, value, queues) for key, value in destinations.items()}
        )
    name = Block({"Ref": resource.logical_id}, resource.location)
    config = config.derive({**config, "DestinationConfig": destinations, "FunctionName": name})
    yield resource.generates(f"{resource.logical_id}EventInvokeConfig", "AWS::Lambda::EventInvokeConfig", config)
    yield from queues


def _destination(resource: DeclaredResource, kind: str, value: Any, queues: list[DeclaredResource]) -> Any:
    """Adds the queue or topic that SAM generates for a destination with only a Type."""
    types = {"SQS": "AWS::SQS::Queue", "SNS": "AWS::SNS::Topic"}
    if not isinstance(value, Block) or "Destination" in value or str(value.get("Type")) not in types:
        return value
    made = f"{resource.logical_id}EventInvokeConfig{kind}{'Queue' if value['Type'] == 'SQS' else 'Topic'}"
    queues.append(resource.generates(made, types[value["Type"]], {}))
    target = {"Fn::GetAtt": [made, "Arn"]} if value["Type"] == "SQS" else {"Ref": made}
    return value.derive({"Destination": Block(target, value.location)})


def _events(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    events = mapping(resource, resource.properties.get("Events", Block({}, resource.location)), "Events")
    for name, event in events.items():
        event = mapping(resource, event, f"event {name}")
        properties = mapping(resource, event.get("Properties", Block({}, event.location)), f"event {name}")
        part = DeclaredResource(
            resource.logical_id, str(event.get("Type")), properties, event.location, resource.condition
        )
        yield from event_resources(f"{resource.logical_id}{name}", part)
