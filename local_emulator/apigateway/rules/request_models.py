"""Request models: the validation of a message against the model of its route.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html. Models are JSON
Schema, draft 4.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from local_emulator.apigateway.rules.route_selection import RouteSelection
from local_emulator.deployment import Deployment, Route, WebSocketApi

DEFAULT_MODEL: Final = "$default"

Check = Callable[[Any], bool]


class InvalidModelError(ValueError):
    """A model is not a JSON Schema of draft 4; the message names the fault."""


class RouteModels:
    """The models of one route, compiled."""

    def __init__(self, expression: str, schemas: Mapping[str, Any]) -> None:
        """Raises InvalidSelectionError."""
        # Documented: `$default` alone selects that model, whatever the message says.
        self._selection = None if expression in ("$default", r"\$default") else RouteSelection(expression)
        self._checks = {key: _check(schema) for key, schema in schemas.items()}

    def accept(self, body: str) -> bool:
        """Documented: the model of the expression's value, else `$default`; without either validation fails."""
        key = DEFAULT_MODEL if self._selection is None else self._selection.key(body)
        check = self._checks.get(key) or self._checks.get(DEFAULT_MODEL)
        try:
            # Inferred: what is no JSON fits no model.
            return check is not None and check(json.loads(body))
        except (ValueError, RecursionError):
            return False


class RequestModels:
    """The models of every route of a deployment; raises InvalidSelectionError."""

    def __init__(self, deployment: Deployment) -> None:
        self._of_route = {
            (api.api_id, api.stage_name, route.key): RouteModels(route.model_selection_expression, route.models)
            for api in deployment.apis
            for route in api.routes.values()
            # Documented: validation happens if the route has a model selection expression.
            if route.model_selection_expression
        }

    def accept(self, api: WebSocketApi, route: Route, body: str) -> bool:
        if not self._of_route:
            return True
        models = self._of_route.get((api.api_id, api.stage_name, route.key))
        return models is None or models.accept(body)


def check_schema(schema: Any) -> None:
    """Raises InvalidModelError for what is no JSON Schema."""
    # Here and below: only a template with models pays for the import.
    from jsonschema import Draft4Validator, SchemaError

    try:
        Draft4Validator.check_schema(schema)
    except SchemaError as error:
        raise InvalidModelError(error.message) from error


def _check(schema: Any) -> Check:
    from jsonschema import Draft4Validator

    valid: Check = Draft4Validator(schema).is_valid
    return valid
