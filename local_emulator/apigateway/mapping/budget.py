"""The bounds of one rendering: steps, text, and time in regular expressions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local_emulator.apigateway.mapping.errors import MappingLimitError
from local_emulator.apigateway.mapping.java_text import TextWriter

MAX_STEPS = 200_000
"""Maximum number of nodes, items and pieces of text of one rendering."""
MAX_CHARACTERS = 1_000_000
"""Maximum length of a text: no frame, message or item of AWS is larger."""
MAX_REGEX_SECONDS = 0.25
"""Maximum time in regular expressions of one rendering."""
CHARACTERS_PER_STEP = 256


class Budget:
    """Counts what one rendering costs. Methods raise MappingLimitError."""

    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._regex_seconds = MAX_REGEX_SECONDS

    def spend(self, steps: int = 1) -> None:
        self._steps -= steps
        if self._steps < 0:
            raise MappingLimitError(f"it takes more than {MAX_STEPS} steps")

    def spend_text(self, characters: int) -> None:
        if characters > MAX_CHARACTERS:
            raise MappingLimitError(f"a text has more than {MAX_CHARACTERS} characters")
        self.spend(1 + characters // CHARACTERS_PER_STEP)

    def text(self, value: Any) -> str:
        """Returns the text that Java prints for the value, "" for None."""
        if isinstance(value, str):
            self.spend_text(len(value))
            return value
        return TextWriter(self.spend).java(value)

    def json(self, value: Any) -> str:
        """Returns compact JSON."""
        return TextWriter(self.spend).json(value)

    @contextmanager
    def regex(self) -> Iterator[float]:
        """Yields the seconds that are left for regular expressions."""
        started = time.perf_counter()
        try:
            yield max(self._regex_seconds, 0.001)
        except TimeoutError:
            raise MappingLimitError(f"its regular expressions take more than {MAX_REGEX_SECONDS:g} s") from None
        finally:
            self._regex_seconds -= time.perf_counter() - started
