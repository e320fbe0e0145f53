"""Cron expressions beside Quartz, which reads the same fields: `make cron-oracle`, outside of CI."""

import os
import random
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path

from local_emulator.scheduler.cron import parse_cron

JAVA = Path(os.environ.get("QUARTZ_JARS", "/usr/share/java"))
PROGRAM = Path(__file__).parent / "QuartzTimes.java"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
YEARS = 12  # Quartz looks as far ahead as the years of an expression, and EventBridge has years until 2199
TIMES, EXPRESSIONS = 12, 2000
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def span(chance: random.Random, low: int, high: int, names: list[str] | None = None) -> str:
    first, last = sorted(chance.sample(range(low, high + 1), 2))
    text = [names[number - low] if names else str(number) for number in (first, last)]
    forms = ["*", text[0], "-".join(text), ",".join(text), f"{first}/{chance.randint(1, high - low)}"]
    return chance.choice(forms)


def days(chance: random.Random) -> tuple[str, str]:
    """Returns day of month and day of week, one of them open."""
    if chance.random() < 0.5:
        special = ["L", "LW", f"{chance.randint(1, 28)}W"]
        return (chance.choice(special) if chance.random() < 0.4 else span(chance, 1, 31)), "?"
    special = [f"{chance.randint(1, 7)}L", f"{chance.randint(1, 7)}#{chance.randint(1, 5)}", f"{chance.choice(DAYS)}L"]
    return "?", chance.choice(special) if chance.random() < 0.4 else span(chance, 1, 7, DAYS)


def expression(chance: random.Random) -> str:
    month_day, week_day = days(chance)
    minutes, hours = span(chance, 0, 59), span(chance, 0, 23)
    year = chance.choice(["*", "2026", "2027-2030", "2026,2028"])
    return f"{minutes} {hours} {month_day} {span(chance, 1, 12, MONTHS)} {week_day} {year}"


def times_of_quartz(expressions: list[str]) -> list[list[int]]:
    path = ":".join(str(JAVA / f"{name}.jar") for name in ("quartz", "slf4j-api"))
    command = ["java", "-cp", path, str(PROGRAM), str(int(SINCE.timestamp())), str(TIMES)]
    answered = subprocess.run(command, input="\n".join(expressions), capture_output=True, text=True, check=True)
    return [[int(number) for number in line.split()] for line in answered.stdout.split("\n")[: len(expressions)]]


def until_the_end(times: list[int]) -> list[int]:
    end = (SINCE + timedelta(days=365 * YEARS)).timestamp()
    return list(takewhile(lambda moment: moment < end, times))


def test_the_next_times_are_those_of_quartz() -> None:
    chance = random.Random(1)
    expressions = [expression(chance) for _ in range(EXPRESSIONS)]
    different = []
    for text, theirs in zip(expressions, times_of_quartz(expressions), strict=True):
        moments = parse_cron(text).moments(SINCE.replace(tzinfo=None))
        found = [int(moment.replace(tzinfo=UTC).timestamp()) for moment in islice(moments, TIMES)]
        if until_the_end(found) != until_the_end(theirs):
            different.append((text, found[:3], theirs[:3]))
    assert different == []
