"""Request models: the validation of a message against the model of its route.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html. Models are JSON
Schema, draft 4.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from local_emulator.apigateway.rules.reasons import shown
from local_emulator.apigateway.rules.route_selection import RouteSelection
from local_emulator.deployment import Deployment, Route, WebSocketApi

DEFAULT_MODEL: Final = "$default"

Check = Callable[[Any], str | None]


class InvalidModelError(ValueError):
    """A model is not a JSON Schema of draft 4; the message names the fault."""


class RouteModels:
    """The models of one route, compiled."""

    def __init__(self, expression: str, schemas: Mapping[str, Any]) -> None:
        """Raises InvalidSelectionError."""
        # Documented: `$default` alone selects that model, whatever the message says.
        self._selection = None if expression in ("$default", r"\$default") else RouteSelection(expression)
        self._checks = {key: _check(schema) for key, schema in schemas.items()}

    def problem(self, body: str) -> str | None:
        """Returns the fault of a message, None if it fits.

        Documented: the model of the expression's value, else `$default`; without either validation fails.
        """
        key = DEFAULT_MODEL if self._selection is None else self._selection.key(body)
        check = self._checks.get(key) or self._checks.get(DEFAULT_MODEL)
        if check is None:
            return f"the model selection gives {shown(key)}, and there is neither this model nor $default"
        try:
            return check(json.loads(body))
        except (ValueError, RecursionError):
            return "the message is not JSON"  # inferred: it then fits no model


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

    def problem(self, api: WebSocketApi, route: Route, body: str) -> str | None:
        """Returns the fault of a message to a route, None if it fits or if the route has no models."""
        if not self._of_route:
            return None
        models = self._of_route.get((api.api_id, api.stage_name, route.key))
        return None if models is None else models.problem(body)


def check_schema(schema: Any) -> None:
    """Raises InvalidModelError for what is no JSON Schema."""
    # Here and below: only a template with models needs the import.
    from jsonschema import Draft4Validator, SchemaError

    try:
        Draft4Validator.check_schema(schema)
    except SchemaError as error:
        raise InvalidModelError(error.message) from error


def _check(schema: Any) -> Check:
    from jsonschema import Draft4Validator

    validator = Draft4Validator(schema)

    def fault(message: Any) -> str | None:
        error = next(iter(validator.iter_errors(message)), None)
        return None if error is None else f"{error.json_path}: {error.message}"

    return fault
