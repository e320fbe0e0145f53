"""Notes on a pattern that is valid and may surprise. Pure.

Source: AWS's Event Ruler, run. A field that must be absent is sought in the elements that earlier paths have chosen,
else in the whole event.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.event_patterns.json_text import NumberText
from local_emulator.event_patterns.leaves import number_value
from local_emulator.event_patterns.match_expressions import FieldTest
from local_emulator.event_patterns.pattern import EventPattern

Fields = tuple[tuple[str, FieldTest], ...]


def pattern_notes(pattern: EventPattern) -> tuple[str, ...]:
    """Returns sentences on names that decide, and on numbers with more digits than a double keeps."""
    found = [note for fields in pattern.alternatives for note in (*_order_notes(fields), *_number_notes(fields))]
    return tuple(dict.fromkeys(found))


def _order_notes(fields: Fields) -> Iterator[str]:
    for path, test in fields:
        parent = path.rpartition(".")[0]
        later = [other for other, _ in fields if other > path and parent and other.startswith(f"{parent}.")]
        if test.absent and later:
            yield (
                f"{path} must be absent in every element of a list, not only where {later[0]} is: "
                "its name sorts before that one's"
            )


def _number_notes(fields: Fields) -> Iterator[str]:
    for path, test in fields:
        for value in sorted(one.text for one in test.values if isinstance(one, NumberText)):
            if isinstance(number_value(value), NumberText):
                yield f"{path}: {value} has more digits than a double keeps, so it equals only the same digits"
