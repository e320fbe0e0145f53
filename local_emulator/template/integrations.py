"""Reads the integrations of WebSocket APIs that are no Lambda proxies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from local_emulator.apigateway.backends.aws_service import InvalidServiceUriError, read_service_uri
from local_emulator.apigateway.backends.http import METHODS, host_problem
from local_emulator.apigateway.mapping.errors import MappingError, MappingSyntaxError
from local_emulator.apigateway.mapping.java_regex import compiled
from local_emulator.apigateway.mapping.template import MappingTemplate
from local_emulator.apigateway.rules.request_parameters import InvalidRequestParameterError, RequestParameters
from local_emulator.apigateway.rules.selection_expressions import InvalidTemplateSelectionError, TemplateSelection
from local_emulator.deployment import Integration, IntegrationResponse
from local_emulator.template.document import InvalidTemplateError, Location
from local_emulator.template.functions import function_of_arn
from local_emulator.template.properties import Properties

TYPES: Final = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
PASSTHROUGH: Final = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")

CONTENT_HANDLING: Final = ("CONVERT_TO_TEXT", "CONVERT_TO_BINARY")


def integration_type(own: Properties) -> str:
    """Returns the type. Raises InvalidTemplateError for one that API Gateway does not have."""
    kind = own.text("IntegrationType").upper()
    if kind not in TYPES:
        raise own.error("IntegrationType", f"IntegrationType {kind} must be one of {', '.join(TYPES)}")
    return kind


class IntegrationReader:
    """Reads one integration and its responses. Methods raise InvalidTemplateError.

    `problems` are what keeps it from running here, with their lines; `notices` are other differences to AWS.
    """

    def __init__(
        self,
        own: Properties,
        responses: Iterable[Properties],
        variables: Mapping[str, str],
        functions: dict[str, str],
        allowed_hosts: Collection[str],
    ) -> None:
        self._own, self._responses, self._variables = own, list(responses), variables
        self._functions, self._allowed_hosts = functions, allowed_hosts
        self.problems: list[tuple[Location, str]] = []
        self.notices: list[tuple[Location, str]] = []

    def read(self) -> Integration:
        own, kind = self._own, integration_type(self._own)
        uri = with_stage_variables(own.text("IntegrationUri", ""), self._variables)
        self._check_uri(kind, uri)
        self._note_differences(kind)
        return Integration(
            uri=uri,
            method=_method(own, kind),
            template_selection_expression=self._selection(own),
            templates=self._templates(own, "RequestTemplates"),
            parameters=_parameters(own),
            passthrough_behavior=_passthrough(own),
            responses=tuple(self._read_responses()),
            stage_variables=self._variables,
            function=function_of_arn(uri, self._functions) if kind == "AWS" else None,
            not_run="; ".join(f"{at.path.name}:{at.line}: {text}" for at, text in self.problems) or None,
        )

    def _check_uri(self, kind: str, uri: str) -> None:
        """Notes a URI that cannot be called from here. Raises InvalidTemplateError for one that is missing."""
        if kind == "MOCK":
            return
        if not uri:
            raise self._own.error("IntegrationUri", f"an integration of type {kind} needs IntegrationUri")
        at, own = self._own.location_of("IntegrationUri"), self._own
        if own.text("ConnectionType", "INTERNET") == "VPC_LINK":
            self._cannot_run(own.location_of("ConnectionType"), "its ConnectionType VPC_LINK is not emulated")
        problem = self._service_problem(uri) if kind == "AWS" else host_problem(uri, self._allowed_hosts)
        if problem:
            self._cannot_run(at, problem)

    def _note_differences(self, kind: str) -> None:
        own = self._own
        is_function = function_of_arn(own.text("IntegrationUri", ""), self._functions) is not None
        if kind == "AWS" and not is_function and "CredentialsArn" not in own:
            self.notices.append((own.location, "has no CredentialsArn: in AWS it may not call its service"))
        for declared in (own, *self._responses):
            if "ResponseParameters" in declared:
                at = declared.location_of("ResponseParameters")
                self.notices.append((at, "has ResponseParameters, which have no effect: a message has no headers"))
            name = "ContentHandlingStrategy"
            strategy = declared.text(name, CONTENT_HANDLING[0])
            if strategy not in CONTENT_HANDLING:
                raise declared.error(name, f"{name} must be one of {', '.join(CONTENT_HANDLING)}")
            if strategy == "CONVERT_TO_BINARY":
                self.notices.append(
                    (
                        declared.location_of(name),
                        "has a ContentHandlingStrategy CONVERT_TO_BINARY, which has no effect here",
                    )
                )

    def _service_problem(self, uri: str) -> str | None:
        try:
            service = read_service_uri(uri).service
        except InvalidServiceUriError as invalid:
            return str(invalid)
        if service == "lambda" and function_of_arn(uri, self._functions) is None:
            return "its function is not in this template"
        return None

    def _cannot_run(self, at: Location, problem: str) -> None:
        self.problems.append((at, problem))

    def _read_responses(self) -> Iterator[IntegrationResponse]:
        seen: set[str] = set()
        for own in self._responses:
            key = own.text("IntegrationResponseKey")
            if key in seen:
                raise own.error("IntegrationResponseKey", f"a second response {key} of its integration")
            seen.add(key)
            _check_response_key(own, key)
            yield IntegrationResponse(key, self._selection(own), self._templates(own, "ResponseTemplates"))

    def _selection(self, own: Properties) -> str | None:
        expression = own.text("TemplateSelectionExpression", None)
        try:
            if expression:
                TemplateSelection(expression)
        except InvalidTemplateSelectionError as invalid:
            name = "TemplateSelectionExpression"
            raise own.error(name, f"{name} {invalid}") from None
        return expression or None

    def _templates(self, own: Properties, name: str) -> dict[str, str]:
        section, templates = own.section(name), own.table(name)
        for key, text in templates.items():
            try:
                MappingTemplate(text)
            except MappingSyntaxError as problem:
                self._cannot_run(section.location_of(key), f"its mapping template {key!r} cannot run: {problem}")
        return templates


def with_stage_variables(uri: str, variables: Mapping[str, str]) -> str:
    """Returns a URI with `${stageVariables.name}` replaced, as API Gateway does when the route is called."""
    return re.sub(r"\$\{stageVariables\.(\w+)\}", lambda match: variables.get(match[1], ""), uri)


def _method(own: Properties, kind: str) -> str:
    method = own.text("IntegrationMethod", "POST").upper()
    if kind != "MOCK" and method not in METHODS:
        raise own.error("IntegrationMethod", f"IntegrationMethod {method} must be one of {', '.join(METHODS)}")
    return method


def _parameters(own: Properties) -> dict[str, str]:
    declared = own.table("RequestParameters")
    for target, source in declared.items():
        try:
            RequestParameters({target: source})
        except InvalidRequestParameterError as invalid:
            at = own.section("RequestParameters").location_of(target)
            raise InvalidTemplateError(at, f"{own.owner}: RequestParameters: {invalid}") from None
    return declared


def _passthrough(own: Properties) -> str:
    behavior = own.text("PassthroughBehavior", PASSTHROUGH[0])
    if behavior not in PASSTHROUGH:
        raise own.error("PassthroughBehavior", f"PassthroughBehavior must be one of {', '.join(PASSTHROUGH)}")
    return behavior


def _check_response_key(own: Properties, key: str) -> None:
    """Documented: `$default`, or a regular expression between slashes."""
    name = "IntegrationResponseKey"
    if key == "$default":
        return
    if len(key) < 3 or key[0] + key[-1] != "//":
        raise own.error(name, f"{name} {key!r} must be $default or a regular expression such as /2\\d\\d/")
    try:
        compiled(key[1:-1])
    except MappingError as invalid:
        raise own.error(name, f"{name} {key!r}: {invalid}") from None
