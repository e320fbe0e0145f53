"""Lowers a SAM WebSocket API to plain resources: API, stage, routes, integrations, authorizer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_emulator.apigateway.rules.route_selection import SPECIAL_ROUTES
from local_emulator.template.document import Block, InvalidTemplateError, Items, location_of
from local_emulator.template.resource import DeclaredResource, mapping, ref

INVOCATION_URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Arn}/invocations"


def websocket_api(resource: DeclaredResource) -> Iterator[DeclaredResource]:
    """Yields the resources of an AWS::Serverless::WebSocketApi: API, stage, routes and authorizer."""
    own = resource.properties
    routes = mapping(resource, own.get("Routes"), "Routes")
    if not routes:
        raise InvalidTemplateError(
            resource.location, f"{resource.logical_id}: a WebSocket API needs at least one route"
        )
    auth = mapping(resource, own.get("Auth", Block({}, resource.location)), "Auth")
    if auth and "$connect" not in routes:
        raise InvalidTemplateError(auth.location, f"{resource.logical_id}: Auth needs a $connect route")
    _check_refused(resource, routes, auth)
    yield _api(resource)
    yield _stage(resource)
    if "Domain" in own:
        yield resource.generates(f"{resource.logical_id}DomainName", "AWS::ApiGatewayV2::DomainName", {})
    if auth.get("AuthType") == "CUSTOM":
        yield _authorizer(resource, auth)
        yield _permission(resource, f"{resource.logical_id}AuthorizerPermission", auth["AuthArn"])
    for key, spec in routes.items():
        spec = mapping(resource, spec, f"route {key}")
        yield from _route(resource, auth, key, spec)


def _check_refused(resource: DeclaredResource, routes: Block, auth: Block) -> None:
    """Raises InvalidTemplateError for what SAM's translator refuses (aws-sam-translator 1.115.0)."""
    own = resource.properties
    if own.get("StageName") == "$default":
        raise _refused(resource, own, "StageName", "stages of WebSocket APIs cannot be named $default")
    address = own.get("IpAddressType")
    if isinstance(address, str) and address not in ("ipv4", "dualstack"):
        raise _refused(resource, own, "IpAddressType", f"IpAddressType must be ipv4 or dualstack, not {address}")
    domain = own.get("Domain")
    if isinstance(domain, Block) and domain.get("MutualTlsAuthentication"):
        raise _refused(resource, domain, "MutualTlsAuthentication", "WebSocket APIs have no MutualTlsAuthentication")
    for key, spec in routes.items():
        if key != "$connect" and isinstance(spec, Block) and spec.get("RequestParameters"):
            raise _refused(resource, spec, "RequestParameters", f"route {key}: only $connect has RequestParameters")
    _check_auth(resource, auth)


def _check_auth(resource: DeclaredResource, auth: Block) -> None:
    kind = auth.get("AuthType")
    if auth and not kind:
        raise _refused(resource, auth, "Auth", "Auth needs an AuthType: AWS_IAM, CUSTOM or NONE")
    if kind and kind not in ("AWS_IAM", "CUSTOM", "NONE"):
        raise _refused(resource, auth, "AuthType", f"AuthType must be AWS_IAM, CUSTOM or NONE, not {kind}")
    if kind in ("AWS_IAM", "NONE") and len(auth) > 1:
        raise _refused(resource, auth, "AuthType", f"AuthType {kind} goes with no other key of Auth")


def _refused(resource: DeclaredResource, block: Block, name: str, problem: str) -> InvalidTemplateError:
    return InvalidTemplateError(block.location_of(name), f"{resource.logical_id}: {problem} (AWS SAM refuses it)")


def _api(resource: DeclaredResource) -> DeclaredResource:
    kept = ("ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint", "DisableSchemaValidation")
    properties = {key: resource.properties.get(key) for key in (*kept, "RouteSelectionExpression")}
    properties |= {"Name": resource.properties.get("Name", resource.logical_id), "ProtocolType": "WEBSOCKET"}
    return resource.generates(resource.logical_id, "AWS::ApiGatewayV2::Api", properties)


def stage_id(resource: DeclaredResource) -> str:
    """Returns the logical id of the API's stage."""
    name = resource.properties.get("StageName", "default")
    if name == "default":
        return f"{resource.logical_id}DefaultStage"
    return f"{resource.logical_id}{name if isinstance(name, str) else ''}Stage"


def _stage(resource: DeclaredResource) -> DeclaredResource:
    kept = ("StageVariables", "DefaultRouteSettings", "RouteSettings", "AccessLogSettings")
    properties = {key: resource.properties.get(key) for key in kept}
    properties |= {"ApiId": ref(resource, resource.logical_id), "AutoDeploy": True}
    properties["StageName"] = resource.properties.get("StageName", "default")
    return resource.generates(stage_id(resource), "AWS::ApiGatewayV2::Stage", properties)


def _authorizer(resource: DeclaredResource, auth: Block) -> DeclaredResource:
    if "AuthArn" not in auth:
        raise InvalidTemplateError(auth.location, f"{resource.logical_id}: AuthType CUSTOM needs AuthArn")
    logical_id = f"{resource.logical_id}ConnectAuthorizer"
    properties = {
        "ApiId": ref(resource, resource.logical_id),
        "Name": auth.get("Name", logical_id),
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": _uri(resource, auth["AuthArn"]),
        "IdentitySource": auth.get("IdentitySource"),
        "AuthorizerCredentialsArn": auth.get("InvokeRole"),
    }
    return resource.generates(logical_id, "AWS::ApiGatewayV2::Authorizer", properties)


def _route(resource: DeclaredResource, auth: Block, key: str, spec: Block) -> Iterator[DeclaredResource]:
    if "FunctionArn" not in spec:
        raise InvalidTemplateError(spec.location, f"{resource.logical_id}: route {key} needs a FunctionArn")
    # SAM takes `ping` but not `send_message`: the key becomes part of a logical id.
    if key not in SPECIAL_ROUTES and not key.isalnum():
        raise InvalidTemplateError(
            resource.properties["Routes"].location_of(key),
            f"{resource.logical_id}: route key {key} must be letters and digits, or a $ route",
        )
    base = f"{resource.logical_id}{key.removeprefix('$').capitalize()}"
    integration = {
        "ApiId": ref(resource, resource.logical_id),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": _uri(resource, spec["FunctionArn"]),
        "TimeoutInMillis": spec.get("IntegrationTimeout"),
    }
    yield resource.generates(f"{base}Integration", "AWS::ApiGatewayV2::Integration", integration)
    kept = ("ApiKeyRequired", "ModelSelectionExpression", "RequestModels", "RouteResponseSelectionExpression")
    route = {name: spec.get(name) for name in kept} | {"RouteKey": key, "ApiId": ref(resource, resource.logical_id)}
    yield _permission(resource, f"{base}Permission", spec["FunctionArn"])
    route["Target"] = Block({"Fn::Sub": f"integrations/${{{base}Integration}}"}, spec.location)
    if key == "$connect" and auth:
        route["AuthorizationType"] = auth.get("AuthType")
    if route.get("AuthorizationType") == "CUSTOM":
        route["AuthorizerId"] = ref(resource, f"{resource.logical_id}ConnectAuthorizer")
    yield resource.generates(f"{base}Route", "AWS::ApiGatewayV2::Route", route)


def _permission(resource: DeclaredResource, logical_id: str, function: Any) -> DeclaredResource:
    properties = {"FunctionName": function, "Principal": "apigateway.amazonaws.com"}
    return resource.generates(logical_id, "AWS::Lambda::Permission", properties)


def _uri(resource: DeclaredResource, arn: Any) -> Block:
    at = location_of(arn, resource.location)
    return Block({"Fn::Sub": Items([INVOCATION_URI, Block({"Arn": arn}, at)], at)}, at)
