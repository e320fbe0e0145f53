"""Against an oracle that looks at every minute, and knows no calendar arithmetic but Python's own dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_emulator.scheduler.expressions import InvalidScheduleError, next_due, parse_expression

START = datetime(2026, 1, 1, tzinfo=UTC)


def _next(expression: str, now: datetime, timezone: str = "UTC", source: str = "scheduler") -> datetime | None:
    return parse_expression(expression, timezone, source).next_after(now, START)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# The oracle.

NAMES = dict(
    zip(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], range(1, 13), strict=True)
)
NAMES |= dict(zip(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], range(1, 8), strict=True))


def _number(text: str) -> int:
    return NAMES[text] if text in NAMES else int(text)


def _allows(field: str, value: int, least: int, most: int) -> bool:
    for part in field.split(","):
        match = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", part)
        assert match is not None
        begin = least if match[1] == "*" else _number(match[1])
        end = _number(match[2]) if match[2] else most if match[1] == "*" or match[3] else begin
        size = most - least + 1
        if end < begin:
            end += size  # over midnight, over the end of the year
        if any(begin <= one <= end and (one - begin) % int(match[3] or 1) == 0 for one in (value, value + size)):
            return True
    return False


def _sunday_is_one(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _month_of(day: date) -> list[date]:
    first = day.replace(day=1)
    return [one for offset in range(31) if (one := first + timedelta(offset)).month == day.month]


def _is_month_day(field: str, day: date) -> bool:
    month = _month_of(day)
    for part in field.split(","):
        if part.startswith("L") and not part.endswith("W"):
            number = len(month) - int(part[2:] or 0)
            if number < 1:
                continue
            wanted = month[number - 1]
        elif part.endswith("W"):
            number = len(month) - int(part[2:-1] or 0) if part[0] == "L" else int(part[:-1])
            if not 1 <= number <= len(month):
                continue
            weekdays = [one for one in month if one.isoweekday() <= 5]
            wanted = min(weekdays, key=lambda one: abs(one.day - number))
        elif _allows(part, day.day, 1, 31):
            return True
        else:
            continue
        if wanted == day:
            return True
    return False


def _is_week_day(field: str, day: date) -> bool:
    same = [one for one in _month_of(day) if one.isoweekday() == day.isoweekday()]
    if "#" in field:
        week_day, which = field.split("#")
        return _sunday_is_one(day) == _number(week_day) and same.index(day) + 1 == int(which)
    for part in field.split(","):
        if part == "L":
            found = _sunday_is_one(day) == 7
        elif part.endswith("L"):
            found = _sunday_is_one(day) == _number(part[:-1]) and day == same[-1]
        else:
            found = _allows(part, _sunday_is_one(day), 1, 7)
        if found:
            return True
    return False


def _is_due(fields: list[str], moment: datetime) -> bool:
    minutes, hours, month_day, months, week_day, years = fields
    return (
        _allows(minutes, moment.minute, 0, 59)
        and _allows(hours, moment.hour, 0, 23)
        and _allows(months, moment.month, 1, 12)
        and _allows(years, moment.year, 1970, 2199)
        and (month_day == "?" or _is_month_day(month_day, moment.date()))
        and (week_day == "?" or _is_week_day(week_day, moment.date()))
    )


# Expressions.


def _plain(least: int, most: int, names: dict[int, str] | None = None) -> st.SearchStrategy[str]:
    number = st.integers(least, most)
    one = number.map(lambda value: (names or {}).get(value, str(value)))
    ranges = st.tuples(number, number).map(lambda two: f"{two[0]}-{two[1]}")
    spans = st.one_of(st.just("*"), one, ranges)
    stepped = st.tuples(spans, st.integers(1, 40)).map(lambda two: f"{two[0]}/{two[1]}")
    return st.lists(st.one_of(spans, stepped), min_size=1, max_size=3).map(",".join)


MONTH_NAMES = {
    NAMES[name]: name for name in ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
}
DAY_NAMES = {NAMES[name]: name for name in ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]}

month_days = st.one_of(
    _plain(1, 31),
    st.lists(st.sampled_from([*(f"{day}W" for day in range(1, 32)), "7"]), min_size=1, max_size=3).map(",".join),
    st.sampled_from(["L", "LW", *(f"L-{days}{w}" for days in range(1, 31) for w in ("", "W"))]),
)
week_days = st.one_of(
    _plain(1, 7, DAY_NAMES),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda two: f"{two[0]}#{two[1]}"),
    st.sampled_from(["L", "1L", "4L", "FRIL", "7L"]),
)
days = st.one_of(month_days.map(lambda text: (text, "?")), week_days.map(lambda text: ("?", text)))
months = _plain(1, 12, MONTH_NAMES)
moments = st.datetimes(datetime(2023, 12, 1), datetime(2029, 3, 1)).map(lambda one: one.replace(tzinfo=UTC))


@settings(max_examples=60, deadline=None)
@given(minutes=_plain(0, 59), hours=_plain(0, 23), chosen=days, now=moments)
def test_the_next_time_is_the_first_minute_that_the_fields_allow(
    minutes: str, hours: str, chosen: tuple[str, str], now: datetime
) -> None:
    fields = [minutes, hours, chosen[0], "*", chosen[1], "*"]
    found = _next(f"cron({' '.join(fields)})", now)

    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(3 * 24 * 60):
        if _is_due(fields, minute):
            assert found == minute
            return
        minute += timedelta(minutes=1)
    assert found is None or found >= minute


@settings(max_examples=150, deadline=None)
@given(chosen=days, months=months, now=moments)
def test_the_next_day_is_the_first_that_the_fields_allow(chosen: tuple[str, str], months: str, now: datetime) -> None:
    fields = ["30", "12", chosen[0], months, chosen[1], "*"]
    found = _next(f"cron({' '.join(fields)})", now)

    noon = now.replace(hour=12, minute=30, second=0, microsecond=0)
    if noon <= now:
        noon += timedelta(days=1)
    for _ in range(500):
        if _is_due(fields, noon):
            assert found == noon
            return
        noon += timedelta(days=1)
    assert found is None or found >= noon


@settings(max_examples=40, deadline=None)
@given(
    hours=_plain(0, 23),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"]),
    now=moments,
)
def test_in_a_time_zone_the_local_clock_counts_and_no_local_time_comes_twice(
    hours: str, zone: str, now: datetime
) -> None:
    fields = ["0/20", hours, "*", "*", "?", "*"]
    expression = parse_expression(f"cron({' '.join(fields)})", zone, "scheduler")
    seen = set()
    for _ in range(200):
        due = expression.next_after(now, START)
        assert due is not None
        assert due > now
        local = due.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert _is_due(fields, local)
        assert local not in seen
        seen.add(local)
        now = due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-08T06:00:00", "2026-03-09T06:30:00"),  # 02:30 is skipped on the 8th
        ("2026-11-01T05:00:00", "2026-11-01T07:30:00"),  # 02:30 comes once
    ],
)
def test_a_local_time_that_does_not_exist_is_skipped(now: str, due: str) -> None:
    assert _next("cron(30 2 * * ? *)", _at(now), "America/New_York") == _at(due)


def test_a_local_time_that_comes_twice_counts_once() -> None:
    first = _next("cron(30 1 * * ? *)", _at("2026-11-01T05:00:00"), "America/New_York")

    assert first == _at("2026-11-01T05:30:00")
    assert _next("cron(30 1 * * ? *)", first, "America/New_York") == _at("2026-11-02T06:30:00")


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("cron(0 10 * * ? *)", "2026-05-14T10:00:00"),
        ("cron(15 12 * * ? *)", "2026-05-13T12:15:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-05-13T18:00:00"),
        ("cron(0 8 1 * ? *)", "2026-06-01T08:00:00"),
        ("cron(0/15 * * * ? *)", "2026-05-13T11:15:00"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-05-13T11:05:00"),
        ("cron(0 9 ? * 2#1 *)", "2026-06-01T09:00:00"),
        ("cron(0 0 L * ? *)", "2026-05-31T00:00:00"),
        ("cron(0 0 3W * ? *)", "2026-06-03T00:00:00"),
        ("cron(0 0 1W AUG ? *)", "2026-08-03T00:00:00"),  # the 1st is a Saturday
        ("cron(0 0 31W * ? *)", "2026-05-29T00:00:00"),  # the 31st is a Sunday
        ("cron(0 0 ? * 6L *)", "2026-05-29T00:00:00"),
        ("cron(0 0 ? * L *)", "2026-05-16T00:00:00"),
        ("cron(0/30 20-2 ? * MON-FRI *)", "2026-05-13T20:00:00"),
        ("cron(0 0 L-3 * ? *)", "2026-05-28T00:00:00"),
        ("cron(0 0 ? * 1-7/2 *)", "2026-05-14T00:00:00"),
        ("cron(0 0 1 NOV-FEB ? *)", "2026-11-01T00:00:00"),
        ("cron(0 0 ? * SAT-SUN *)", "2026-05-16T00:00:00"),
        ("cron(0 0 29 FEB ? *)", "2028-02-29T00:00:00"),
        ("cron(0 0 1 1 ? 2030-2040)", "2030-01-01T00:00:00"),
    ],
)
def test_expressions_of_the_user_guide_and_their_like(expression: str, due: str) -> None:
    assert _next(expression, _at("2026-05-13T11:00:30"), source="rule") == _at(due)


@pytest.mark.parametrize("expression", ["cron(0 0 30 FEB ? *)", "cron(0 0 1 1 ? 2020)", "cron(0 0 ? FEB 1#5 2026)"])
def test_what_never_comes_is_never_due(expression: str) -> None:
    assert _next(expression, _at("2026-05-13T11:00:00")) is None


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("every day", "must be rate"),
        ("cron(0 10 * * *)", "5 fields"),
        ("cron(0 10 * * * *)", "exactly one of day-of-month and day-of-week"),
        ("cron(0 10 ? * ? *)", "exactly one of day-of-month and day-of-week"),
        ("cron(60 10 * * ? *)", "minutes"),
        ("cron(0 24 * * ? *)", "hours"),
        ("cron(0 0 0 * ? *)", "day-of-month"),
        ("cron(0 0 L-31 * ? *)", "day-of-month"),
        ("cron(0 0 15W,L * ? *)", "day-of-month"),
        ("cron(0 0 LW,15 * ? *)", "day-of-month"),
        ("cron(0 0 L,1 * ? *)", "day-of-month"),
        ("cron(0 0 ? * 6L,2 *)", "day-of-week"),
        ("cron(0 0 * 13 ? *)", "month"),
        ("cron(0 0 ? * 3#1,6#3 *)", "day-of-week"),
        ("cron(0 0 ? * 3#6 *)", "day-of-week"),
        ("cron(0 0 ? * 8 *)", "day-of-week"),
        ("cron(0 0 * * ? 1969)", "year"),
        ("cron(0/0 0 * * ? *)", "minutes"),
        ("cron(0 0 1 1 ? 2030-2020)", "year"),
        ("cron(² 0 * * ? *)", "minutes"),
        ("rate(0 minutes)", "positive"),
        ("rate(-1 minutes)", "positive"),
        ("rate(1 minutes)", "singular"),
        ("rate(5 minute)", "plural"),
        ("rate(5 seconds)", "minute(s)"),
        ("at(2026-01-01T00:00:00)", "only EventBridge Scheduler"),
    ],
)
def test_what_eventbridge_refuses_is_refused_and_named(expression: str, word: str) -> None:
    with pytest.raises(InvalidScheduleError, match=re.escape(word)):
        parse_expression(expression, source="rule")


def test_a_time_zone_that_is_not_known_is_named() -> None:
    with pytest.raises(InvalidScheduleError, match="Mars/Olympus"):
        parse_expression("cron(0 0 * * ? *)", "Mars/Olympus", "scheduler")


@given(value=st.integers(2, 400), unit=st.sampled_from(["minutes", "hours", "days"]), seconds=st.integers(0, 10**7))
def test_a_rate_counts_from_the_start(value: int, unit: str, seconds: int) -> None:
    period = timedelta(**{unit: value})
    now = START + timedelta(seconds=seconds)
    due = _next(f"rate({value} {unit})", now, source="rule")

    assert due is not None
    assert now < due <= now + period
    assert (due - START) % period == timedelta(0)


def test_a_rule_waits_for_its_first_period_and_a_schedule_begins_at_once() -> None:
    before = START - timedelta(microseconds=1)

    assert _next("rate(1 minute)", before, source="rule") == START + timedelta(minutes=1)
    assert _next("rate(1 minute)", before) == START


def test_a_moment_is_due_once_in_its_time_zone() -> None:
    at = "at(2026-07-01T09:00:00)"

    assert _next(at, _at("2026-06-30T00:00:00"), "Europe/Berlin") == _at("2026-07-01T07:00:00")
    assert _next(at, _at("2026-07-01T07:00:00"), "Europe/Berlin") is None
    with pytest.raises(InvalidScheduleError, match="yyyy-mm-dd"):
        _next("at(tomorrow)", START)


def _due(expression: str, now: str, start: str | None = None, end: str | None = None) -> datetime | None:
    parsed = parse_expression(expression, source="scheduler")
    return next_due(parsed, _at(now), START, _at(start) if start else None, _at(end) if end else None)


@pytest.mark.parametrize(
    ("expression", "now", "start", "end", "due"),
    [
        ("rate(1 hour)", "2026-05-01T00:10:00", "2026-05-02T00:30:00", None, "2026-05-02T00:30:00"),
        ("rate(1 hour)", "2026-05-03T00:00:00", "2026-05-02T00:30:00", None, "2026-05-03T00:30:00"),
        ("cron(0 12 * * ? *)", "2026-05-01T00:00:00", "2026-05-04T12:00:00", None, "2026-05-04T12:00:00"),
        ("cron(0 12 * * ? *)", "2026-05-04T00:00:00", None, "2026-05-04T12:00:00", "2026-05-04T12:00:00"),
        ("cron(0 12 * * ? *)", "2026-05-04T12:00:00", None, "2026-05-05T11:59:59", None),
        ("rate(1 hour)", "2026-05-04T12:00:00", "2026-06-01T00:00:00", "2026-05-20T00:00:00", None),
        (
            "at(2026-05-05T00:00:00)",
            "2026-05-04T00:00:00",
            "2027-01-01T00:00:00",
            "2027-02-01T00:00:00",
            "2026-05-05T00:00:00",
        ),
    ],
)
def test_a_schedule_is_due_from_its_start_date_to_its_end_date(
    expression: str, now: str, start: str | None, end: str | None, due: str | None
) -> None:
    assert _due(expression, now, start, end) == (_at(due) if due else None)
