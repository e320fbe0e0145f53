"""The FilterCriteria of Lambda's event source mappings. Pure.

Source: Lambda Developer Guide, invocation-eventfiltering, with-sqs-filtering and with-ddb-filtering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import read_event
from local_emulator.event_patterns.pattern import EventPattern, parse_pattern

MAX_FILTERS = 5
"""Maximum number of filters of a mapping, which AWS raises on request."""
INVALID = "Invalid filter pattern definition."


@dataclass(frozen=True, slots=True)
class FilterCriteria:
    """The filters of a mapping: one of them must match. `texts` are the patterns as they are written."""

    patterns: tuple[EventPattern, ...] = field(default=(), compare=False)
    texts: tuple[str, ...] = ()

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Returns True if the function is to get the record; without filters it gets each."""
        return not self.patterns or any(pattern.matches(record) for pattern in self.patterns)

    def matches_message(self, record: Mapping[str, Any]) -> bool:
        """The same for a record of SQS, whose body is matched as the object or list that it holds, if it does.

        Documented: a filter for JSON drops a body that is plain text, and a filter for text drops JSON.
        """
        if not self.patterns:
            return True
        return self.matches({**record, "body": _decoded(record["body"])})


def parse_filter_criteria(texts: Sequence[str]) -> FilterCriteria:
    """Returns the criteria of the patterns' texts. Raises InvalidPatternError, whose reason is Lambda's."""
    if len(texts) > MAX_FILTERS:
        raise InvalidPatternError(f"has {len(texts)} filters; an event source mapping takes {MAX_FILTERS}")
    try:
        return FilterCriteria(tuple(parse_pattern(text) for text in texts), tuple(texts))
    except InvalidPatternError as problem:
        raise InvalidPatternError(f"{INVALID} {problem.reason}") from None


def _decoded(body: str) -> Any:
    try:
        value = read_event(body)
    except ValueError:
        return body
    return value if isinstance(value, dict | list) else body
