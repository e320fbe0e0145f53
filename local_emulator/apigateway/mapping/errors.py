"""The errors of mapping templates."""

from __future__ import annotations


class MappingError(Exception):
    """A mapping template cannot be rendered. `line` counts from 1 in the template."""

    def __init__(self, problem: str, line: int = 0) -> None:
        super().__init__(problem, line)
        self.problem, self.line = problem, line

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}" if self.line else self.problem


class MappingSyntaxError(MappingError):
    """The template is no template of API Gateway, or has what is not supported here; known before it is rendered."""


class MappingLimitError(MappingError):
    """The template loops, writes or takes longer than a bound allows."""
