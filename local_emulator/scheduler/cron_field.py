"""One field of a cron expression: values, lists, ranges and steps. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


class InvalidCronError(Exception):
    """EventBridge would refuse a field; the message names it."""


@dataclass(frozen=True, slots=True)
class CronField:
    """The values that a field accepts; `names` are aliases of numbers.

    `wraps` is True if a range may end before it begins, as `20-2` for hours over midnight.
    """

    name: str
    minimum: int
    maximum: int
    names: dict[str, int] = field(default_factory=dict)
    wraps: bool = True


MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

# Documented: values and wildcards of each field, in the order of the expression.
FIELDS = {
    one.name: one
    for one in (
        CronField("minutes", 0, 59),
        CronField("hours", 0, 23),
        CronField("day-of-month", 1, 31),
        CronField("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
        CronField("day-of-week", 1, 7, {name: number for number, name in enumerate(DAYS, 1)}),
        CronField("year", 1970, 2199, wraps=False),
    )
}


def read_values(kind: CronField, text: str) -> tuple[int, ...]:
    """Returns every value of a list of numbers, names, ranges and steps, in order. Raises InvalidCronError."""
    values: set[int] = set()
    for part in text.split(","):
        values |= set(_part(kind, part))
    return tuple(sorted(values))


def read_value(kind: CronField, text: str) -> int:
    """Returns the value of one number or name. Raises InvalidCronError."""
    value = kind.names.get(text, int(text) if text.isascii() and text.isdigit() else -1)
    if not kind.minimum <= value <= kind.maximum:
        raise InvalidCronError(f"{kind.name}: {text!r} is not between {kind.minimum} and {kind.maximum}")
    return value


def _part(kind: CronField, part: str) -> set[int]:
    span, slash, step = part.partition("/")
    if not slash:
        return _span(kind, span, 1, to_the_end=False)
    if not (step.isascii() and step.isdigit()) or int(step) == 0:
        raise InvalidCronError(f"{kind.name}: {part!r} is no step that this field knows")
    # Documented: 1/10 is every tenth minute from the first on.
    return _span(kind, span, int(step), to_the_end=True)


def _span(kind: CronField, text: str, step: int, to_the_end: bool) -> set[int]:
    """Documented by an example: 20-2 are the hours from 20 over midnight to 2. Steps count from the first value."""
    if text == "*":
        return set(range(kind.minimum, kind.maximum + 1, step))
    first, dash, last = text.partition("-")
    begin = read_value(kind, first)
    end = read_value(kind, last) if dash else kind.maximum if to_the_end else begin
    size = kind.maximum - kind.minimum + 1
    if end < begin:
        if not kind.wraps:
            raise InvalidCronError(f"{kind.name}: the range {text!r} ends before it begins")
        end += size
    return {(value - kind.minimum) % size + kind.minimum for value in range(begin, end + 1, step)}
