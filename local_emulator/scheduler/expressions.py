"""The due times of a schedule: `rate(…)`, `cron(…)` and `at(…)`. Pure; `now` is an argument.

Sources: EventBridge User Guide, eb-scheduled-rule-pattern (rules); EventBridge Scheduler User Guide,
schedule-types (schedules, time zones, daylight-saving time).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_emulator.scheduler.cron import Cron, InvalidCronError, parse_cron

UNITS = {"minute": 60, "hour": 3600, "day": 86_400}


class InvalidScheduleError(Exception):
    """AWS would refuse this expression; the message repeats it with the reason."""


class Expression(Protocol):
    """A schedule expression, with its due times."""

    def next_after(self, now: datetime, start: datetime) -> datetime | None:
        """The first due time after `now`, in UTC; None if there is none. `start`: when the schedule was made."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """Due periodically, counted from the start. `at_start`: for the first time at the start itself."""

    seconds: int
    at_start: bool = False

    def next_after(self, now: datetime, start: datetime) -> datetime | None:
        if now < start:
            return start if self.at_start else start + timedelta(seconds=self.seconds)
        period = timedelta(seconds=self.seconds)
        return start + ((now - start) // period + 1) * period


@dataclass(frozen=True, slots=True)
class CronTimes:
    """Due at the local times of a cron expression."""

    cron: Cron
    timezone: ZoneInfo

    def next_after(self, now: datetime, start: datetime) -> datetime | None:
        local = now.astimezone(self.timezone).replace(tzinfo=None)
        # An hour that is repeated lies in the past and in the future at once: begin before it, take what is later.
        for moment in self.cron.moments(local - timedelta(hours=3)):
            due = _in_utc(moment, self.timezone)
            if due is not None and due > now:
                return due
        return None


@dataclass(frozen=True, slots=True)
class Once:
    """Due once, at a local time."""

    moment: datetime
    timezone: ZoneInfo

    def next_after(self, now: datetime, start: datetime) -> datetime | None:
        due = _in_utc(self.moment, self.timezone)
        return due if due is not None and due > now else None


def next_due(
    expression: Expression, now: datetime, created: datetime, start: datetime | None, end: datetime | None
) -> datetime | None:
    """Returns the first due time after `now` within a StartDate and an EndDate, None if there is none.

    Documented: a rate counts from the StartDate; a one-time schedule ignores both dates.
    """
    if isinstance(expression, Once):
        return expression.next_after(now, created)
    after = now if start is None else max(now, start - timedelta(microseconds=1))
    due = expression.next_after(after, start or created)
    return due if due is not None and (end is None or due <= end) else None


def parse_expression(text: str, timezone: str = "UTC", source: str = "rule") -> Expression:
    """Reads the expression of an EventBridge rule, or of an EventBridge Scheduler schedule ("scheduler").

    Raises InvalidScheduleError.
    """
    match = re.fullmatch(r"\s*(rate|cron|at)\(([^()]*)\)\s*", text)
    if match is None:
        raise InvalidScheduleError(f"{text!r}: must be rate(…), cron(…) or at(…)")
    kind, inside = match.groups()
    if kind == "rate":
        return _rate(text, inside, source)
    zone = _zone(text, timezone)
    if kind == "at":
        return _once(text, inside, zone, source)
    try:
        return CronTimes(parse_cron(inside), zone)
    except InvalidCronError as problem:
        raise InvalidScheduleError(f"{text!r}: {problem}") from None


def _rate(text: str, inside: str, source: str) -> Rate:
    match = re.fullmatch(r"\s*([0-9]+)\s+(minute|hour|day)(s?)\s*", inside)
    if match is None or int(match[1]) == 0:
        raise InvalidScheduleError(f"{text!r}: a rate is a positive number and minute(s), hour(s) or day(s)")
    value = int(match[1])
    # Documented for rules: 1 takes the singular, everything else the plural. Scheduler's units are plurals.
    if source == "rule" and (value == 1) == bool(match[3]):
        raise InvalidScheduleError(f"{text!r}: 1 takes the singular of its unit, more the plural")
    # Documented: a rule counts from its creation; a schedule without a StartDate begins at once.
    return Rate(value * UNITS[match[2]], at_start=source == "scheduler")


def _once(text: str, inside: str, zone: ZoneInfo, source: str) -> Once:
    if source == "rule":
        raise InvalidScheduleError(f"{text!r}: only EventBridge Scheduler knows at(…)")
    try:
        return Once(datetime.strptime(inside.strip(), "%Y-%m-%dT%H:%M:%S"), zone)
    except ValueError:
        raise InvalidScheduleError(f"{text!r}: must be at(yyyy-mm-ddThh:mm:ss)") from None


def _zone(text: str, timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidScheduleError(f"{text!r}: the time zone {timezone!r} is not known here") from None


def _in_utc(moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Documented: a time that the change to summer time skips is skipped, one that comes twice counts once.

    Inferred: the first of the two counts.
    """
    due = moment.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return due if due.astimezone(zone).replace(tzinfo=None, fold=0) == moment else None
