"""A clock that is wrong is corrected by the gateway's `Date`, and by nothing else."""

from __future__ import annotations

import calendar
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.gateway.sender.server_clock import ServerClock, http_date
from testing.scripted_gateway import GatewayRequest, Reply, status
from tests.integration.infra.gateway.sender.conftest import MakeEngine, Play, post

ALMOST_DATES = st.from_regex(r"Thu, [0-9]{1,3} (Jan|Feb) [0-9]{1,12} [0-9]{2}:[0-9]{2}:[0-9]{2} [-+ A-Z0-9]{0,6}")


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_date_far_from_the_signatures_time_is_taken_over(hours: int) -> None:
    clock, now = ServerClock(), time.time()

    assert clock.correct(formatdate(now + hours * 3600, usegmt=True), now)
    assert clock.now() == pytest.approx(now + hours * 3600, abs=60)


@pytest.mark.parametrize("seconds", [-200, 0, 200])
def test_a_date_within_what_aws_allows_is_not_the_trouble(seconds: int) -> None:
    clock, now = ServerClock(), time.time()

    assert not clock.correct(formatdate(now + seconds, usegmt=True), now)
    assert clock.now() == pytest.approx(now, abs=60)


@pytest.mark.parametrize("date", ["", "yesterday", "0", "Thu, 99 Jan 2026 00:00:30 GMT"])
def test_what_is_no_date_corrects_nothing(date: str) -> None:
    assert not ServerClock().correct(date, 0.0)


@given(st.text(max_size=40) | ALMOST_DATES)
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert isinstance(http_date(text), float | None)


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000", "UTC"])
def test_a_date_is_universal_time(zone: str) -> None:
    assert http_date(f"Thu, 01 Jan 2026 00:00:30 {zone}") == 1_767_225_630


def test_sends_refused_for_a_wrong_clock_arrive_with_the_right_one(engine: MakeEngine, play: Play) -> None:
    """The gateway is an hour ahead, and refuses what is signed over five minutes off, as AWS does."""
    theirs = time.time() + 3600

    def part(request: GatewayRequest) -> Reply:
        signed = time.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        off = abs(calendar.timegm(signed) - theirs)
        return Reply() if off < 300 else Reply(status(403, f"Date: {formatdate(theirs, usegmt=True)}"))

    gateway = play(part)
    sender = engine(gateway.url, max_connections=4)

    assert set(post(sender, *(f"{number}=" for number in range(20)))) == {200}
    before = len(gateway.requests)
    assert post(sender, "A=") == [200]
    assert len(gateway.requests) == before + 1


def test_a_refusal_for_another_reason_stands(engine: MakeEngine, play: Play) -> None:
    gateway = play(lambda request: Reply(status(403, f"Date: {formatdate(usegmt=True)}")))

    assert post(engine(gateway.url), "A=") == [403]
    assert len(gateway.requests) == 1


def test_a_gateway_whose_clock_runs_wild_is_not_asked_for_ever(engine: MakeEngine, play: Play) -> None:
    dates = iter(range(1, 1000))
    gateway = play(lambda request: Reply(status(403, f"Date: {formatdate(next(dates) * 86_400, usegmt=True)}")))

    assert post(engine(gateway.url), "A=") == [403]
    assert len(gateway.requests) == 5
