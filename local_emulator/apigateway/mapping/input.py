"""`$input`: the body and the parameters of a request, or the body of a response.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html, and recorded
results (ADR 92).
"""

from __future__ import annotations

from typing import Any

from local_emulator.apigateway.mapping.budget import Budget
from local_emulator.apigateway.mapping.json_path import ABSENT, value_at
from local_emulator.apigateway.mapping.utilities import parse_json
from local_emulator.apigateway.mapping.variables import Variables


class InputObject:
    """The object `$input`."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        # Recorded: an empty body is {}.
        self.body = variables.body or "{}"

    @property
    def parameters(self) -> dict[str, dict[str, str]]:
        """The parameters by their place; WebSocket APIs have no path parameters."""
        variables = self._variables
        return {"path": {}, "querystring": dict(variables.querystring), "header": dict(variables.header)}

    def json(self, budget: Budget, path: str) -> str:
        """Returns the JSON text of the value at a path, `""` if it is absent (reported). Raises MappingError."""
        found = self._at(budget, path)
        return '""' if found is ABSENT else budget.json(found)

    def path(self, budget: Budget, path: str) -> Any:
        """Returns the value at a path, None if it is absent. Raises MappingError."""
        found = self._at(budget, path)
        return None if found is ABSENT else found

    def parameter(self, name: str) -> str:
        """Returns a parameter, searched in the query string, then in the headers (documented); "" without it."""
        variables = self._variables
        return variables.querystring.get(name) or variables.header.get(name) or ""

    def _at(self, budget: Budget, path: str) -> Any:
        # Each call reads the body anew: a template may change what it gets (run).
        budget.spend_text(len(path))
        return value_at(parse_json(budget, None, self.body), path)
