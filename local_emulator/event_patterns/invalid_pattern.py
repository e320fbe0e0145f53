"""The error of a pattern that AWS refuses."""

from __future__ import annotations


class InvalidPatternError(ValueError):
    """A pattern that AWS refuses; `reason` is AWS's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
