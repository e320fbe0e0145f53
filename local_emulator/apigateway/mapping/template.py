"""A mapping template, parsed once."""

from __future__ import annotations

import re

from local_emulator.apigateway.mapping.errors import MappingSyntaxError
from local_emulator.apigateway.mapping.variables import Variables


class MappingTemplate:
    """A mapping template. Raises MappingSyntaxError."""

    def __init__(self, text: str) -> None:
        self._text = text
        if found := re.search(r"[$#]", text):
            raise MappingSyntaxError(
                "references and directives are not supported yet", text.count("\n", 0, found.start()) + 1
            )

    def render(self, variables: Variables) -> str:
        """Returns the rendered text. Raises MappingError."""
        return self._text
