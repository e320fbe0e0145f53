"""Reads the integrations of WebSocket APIs that are no Lambda proxies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from local_emulator.apigateway.mapping.errors import MappingError, MappingSyntaxError
from local_emulator.apigateway.mapping.java_regex import compiled
from local_emulator.apigateway.mapping.template import MappingTemplate
from local_emulator.apigateway.rules.selection_expressions import InvalidTemplateSelectionError, TemplateSelection
from local_emulator.deployment import Integration, IntegrationResponse
from local_emulator.template.document import Location
from local_emulator.template.properties import Properties

TYPES: Final = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
PASSTHROUGH: Final = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")


def integration_type(own: Properties) -> str:
    """Returns the type. Raises InvalidTemplateError for one that API Gateway does not have."""
    kind = own.text("IntegrationType").upper()
    if kind not in TYPES:
        raise own.error("IntegrationType", f"IntegrationType {kind} must be one of {', '.join(TYPES)}")
    return kind


class IntegrationReader:
    """Reads one integration and its responses. Methods raise InvalidTemplateError.

    `problems` are what keeps it from running here, with their lines.
    """

    def __init__(self, own: Properties, responses: Iterable[Properties], variables: Mapping[str, str]) -> None:
        self._own, self._responses, self._variables = own, list(responses), variables
        self.problems: list[tuple[Location, str]] = []

    def read(self) -> Integration:
        own, kind = self._own, integration_type(self._own)
        if kind != "MOCK":
            self._cannot_run(own.location_of("IntegrationType"), f"its integration is {kind}, which is not emulated")
        return Integration(
            uri=own.text("IntegrationUri", ""),
            method=own.text("IntegrationMethod", "POST").upper(),
            template_selection_expression=self._selection(own),
            templates=self._templates(own, "RequestTemplates"),
            passthrough_behavior=_passthrough(own),
            responses=tuple(self._read_responses()),
            stage_variables=self._variables,
            not_run="; ".join(f"{at.path.name}:{at.line}: {text}" for at, text in self.problems) or None,
        )

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
