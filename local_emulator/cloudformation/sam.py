"""SAM resources as the plain CloudFormation resources that AWS's translator would put in their place.

Only what the emulator reads is put in place: no roles' policies, no permissions. The names of generated resources are
SAM's (docs.aws.amazon.com/serverless-application-model …/sam-specification-generated-resources.html), because
templates refer to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from local_emulator.cloudformation.declared import Declared
from local_emulator.cloudformation.document import Block, InvalidTemplate, line_of

INVOCATION_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Arn}/invocations"
)
SPECIAL_ROUTES = ("$connect", "$disconnect", "$default")


def plain_resources(path: Path, resource: Declared) -> Iterator[Declared]:
    """What a resource becomes: itself, unless it is one of the SAM types that the emulator runs."""
    lower = _LOWERINGS.get(resource.type)
    if lower:
        yield from lower(path, resource)
    else:
        yield resource


def referable(resource: Declared) -> dict[str, str]:
    """Names with a dot that SAM lets a template refer to, such as `Function.Alias`, to the resource they mean."""
    if resource.type == "AWS::Serverless::Function" and "AutoPublishAlias" in resource.properties:
        alias = _alias_id(resource)
        return {
            f"{resource.logical_id}.Alias": alias,
            f"{resource.logical_id}.Version": _version_id(resource),
        }
    if resource.type == "AWS::Serverless::WebSocketApi":
        return {f"{resource.logical_id}.Stage": _stage_id(resource)}
    return {}


def _function(path: Path, resource: Declared) -> Iterator[Declared]:
    own = resource.properties
    plain = {
        key: value for key, value in own.items() if key not in ("CodeUri", "InlineCode", "ImageUri", "Events")
    }
    plain["Code"] = (
        {"ZipFile": own["InlineCode"]} if "InlineCode" in own else own.get("CodeUri", own.get("ImageUri"))
    )
    if isinstance(own.get("InlineCode"), str | Block):
        plain["Code"] = Block({"ZipFile": own["InlineCode"]}, own.line_of("InlineCode"))
    if isinstance(own.get("DeadLetterQueue"), Block):
        plain["DeadLetterConfig"] = own["DeadLetterQueue"]
    yield resource.generates(resource.logical_id, "AWS::Lambda::Function", plain)
    if "Role" not in own:
        yield resource.generates(f"{resource.logical_id}Role", "AWS::IAM::Role", {})
    if "AutoPublishAlias" in own:
        yield from _alias(resource)
    if "EventInvokeConfig" in own:
        yield from _event_invoke(path, resource)
    yield from _events(path, resource)


def _alias_id(resource: Declared) -> str:
    alias = resource.properties["AutoPublishAlias"]
    return f"{resource.logical_id}Alias{alias if isinstance(alias, str) else ''}"


def _version_id(resource: Declared) -> str:
    return f"{resource.logical_id}Version"


def _alias(resource: Declared) -> Iterator[Declared]:
    name = Block({"Ref": resource.logical_id}, resource.line)
    alias = {"FunctionName": name, "Name": resource.properties["AutoPublishAlias"]}
    yield resource.generates(_alias_id(resource), "AWS::Lambda::Alias", alias)
    yield resource.generates(_version_id(resource), "AWS::Lambda::Version", {"FunctionName": name})


def _event_invoke(path: Path, resource: Declared) -> Iterator[Declared]:
    config = _mapping(path, resource, resource.properties["EventInvokeConfig"], "EventInvokeConfig")
    destinations = config.get("DestinationConfig", Block())
    queues: list[Declared] = []
    if isinstance(destinations, Block):
        destinations = destinations.derive(
            {key: _destination(resource, key, value, queues) for key, value in destinations.items()}
        )
    name = Block({"Ref": resource.logical_id}, resource.line)
    config = config.derive({**config, "DestinationConfig": destinations, "FunctionName": name})
    yield resource.generates(
        f"{resource.logical_id}EventInvokeConfig", "AWS::Lambda::EventInvokeConfig", config
    )
    yield from queues


def _destination(resource: Declared, kind: str, value: Any, queues: list[Declared]) -> Any:
    """SAM makes a queue or topic of its own for a destination that names only its Type."""
    types = {"SQS": "AWS::SQS::Queue", "SNS": "AWS::SNS::Topic"}
    if not isinstance(value, Block) or "Destination" in value or value.get("Type") not in types:
        return value
    made = f"{resource.logical_id}EventInvokeConfig{kind}{'Queue' if value['Type'] == 'SQS' else 'Topic'}"
    queues.append(resource.generates(made, types[value["Type"]], {}))
    target = {"Fn::GetAtt": [made, "Arn"]} if value["Type"] == "SQS" else {"Ref": made}
    return value.derive({"Destination": Block(target, value.line)})


def _events(path: Path, resource: Declared) -> Iterator[Declared]:
    events = _mapping(path, resource, resource.properties.get("Events", Block()), "Events")
    for name, event in events.items():
        event = _mapping(path, resource, event, f"event {name}")
        properties = _mapping(path, resource, event.get("Properties", Block()), f"event {name}")
        part = Declared(
            resource.logical_id, str(event.get("Type")), properties, resource.condition, event.line
        )
        lower = _EVENTS.get(part.type, _other_event)
        yield from lower(f"{resource.logical_id}{name}", part)


def _schedule(logical_id: str, event: Declared) -> Iterator[Declared]:
    own = event.properties
    target = {"Id": f"{logical_id}LambdaTarget", "Arn": _arn(event), "Input": own.get("Input")}
    target = {key: value for key, value in target.items() if value is not None}
    state = own.get(
        "State", {True: "ENABLED", False: "DISABLED"}.get(own.get("Enabled", True), own.get("Enabled"))
    )
    yield event.generates(
        logical_id,
        "AWS::Events::Rule",
        {
            "Name": own.get("Name"),
            "ScheduleExpression": own.get("Schedule"),
            "State": state,
            "Targets": _list(event, Block(target, own.line, own.lines)),
        },
    )


def _schedule_v2(logical_id: str, event: Declared) -> Iterator[Declared]:
    own = event.properties
    target = Block({"Arn": _arn(event)}, own.line, own.lines)
    if "Input" in own:
        target["Input"] = own["Input"]
    # SAM names the schedule after its logical id, unlike every other resource, unless OmitName is true.
    name = own.get("Name", None if own.get("OmitName") is True else logical_id)
    yield event.generates(logical_id, "AWS::Scheduler::Schedule", {**own, "Name": name, "Target": target})


def _queue(logical_id: str, event: Declared) -> Iterator[Declared]:
    own = {key: value for key, value in event.properties.items() if key != "Queue"}
    mapping = {**own, "EventSourceArn": event.properties.get("Queue"), "FunctionName": _arn(event)}
    yield event.generates(logical_id, "AWS::Lambda::EventSourceMapping", mapping)


def _other_event(logical_id: str, event: Declared) -> Iterator[Declared]:
    """An event that the emulator does not run; its type is kept so that a notice can name it."""
    yield event.generates(logical_id, f"SAM event {event.type}", {"FunctionName": event.logical_id})


def _arn(event: Declared) -> Block:
    from local_emulator.cloudformation.document import Items

    line = event.properties.line or event.line
    return Block({"Fn::GetAtt": Items([event.logical_id, "Arn"], line)}, line)


def _list(event: Declared, *items: Any) -> Any:
    from local_emulator.cloudformation.document import Items

    return Items(items, event.properties.line or event.line)


def _websocket_api(path: Path, resource: Declared) -> Iterator[Declared]:
    own = resource.properties
    routes = _mapping(path, resource, own.get("Routes"), "Routes")
    if not routes:
        raise InvalidTemplate(
            path, resource.line, f"{resource.logical_id}: a WebSocket API needs at least one route"
        )
    auth = _mapping(path, resource, own.get("Auth", Block()), "Auth")
    if auth and "$connect" not in routes:
        raise InvalidTemplate(path, auth.line, f"{resource.logical_id}: Auth needs a $connect route")
    yield _api(resource)
    yield _stage(resource)
    if auth.get("AuthType") == "CUSTOM":
        yield _authorizer(path, resource, auth)
    for key, spec in routes.items():
        spec = _mapping(path, resource, spec, f"route {key}")
        yield from _route(path, resource, auth, key, spec)


def _api(resource: Declared) -> Declared:
    kept = (
        "ApiKeySelectionExpression",
        "Description",
        "DisableExecuteApiEndpoint",
        "DisableSchemaValidation",
    )
    properties = {key: resource.properties.get(key) for key in (*kept, "RouteSelectionExpression")}
    properties |= {"Name": resource.properties.get("Name", resource.logical_id), "ProtocolType": "WEBSOCKET"}
    return resource.generates(resource.logical_id, "AWS::ApiGatewayV2::Api", properties)


def _stage_id(resource: Declared) -> str:
    name = resource.properties.get("StageName", "default")
    if name == "default":
        return f"{resource.logical_id}DefaultStage"
    return f"{resource.logical_id}{name if isinstance(name, str) else ''}Stage"


def _stage(resource: Declared) -> Declared:
    kept = ("StageVariables", "DefaultRouteSettings", "RouteSettings", "AccessLogSettings")
    properties = {key: resource.properties.get(key) for key in kept}
    properties |= {"ApiId": _ref(resource, resource.logical_id), "AutoDeploy": True}
    properties["StageName"] = resource.properties.get("StageName", "default")
    return resource.generates(_stage_id(resource), "AWS::ApiGatewayV2::Stage", properties)


def _authorizer(path: Path, resource: Declared, auth: Block) -> Declared:
    if "AuthArn" not in auth:
        raise InvalidTemplate(path, auth.line, f"{resource.logical_id}: AuthType CUSTOM needs AuthArn")
    logical_id = f"{resource.logical_id}ConnectAuthorizer"
    properties = {
        "ApiId": _ref(resource, resource.logical_id),
        "Name": auth.get("Name", logical_id),
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": _uri(resource, auth["AuthArn"]),
        "IdentitySource": auth.get("IdentitySource"),
    }
    return resource.generates(logical_id, "AWS::ApiGatewayV2::Authorizer", properties)


def _route(path: Path, resource: Declared, auth: Block, key: str, spec: Block) -> Iterator[Declared]:
    if "FunctionArn" not in spec:
        raise InvalidTemplate(path, spec.line, f"{resource.logical_id}: route {key} needs a FunctionArn")
    # SAM takes `ping` but not `send_message`: the key becomes part of a logical id.
    if key not in SPECIAL_ROUTES and not key.isalnum():
        raise InvalidTemplate(
            path,
            resource.properties["Routes"].line_of(key),
            f"{resource.logical_id}: route key {key} must be alphanumeric, or one of {', '.join(SPECIAL_ROUTES)}",
        )
    base = f"{resource.logical_id}{key.removeprefix('$').capitalize()}"
    integration = {
        "ApiId": _ref(resource, resource.logical_id),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": _uri(resource, spec["FunctionArn"]),
        "TimeoutInMillis": spec.get("IntegrationTimeout"),
    }
    yield resource.generates(f"{base}Integration", "AWS::ApiGatewayV2::Integration", integration)
    kept = ("ApiKeyRequired", "ModelSelectionExpression", "RequestModels", "RouteResponseSelectionExpression")
    route = {name: spec.get(name) for name in kept} | {
        "RouteKey": key,
        "ApiId": _ref(resource, resource.logical_id),
    }
    route["Target"] = Block({"Fn::Sub": f"integrations/${{{base}Integration}}"}, spec.line)
    if key == "$connect" and auth:
        route["AuthorizationType"] = auth.get("AuthType")
    if route.get("AuthorizationType") == "CUSTOM":
        route["AuthorizerId"] = _ref(resource, f"{resource.logical_id}ConnectAuthorizer")
    yield resource.generates(f"{base}Route", "AWS::ApiGatewayV2::Route", route)


def _ref(resource: Declared, name: str) -> Block:
    return Block({"Ref": name}, resource.line)


def _uri(resource: Declared, arn: Any) -> Block:
    line = line_of(arn, resource.line)
    from local_emulator.cloudformation.document import Items

    return Block({"Fn::Sub": Items([INVOCATION_URI, Block({"Arn": arn}, line)], line)}, line)


def _simple_table(path: Path, resource: Declared) -> Iterator[Declared]:
    own = resource.properties
    key = _mapping(
        path, resource, own.get("PrimaryKey", Block({"Name": "id", "Type": "String"})), "PrimaryKey"
    )
    kinds = {"String": "S", "Number": "N", "Binary": "B"}
    if "Name" not in key or key.get("Type") not in kinds:
        kinds_text = ", ".join(kinds)
        raise InvalidTemplate(
            path, key.line, f"{resource.logical_id}: PrimaryKey needs a Name and a Type of {kinds_text}"
        )
    kept = ("TableName", "ProvisionedThroughput", "SSESpecification", "PointInTimeRecoverySpecification")
    properties = {name: own.get(name) for name in kept}
    properties["AttributeDefinitions"] = _list(
        resource, Block({"AttributeName": key["Name"], "AttributeType": kinds[key["Type"]]}, key.line)
    )
    properties["KeySchema"] = _list(
        resource, Block({"AttributeName": key["Name"], "KeyType": "HASH"}, key.line)
    )
    if "ProvisionedThroughput" not in own:
        properties["BillingMode"] = "PAY_PER_REQUEST"
    yield resource.generates(resource.logical_id, "AWS::DynamoDB::Table", properties)


def _layer(path: Path, resource: Declared) -> Iterator[Declared]:
    own = resource.properties
    properties = {**own, "Content": own.get("ContentUri")}
    yield resource.generates(resource.logical_id, "AWS::Lambda::LayerVersion", properties)


def _mapping(path: Path, resource: Declared, value: Any, what: str) -> Block:
    if isinstance(value, Block):
        return value
    raise InvalidTemplate(
        path, line_of(value, resource.line), f"{resource.logical_id}: {what} must be a mapping"
    )


_LOWERINGS: dict[str, Callable[[Path, Declared], Iterator[Declared]]] = {
    "AWS::Serverless::Function": _function,
    "AWS::Serverless::WebSocketApi": _websocket_api,
    "AWS::Serverless::SimpleTable": _simple_table,
    "AWS::Serverless::LayerVersion": _layer,
}
_EVENTS: dict[str, Callable[[str, Declared], Iterator[Declared]]] = {
    "Schedule": _schedule,
    "ScheduleV2": _schedule_v2,
    "SQS": _queue,
}
