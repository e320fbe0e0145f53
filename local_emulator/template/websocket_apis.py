"""Reads the WebSocket APIs of a template: one record per stage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from local_emulator.apigateway.rules.api_keys import HEADER_SELECTION, ApiKeySelection, InvalidApiKeySelectionError
from local_emulator.apigateway.rules.identity_sources import is_identity_source
from local_emulator.apigateway.rules.request_models import InvalidModelError, check_schema
from local_emulator.apigateway.rules.route_selection import SPECIAL_ROUTES, InvalidSelectionError, RouteSelection
from local_emulator.deployment import Authorizer, Integration, Route, WebSocketApi
from local_emulator.template.api_keys import api_keys
from local_emulator.template.document import InvalidTemplateError, Location
from local_emulator.template.functions import function_names, function_of_arn
from local_emulator.template.integrations import IntegrationReader, integration_type, with_stage_variables
from local_emulator.template.properties import Properties
from local_emulator.template.refused_by_aws import notice_refused
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import reference_to
from local_emulator.template.stack import Stack

V2 = "AWS::ApiGatewayV2::"
# Documented (CreateStage, stageName). Unknown: whether a WebSocket API may have a stage `$default`, as HTTP APIs do.
STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}|\$default")

DEFAULT_STAGE = "prod"
"""The stage of an API whose template has none, because it was made in the console."""


def websocket_apis(stack: Stack) -> tuple[WebSocketApi, ...]:
    """Returns every stage of every WebSocket API. Raises InvalidTemplateError without any API and function URL."""
    stages = [
        stage
        for resource in stack.of_type(V2 + "Api")
        if stack.properties(resource).text("ProtocolType", "") == "WEBSOCKET"
        for stage in _Reader(stack, resource).stages()
    ]
    if not stages and not any(stack.of_type("AWS::Lambda::Url")):
        raise InvalidTemplateError(Location(stack.path), "has no WebSocket API and no function URL")
    _notice_other_apis(stack)
    return tuple(stages)


def _notice_other_apis(stack: Stack) -> None:
    """Names the stages and routes of APIs that another stack has, or that were made in the console."""
    known = {reference_to(stack, api) for api in stack.of_type(V2 + "Api", "AWS::Serverless::HttpApi")}
    for resource in stack.of_type(V2 + "Stage", V2 + "Route"):
        own = stack.properties(resource)
        if own.text("ApiId") not in known:
            text = f"{resource.logical_id} is not emulated: its API {own.text('ApiId')} is not in this template"
            stack.notice(text, own.location_of("ApiId"))


class _Reader:
    """Reads the resources that belong to one API."""

    def __init__(self, stack: Stack, api: DeclaredResource) -> None:
        self._stack, self._api = stack, api
        self._id = reference_to(stack, api)
        self._functions = function_names(stack)

    def stages(self) -> Iterator[WebSocketApi]:
        notice_refused(self._stack, self._own)
        found = False
        for stage in self._own("Stage"):
            found = True
            yield self._stage(stage)
        if not found:
            name = f"{self._api.logical_id} has no stage, so in AWS nobody can connect to it"
            self._stack.notice(f"{name}; here it has the stage {DEFAULT_STAGE}", self._api.location)
            given = {"StageName": DEFAULT_STAGE, "AutoDeploy": True}
            yield self._stage(self._api.generates(f"{self._api.logical_id}Stage", V2 + "Stage", given))

    def _stage(self, stage: DeclaredResource) -> WebSocketApi:
        api, own = self._stack.properties(self._api), self._stack.properties(stage)
        if "DeploymentId" not in own and not own.flag("AutoDeploy", False):
            self._stack.notice(
                f"{stage.logical_id} has neither AutoDeploy nor a DeploymentId: in AWS it would answer nobody",
                stage.location,
            )
        variables = own.table("StageVariables")
        _check_names(api, own)
        if api.flag("DisableExecuteApiEndpoint", False):
            self._stack.notice(
                f"{self._api.logical_id} disables its execute-api endpoint: in AWS only its custom domain answers, "
                "here the stage's own path does",
                api.location_of("DisableExecuteApiEndpoint"),
            )
        routes = self._routes(variables)
        self._notice_route_settings(own, routes)
        return WebSocketApi(
            logical_id=self._api.logical_id,
            api_id=self._id,
            name=api.text("Name", self._api.logical_id),
            route_selection_expression=api.text("RouteSelectionExpression"),
            stage_name=own.text("StageName"),
            routes=routes,
            stage_variables=variables,
            api_key_selection_expression=api.text("ApiKeySelectionExpression", HEADER_SELECTION),
            api_keys=api_keys(self._stack, self._id, own.text("StageName")),
            default_route_settings=own.value("DefaultRouteSettings", {}),
            route_settings=own.value("RouteSettings", {}),
        )

    def _notice_route_settings(self, stage: Properties, routes: dict[str, Route]) -> None:
        for key in sorted(stage.section("RouteSettings").names - routes.keys()):
            text = f"{stage.owner}: AWS refuses RouteSettings of {key}, a route that the API does not have"
            self._stack.notice(text, stage.location_of("RouteSettings"))

    def _own(self, kind: str) -> Iterator[DeclaredResource]:
        for resource in self._stack.of_type(V2 + kind):
            if self._stack.properties(resource).text("ApiId") == self._id:
                yield resource

    def _routes(self, variables: dict[str, str]) -> dict[str, Route]:
        routes: dict[str, Route] = {}
        self._check_integration_responses()
        self._notice_without_effect()
        for resource in self._own("Route"):
            route = self._route(resource, variables)
            if route.key in routes:
                raise InvalidTemplateError(resource.location, f"{resource.logical_id}: a second route {route.key}")
            routes[route.key] = route
        return routes

    def _route(self, resource: DeclaredResource, variables: dict[str, str]) -> Route:
        own = self._stack.properties(resource)
        _check_key(own)
        declared = self._integration(own)
        integration = self._stack.properties(declared) if declared else None
        kind = integration_type(integration) if integration else ""
        function = (
            self._function(integration.text("IntegrationUri"), variables)
            if kind == "AWS_PROXY" and integration
            else None
        )
        self._notice_unemulated(own, integration, kind, function)
        mapped = self._mapped(own, declared, variables) if declared and kind != "AWS_PROXY" else None
        return Route(
            key=own.text("RouteKey"),
            integration_type=kind,
            function=function,
            timeout_ms=integration.integer("TimeoutInMillis", 29_000) if integration else 29_000,
            authorization=own.text("AuthorizationType", "NONE"),
            authorizer=self._authorizer(own, variables),
            api_key_required=own.flag("ApiKeyRequired", False),
            route_response=self._has_route_response(resource, kind),
            model_selection_expression=own.text("ModelSelectionExpression", None),
            models=self._models(own),
            has_role=integration is not None and "CredentialsArn" in integration.names,
            integration=mapped,
        )

    def _models(self, route: Properties) -> dict[str, Any]:
        """Returns the schemas of the route's request models, by the value that selects them."""
        names = route.table("RequestModels")
        if not names:
            return {}
        known = {own.text("Name"): own for own in map(self._stack.properties, self._own("Model"))}
        for name in names.values():
            if name not in known:
                raise route.error("RequestModels", f"RequestModels: {self._api.logical_id} has no model {name}")
        return {key: _schema(known[name]) for key, name in names.items()}

    def _integration(self, route: Properties) -> DeclaredResource | None:
        target = route.text("Target", None)
        if target is None:
            return None
        for resource in self._own("Integration"):
            if target == f"integrations/{reference_to(self._stack, resource)}":
                return resource
        raise route.error("Target", f"Target {target} names no integration of {self._api.logical_id}")

    def _function(self, uri: str, variables: dict[str, str]) -> str | None:
        uri = with_stage_variables(uri, variables)
        return function_of_arn(uri, self._functions)

    def _mapped(self, route: Properties, declared: DeclaredResource, variables: dict[str, str]) -> Integration:
        """Returns an integration that is no Lambda proxy; a notice names what keeps it from running."""
        wanted = reference_to(self._stack, declared)
        responses = map(self._stack.properties, self._own("IntegrationResponse"))
        own = [response for response in responses if response.text("IntegrationId") == wanted]
        reader = IntegrationReader(
            self._stack.properties(declared), own, variables, self._functions, self._stack.context.allowed_hosts
        )
        integration = reader.read()
        name = f"{self._api.logical_id}: route {route.text('RouteKey')}"
        for at, problem in reader.problems:
            self._stack.notice(f"{name} answers 500: {problem}", at)
        for at, difference in reader.notices:
            self._stack.notice(f"{name}: its integration {difference}", at)
        return integration

    def _check_integration_responses(self) -> None:
        """Raises InvalidTemplateError for a response of an integration that the API does not have."""
        known = {reference_to(self._stack, integration) for integration in self._own("Integration")}
        for own in map(self._stack.properties, self._own("IntegrationResponse")):
            if own.text("IntegrationId") not in known:
                raise own.error("IntegrationId", f"IntegrationId names no integration of {self._api.logical_id}")

    def _notice_unemulated(
        self, route: Properties, integration: Properties | None, kind: str, function: str | None
    ) -> None:
        name, notice = self._name_of(route), self._stack.notice
        if integration is None:
            notice(f"{name} has no target", route.location_of("RouteKey"))
        elif kind == "AWS_PROXY" and function is None:
            at = integration.location_of("IntegrationUri")
            notice(f"{name} is not emulated: its function is not in this template", at)

    def _notice_without_effect(self) -> None:
        """Names what AWS deploys and never uses: authorizers without a route, and halves of route responses."""
        routes = {reference_to(self._stack, one): self._stack.properties(one) for one in self._own("Route")}
        for resource in self._own("Authorizer"):
            wanted = reference_to(self._stack, resource)
            naming = [own for own in routes.values() if own.text("AuthorizerId", "") == wanted]
            if not any(map(_asks_authorizer, naming)):
                self._stack.notice(f"{resource.logical_id}: {_never_asked(naming)}", resource.location)
        answered = {own.text("RouteId"): own for own in map(self._stack.properties, self._own("RouteResponse"))}
        for route_id, own in routes.items():
            self._notice_half_response(own, answered.get(route_id))

    def _notice_half_response(self, route: Properties, response: Properties | None) -> None:
        """Documented: the answer of a Lambda function needs both the expression and the route response."""
        has_expression = "RouteResponseSelectionExpression" in route
        if response is not None and not has_expression and self._is_proxy(route):
            text = "the route has no RouteResponseSelectionExpression, so its answer reaches no client"
            self._stack.notice(f"{self._name_of(route)}: {text}", response.location_of("RouteId"))
        elif response is None and has_expression:
            text = "its RouteResponseSelectionExpression needs an AWS::ApiGatewayV2::RouteResponse; "
            text += "without one, its answer reaches no client"
            self._stack.notice(f"{self._name_of(route)}: {text}", route.location_of("RouteResponseSelectionExpression"))

    def _is_proxy(self, route: Properties) -> bool:
        declared = self._integration(route)
        return declared is not None and integration_type(self._stack.properties(declared)) == "AWS_PROXY"

    def _name_of(self, route: Properties) -> str:
        return f"{self._api.logical_id}: route {route.text('RouteKey')}"

    def _authorizer(self, route: Properties, variables: dict[str, str]) -> Authorizer | None:
        if route.text("AuthorizationType", "NONE") != "CUSTOM":
            return None
        wanted = route.text("AuthorizerId")
        for resource in self._own("Authorizer"):
            if reference_to(self._stack, resource) == wanted:
                own = self._stack.properties(resource)
                function = self._function(own.text("AuthorizerUri"), variables)
                for source in own.texts("IdentitySource"):
                    if not is_identity_source(source):
                        raise own.error("IdentitySource", f"IdentitySource {source!r} is none of a WebSocket API")
                return Authorizer(
                    name=own.text("Name", resource.logical_id),
                    function=function,
                    identity_sources=own.texts("IdentitySource"),
                    has_role="AuthorizerCredentialsArn" in own.names,
                )
        raise route.error("AuthorizerId", f"AuthorizerId names no authorizer of {self._api.logical_id}")

    def _has_route_response(self, route: DeclaredResource, kind: str) -> bool:
        """Returns True if the integration's answer goes to the caller.

        Documented: the route has both a response selection expression and a route response `$default`. Reported, by one
        test suite: without a Lambda proxy, the route response is enough.
        """
        wanted = reference_to(self._stack, route)
        responses = (self._stack.properties(response) for response in self._own("RouteResponse"))
        if not any(own.text("RouteId") == wanted and own.text("RouteResponseKey") == "$default" for own in responses):
            return False
        own = self._stack.properties(route)
        expression = own.text("RouteResponseSelectionExpression", "")
        return expression == "$default" or (not expression and kind not in ("", "AWS_PROXY"))


def _check_names(api: Properties, stage: Properties) -> None:
    """Raises InvalidTemplateError for names that API Gateway rejects and expressions that cannot be evaluated."""
    try:
        RouteSelection(api.text("RouteSelectionExpression"))
        ApiKeySelection(api.text("ApiKeySelectionExpression", HEADER_SELECTION))
    except (InvalidSelectionError, InvalidApiKeySelectionError) as invalid:
        raise api.error(str(invalid).split()[0], str(invalid)) from None
    name = stage.text("StageName")
    if not STAGE_NAME.fullmatch(name):
        raise stage.error("StageName", f"StageName {name!r} may hold letters, digits, - and _ alone")


def _asks_authorizer(route: Properties) -> bool:
    """Documented: an authorizer is asked for `$connect` alone, and if the route's authorization is CUSTOM."""
    return route.text("RouteKey") == "$connect" and route.text("AuthorizationType", "NONE") == "CUSTOM"


def _never_asked(naming: list[Properties]) -> str:
    if any(route.text("RouteKey") == "$connect" for route in naming):
        return "$connect names this authorizer without AuthorizationType CUSTOM, so it is never asked"
    if naming:
        return "authorizers are asked for $connect alone, which does not name this one, so it is never asked"
    return "no route names this authorizer, so it is never asked"


def _check_key(route: Properties) -> None:
    """Rejects unknown keys that begin with a dollar sign: they are reserved for API Gateway (documented)."""
    key = route.text("RouteKey")
    if key.startswith("$") and key not in SPECIAL_ROUTES:
        raise route.error("RouteKey", f"RouteKey {key} must be one of {', '.join(SPECIAL_ROUTES)}, or begin without $")


def _schema(model: Properties) -> Any:
    """Returns the JSON Schema of a model, declared as text or as a mapping."""
    schema = model.value("Schema")
    try:
        schema = json.loads(schema) if isinstance(schema, str) else json.loads(json.dumps(schema))
        check_schema(schema)
    except (ValueError, TypeError, InvalidModelError) as fault:
        raise model.error("Schema", f"Schema: {fault}") from fault
    return schema
