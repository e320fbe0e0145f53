"""The two fields of a cron expression that choose days, with their wildcards L, W and #. Pure."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import Protocol

from local_emulator.scheduler.cron_field import FIELDS, InvalidCronError, read_value, read_values

MONTH_DAY = FIELDS["day-of-month"]
WEEK_DAY = FIELDS["day-of-week"]


class Days(Protocol):
    """Chooses days."""

    def has(self, year: int, month: int, day: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days by their number; `last`: the last of the month; `weekdays`: the weekday nearest to each."""

    days: frozenset[int] = frozenset()
    last: bool = False
    weekdays: frozenset[int] = frozenset()
    last_weekday: bool = False

    @classmethod
    def read(cls, text: str) -> MonthDays:
        """Raises InvalidCronError."""
        parts = text.split(",")
        plain = [part for part in parts if part not in ("L", "LW") and not part.endswith("W")]
        nearest = [part[:-1] for part in parts if part.endswith("W") and part != "LW"]
        return cls(
            frozenset(value for part in plain for value in read_values(MONTH_DAY, part)),
            "L" in parts,
            frozenset(read_value(MONTH_DAY, part) for part in nearest),
            "LW" in parts,
        )

    def has(self, year: int, month: int, day: int) -> bool:
        length = calendar.monthrange(year, month)[1]
        return (
            day in self.days
            or (self.last and day == length)
            or (self.last_weekday and day == nearest_weekday(year, month, length))
            or any(day == nearest_weekday(year, month, wanted) for wanted in self.weekdays if wanted <= length)
        )


@dataclass(frozen=True, slots=True)
class WeekDays:
    """Days of the week, 1 is Sunday; `last`: the last of its kind in the month; `nth`: (day, which of the month)."""

    days: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    nth: tuple[int, int] | None = None

    @classmethod
    def read(cls, text: str) -> WeekDays:
        """Raises InvalidCronError."""
        if "#" in text:
            return cls(nth=_nth(text))
        parts = text.split(",")
        last = [part[:-1] for part in parts if part.endswith("L") and part != "L"]
        plain = [part for part in parts if not part.endswith("L")]
        days = {value for part in plain for value in read_values(WEEK_DAY, part)}
        if "L" in parts:
            days.add(7)  # documented: the last day of the week
        return cls(frozenset(days), frozenset(read_value(WEEK_DAY, part) for part in last))

    def has(self, year: int, month: int, day: int) -> bool:
        week_day = week_day_of(year, month, day)
        if self.nth is not None:
            return (week_day, (day + 6) // 7) == self.nth
        in_last_week = day + 7 > calendar.monthrange(year, month)[1]
        return week_day in self.days or (in_last_week and week_day in self.last)


def week_day_of(year: int, month: int, day: int) -> int:
    """Returns the day of the week: 1 is Sunday, 7 is Saturday."""
    return (calendar.weekday(year, month, day) + 1) % 7 + 1


def nearest_weekday(year: int, month: int, day: int) -> int:
    """Returns the weekday (Monday to Friday) nearest to a day, in the same month."""
    week_day, length = week_day_of(year, month, day), calendar.monthrange(year, month)[1]
    if week_day == 7:
        return day - 1 if day > 1 else day + 2
    if week_day == 1:
        return day + 1 if day < length else day - 2
    return day


def _nth(text: str) -> tuple[int, int]:
    """Documented: # combines a day and its number in the month, e.g. 3#2 for the second Tuesday."""
    week_day, _, which = text.partition("#")
    if which not in ("1", "2", "3", "4", "5"):
        raise InvalidCronError(f"day-of-week: {text!r} must be one day, # and 1 to 5")
    return read_value(WEEK_DAY, week_day), int(which)
