"""EventBridge's cron expressions: minutes, hours, day of month, month, day of week, year. Pure.

Source: EventBridge User Guide, eb-scheduled-rule-pattern ("Cron expressions").
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from local_emulator.scheduler.cron_days import Days, MonthDays, WeekDays
from local_emulator.scheduler.cron_field import FIELDS, InvalidCronError, read_values

__all__ = ["Cron", "InvalidCronError", "parse_cron"]


@dataclass(frozen=True, slots=True)
class Cron:
    """The allowed values of each field, in order."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: Days
    months: tuple[int, ...]
    years: tuple[int, ...]

    def moments(self, since: datetime) -> Iterator[datetime]:
        """Yields every time from `since` on, in order; without time zones."""
        for day in self._dates(since.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    moment = datetime.combine(day, time(hour, minute))
                    if moment >= since:
                        yield moment

    def _dates(self, since: date) -> Iterator[date]:
        for year in self.years:
            for month in self.months:
                if (year, month) < (since.year, since.month):
                    continue
                for day in range(1, calendar.monthrange(year, month)[1] + 1):
                    if date(year, month, day) >= since and self.days.has(year, month, day):
                        yield date(year, month, day)


def parse_cron(text: str) -> Cron:
    """Reads the six fields between the parentheses. Raises InvalidCronError, which names the field."""
    parts = text.upper().split()
    if len(parts) != len(FIELDS):
        raise InvalidCronError(f"has {len(parts)} fields instead of {len(FIELDS)}")
    minutes, hours, month_day, months, week_day, years = parts
    # Documented: what one of the two says, the other must leave open.
    if (month_day == "?") == (week_day == "?"):
        raise InvalidCronError("exactly one of day-of-month and day-of-week must be ?")
    days = WeekDays.read(week_day) if month_day == "?" else MonthDays.read(month_day)
    return Cron(
        read_values(FIELDS["minutes"], minutes),
        read_values(FIELDS["hours"], hours),
        days,
        read_values(FIELDS["month"], months),
        read_values(FIELDS["year"], years),
    )
