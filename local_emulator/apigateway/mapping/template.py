"""A mapping template, parsed once."""

from __future__ import annotations

import copy
from typing import Any

from local_emulator.apigateway.mapping.errors import MappingSyntaxError
from local_emulator.apigateway.mapping.evaluator import Evaluator
from local_emulator.apigateway.mapping.input import InputObject
from local_emulator.apigateway.mapping.parser import parse_template
from local_emulator.apigateway.mapping.utilities import Utilities
from local_emulator.apigateway.mapping.variables import Variables

MAX_BYTES = 300 * 1024
"""Maximum size of a mapping template (API Gateway quotas: 300 KB)."""


class MappingTemplate:
    """A mapping template. Raises MappingSyntaxError."""

    def __init__(self, text: str) -> None:
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise MappingSyntaxError(f"it has more than {MAX_BYTES} bytes")
        self._block = parse_template(text)

    def render(self, variables: Variables) -> str:
        """Returns the rendered text. Raises MappingError."""
        return self.evaluate(
            {
                "input": InputObject(variables),
                "util": Utilities(),
                "context": copy.deepcopy(dict(variables.context)),
                "stageVariables": dict(variables.stage_variables),
            }
        )

    def evaluate(self, names: dict[str, Any]) -> str:
        """Returns the text for given values of names, which a template may change. Raises MappingError."""
        return Evaluator(names).rendered(self._block)
