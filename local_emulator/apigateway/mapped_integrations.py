"""Integrations that are no Lambda proxies: request template, backend, integration response, response template.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html and
apigateway-websocket-api-integration-responses.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_emulator.apigateway.backends.backend import Backend, BackendRequest, BackendResponse
from local_emulator.apigateway.mapping import java_regex
from local_emulator.apigateway.mapping.budget import Budget
from local_emulator.apigateway.mapping.template import MappingTemplate
from local_emulator.apigateway.rules.request_parameters import RequestParameters
from local_emulator.apigateway.rules.request_scope import RequestScope, parsed
from local_emulator.apigateway.rules.selection_expressions import TemplateSelection
from local_emulator.deployment import Integration, IntegrationResponse

DEFAULT, JSON = "$default", "application/json"


class MappingFailedError(Exception):
    """An integration cannot be called or its response cannot be mapped; the message says why."""


class MappedIntegration:
    """One integration, with its templates parsed. Raises MappingSyntaxError, InvalidTemplateSelectionError."""

    def __init__(self, kind: str, integration: Integration, backend: Backend) -> None:
        self._is_proxy = kind == "HTTP_PROXY"
        self._integration, self._backend = integration, backend
        self._parameters = RequestParameters(integration.parameters)
        self._request = _Templates(integration.template_selection_expression, integration.templates)
        self._responses = [
            (response, _Templates(response.template_selection_expression, response.templates))
            for response in integration.responses
        ]

    async def call(self, scope: RequestScope, needs_body: bool) -> tuple[str, BackendResponse]:
        """Returns the mapped body, "" unless `needs_body`, and the backend's response.

        Raises BackendError, MappingError, MappingFailedError.
        """
        values = self._parameters.values(scope.sources)
        body = scope.body if self._is_proxy else self._request_body(scope)
        request = BackendRequest(body, scope, values.header, values.querystring, values.path)
        response = await self._backend.call(request)
        if not needs_body:
            return "", response
        return response.body if self._is_proxy else self._response_body(scope, response), response

    def _request_body(self, scope: RequestScope) -> str:
        template = self._request.select(scope.sources)
        if template is not None:
            return template.render(scope.variables(scope.body))
        behavior = self._integration.passthrough_behavior
        # Documented: the service model's PassthroughBehavior. Unknown: the answer to a request that is not passed on.
        if behavior == "NEVER" or (behavior == "WHEN_NO_TEMPLATES" and self._integration.templates):
            raise MappingFailedError(f"no request template is selected, and PassthroughBehavior is {behavior}")
        return scope.body

    def _response_body(self, scope: RequestScope, response: BackendResponse) -> str:
        templates = self._response_templates(response.selected_by)
        template = templates.select(scope.sources | {"integration": {"response": _sources(response)}})
        return response.body if template is None else template.render(scope.variables(response.body))

    def _response_templates(self, selected_by: str) -> _Templates:
        """Documented: the response whose regular expression matches, else `$default`. Reported: without either, 500."""
        for response, templates in self._responses:
            if _matches(response, selected_by):
                return templates
        for response, templates in self._responses:
            if response.key == DEFAULT:
                return templates
        raise MappingFailedError(f"no integration response matches {selected_by[:100]!r}, and there is no $default")


class _Templates:
    """Templates by key, and the expression that selects one."""

    def __init__(self, expression: str | None, templates: Mapping[str, str]) -> None:
        self._selection = TemplateSelection(expression) if expression else None
        self._templates = {key: MappingTemplate(text) for key, text in templates.items()}

    def select(self, sources: Mapping[str, Any]) -> MappingTemplate | None:
        """Returns the template of the expression's value, else `$default`.

        Inferred from public templates: application/json counts too, without an expression or with `$default`.
        """
        key = self._selection.key(sources) if self._selection else DEFAULT
        others = (DEFAULT, JSON) if key == DEFAULT else (DEFAULT,)
        return next((self._templates[name] for name in (key, *others) if name in self._templates), None)


def _matches(response: IntegrationResponse, text: str) -> bool:
    # Inferred from REST APIs: the whole text must match, and a dot matches no line break.
    return response.key != DEFAULT and java_regex.matches(Budget(), text, response.key[1:-1])


def _sources(response: BackendResponse) -> dict[str, Any]:
    return {
        "statuscode": str(response.status),
        "header": response.header,
        "multivalueheader": response.header,
        "body": parsed(response.body),
    }
