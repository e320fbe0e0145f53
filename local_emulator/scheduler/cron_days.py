"""The two fields of a cron expression that choose days, with their wildcards L, W and #. Pure."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from typing import Protocol

from local_emulator.scheduler.cron_field import FIELDS, InvalidCronError, read_value, read_values

MONTH_DAY = FIELDS["day-of-month"]
WEEK_DAY = FIELDS["day-of-week"]
MAX_DAYS_BEFORE_LAST = 30


class Days(Protocol):
    """Chooses days."""

    def has(self, year: int, month: int, day: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days by their number; `weekdays`: the weekday nearest to each.

    `from_last` is the number of days before the last of the month, None if the expression has no L;
    `last_is_weekday` is True if the weekday nearest to that day counts instead.
    """

    days: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    from_last: int | None = None
    last_is_weekday: bool = False

    @classmethod
    def read(cls, text: str) -> MonthDays:
        """Raises InvalidCronError."""
        if "L" in text:
            return cls(from_last=_days_before_last(text), last_is_weekday=text.endswith("W"))
        parts = text.split(",")
        plain = [part for part in parts if not part.endswith("W")]
        nearest = [part[:-1] for part in parts if part.endswith("W")]
        return cls(
            frozenset(value for part in plain for value in read_values(MONTH_DAY, part)),
            frozenset(read_value(MONTH_DAY, part) for part in nearest),
        )

    def has(self, year: int, month: int, day: int) -> bool:
        length = calendar.monthrange(year, month)[1]
        if self.from_last is not None:
            wanted = length - self.from_last
            if self.last_is_weekday and wanted > 0:
                wanted = nearest_weekday(year, month, wanted)
            return day == wanted
        return day in self.days or any(
            day == nearest_weekday(year, month, wanted) for wanted in self.weekdays if wanted <= length
        )


@dataclass(frozen=True, slots=True)
class WeekDays:
    """Days of the week, 1 is Sunday.

    `last`: a day whose last of the month counts; `nth`: a day and its number in the month.
    """

    days: frozenset[int] = frozenset()
    last: int | None = None
    nth: tuple[int, int] | None = None

    @classmethod
    def read(cls, text: str) -> WeekDays:
        """Raises InvalidCronError."""
        if "#" in text:
            return cls(nth=_nth(text))
        if text == "L":
            return cls(frozenset({7}))  # documented: the last day of the week
        if text.endswith("L"):
            return cls(last=read_value(WEEK_DAY, text[:-1]))
        return cls(frozenset(read_values(WEEK_DAY, text)))

    def has(self, year: int, month: int, day: int) -> bool:
        week_day = week_day_of(year, month, day)
        if self.nth is not None:
            return (week_day, (day + 6) // 7) == self.nth
        in_last_week = day + 7 > calendar.monthrange(year, month)[1]
        return week_day in self.days or (in_last_week and week_day == self.last)


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


def _days_before_last(text: str) -> int:
    """Returns 3 for L-3 and L-3W. Quartz, whose expressions EventBridge takes, refuses L in a list of days."""
    found = re.fullmatch(r"L(?:-([0-9]{1,2}))?W?", text)
    days = int(found[1] or 0) if found else MAX_DAYS_BEFORE_LAST + 1
    if days > MAX_DAYS_BEFORE_LAST:
        raise InvalidCronError(f"day-of-month: {text!r} must be L, LW or L-1 to L-{MAX_DAYS_BEFORE_LAST} alone")
    return days


def _nth(text: str) -> tuple[int, int]:
    """Documented: # combines a day and its number in the month, e.g. 3#2 for the second Tuesday."""
    week_day, _, which = text.partition("#")
    if which not in ("1", "2", "3", "4", "5"):
        raise InvalidCronError(f"day-of-week: {text!r} must be one day, # and 1 to 5")
    return read_value(WEEK_DAY, week_day), int(which)
