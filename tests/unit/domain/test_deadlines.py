"""Whatever the history and however late the sweeps: who lives stays, who is due goes, and nobody goes unwarned."""

from hypothesis import given
from hypothesis import strategies as st

from domain.connection import HANDSHAKE_MS
from domain.deadlines import GRACE_MS, PONG_WAIT_MS, next_step
from testing.lifetimes import HOUR, LIMITS, Life

SECOND = 1000
INTERVAL = 60 * SECOND
IDLE = LIMITS.idle_timeout_seconds * SECOND
LEAD = LIMITS.warning_seconds * SECOND
HEARTBEAT = LIMITS.heartbeat_seconds * SECOND
MAX_AGE = LIMITS.max_connection_seconds * SECOND

GAPS = st.lists(st.integers(1 * SECOND, 2 * INTERVAL), min_size=1, max_size=200)
DEATHS = st.lists(st.sampled_from([0, 1, 2, 3, 99, 99, 99]), min_size=1, max_size=20)


def sweeps(gaps: list[int], until: int) -> list[int]:
    """The moments of sweeps whose distances repeat `gaps`."""
    moments, now = [], 0
    while now < until:
        now += gaps[len(moments) % len(gaps)]
        moments.append(now)
    return moments


@given(GAPS, st.integers(0, 50 * SECOND), st.integers(10 * SECOND, IDLE - LEAD - 1), DEATHS)
def test_a_connection_that_lives_and_is_used_is_never_closed_before_its_age(
    gaps: list[int], answers_after: int, every: int, deaths: list[int]
) -> None:
    life = Life(answers_after=answers_after)
    acted = 0
    young = [now for now in sweeps(gaps, MAX_AGE) if now < MAX_AGE - LIMITS.max_connection_warning_seconds * SECOND]
    for number, now in enumerate(young):
        while acted + every <= now:
            acted += every
            life.speak(acted, active=True)
        life.sweep(now, dies_after=deaths[number % len(deaths)])
        assert not life.disconnects
    assert life.warnings == []


@given(GAPS, st.integers(0, 2 * HOUR), DEATHS)
def test_a_connection_that_answers_pings_but_does_nothing_is_warned_once_and_closed_as_idle(
    gaps: list[int], last_action: int, deaths: list[int]
) -> None:
    life = Life(token_expires_at=9 * HOUR)
    last_action = min(last_action, MAX_AGE - 2 * IDLE)
    for at in range(0, last_action, 100 * SECOND):
        life.speak(at, active=True)
        life.sweep(at)
    life.speak(last_action, active=True)
    for number, now in enumerate(sweeps(gaps, 3 * IDLE + 40 * INTERVAL)):
        life.sweep(last_action + now, dies_after=deaths[number % len(deaths)])
        if life.is_over:
            break
    else:
        return  # every sweep died: there is nothing to say of the end

    at, reason = life.disconnects[-1]
    warned = [when for when, why in life.warnings if why == "idle" and when >= last_action]
    assert reason == "idle_timeout"
    assert len(warned) <= 1
    assert at >= last_action + IDLE
    assert at >= max([when + GRACE_MS for when in warned], default=0)


@given(GAPS)
def test_an_idle_connection_is_closed_at_the_first_sweep_after_its_deadline(gaps: list[int]) -> None:
    life = Life(token_expires_at=9 * HOUR)
    moments = sweeps(gaps, IDLE + 6 * INTERVAL)
    for now in moments:
        life.sweep(now)
    [(closed_at, reason)] = life.disconnects
    [(warned_at, _)] = life.warnings
    deadline = max(IDLE, warned_at + GRACE_MS)
    assert reason == "idle_timeout"
    assert warned_at == next(now for now in moments if now >= IDLE - LEAD)
    assert closed_at == next(now for now in moments if now >= deadline)


@given(GAPS, st.integers(1 * SECOND, 2 * HOUR - 1))
def test_a_token_is_warned_of_and_its_connection_closed_at_the_first_sweep_after_its_expiry(
    gaps: list[int], expires_at: int
) -> None:
    life = Life(token_expires_at=min(expires_at, MAX_AGE - IDLE))
    moments = sweeps(gaps, 2 * HOUR)
    for now in moments:
        life.speak(now - 1, active=True)
        life.sweep(now)
        if life.is_over:
            break
    [(closed_at, reason)] = life.disconnects
    assert reason == "token_expired"
    assert closed_at == next(now for now in moments if now >= max(life.token_expires_at, HANDSHAKE_MS))
    assert sum(why == "token_expiring" for _, why in life.warnings) <= 1


@given(GAPS, st.integers(0, 60))
def test_a_refresh_ends_the_warning_and_begins_a_new_episode(gaps: list[int], minutes: int) -> None:
    life = Life(token_expires_at=30 * 60 * SECOND)
    later = 60 * 60 * SECOND + minutes * 60 * SECOND
    for now in sweeps(gaps, MAX_AGE - IDLE):
        life.speak(now - 1, active=True)
        life.sweep(now)
        if [why for _, why in life.warnings] == ["token_expiring"] and life.row.token_expires_at < later:
            life.refresh(now, later)
    episodes = [now for now, why in life.warnings if why == "token_expiring"]
    assert len(episodes) <= 2
    for closed_at, reason in life.disconnects:
        assert (reason, closed_at >= later) in (("token_expired", True), ("token_expired", not episodes))


@given(GAPS)
def test_age_is_warned_of_and_closes_however_busy_the_connection_is(gaps: list[int]) -> None:
    life = Life(token_expires_at=9 * HOUR)
    moments = sweeps(gaps, MAX_AGE + 4 * INTERVAL)
    for now in moments:
        life.speak(now - 1, active=True)
        life.sweep(now)
        if life.is_over:
            break
    [(closed_at, reason)] = life.disconnects
    [(warned_at, why)] = life.warnings
    assert (reason, why) == ("max_duration", "max_duration")
    assert closed_at == next(now for now in moments if now >= max(MAX_AGE, warned_at + GRACE_MS))


@given(GAPS, st.integers(0, 20 * 60 * SECOND))
def test_a_dead_connection_is_closed_after_two_pings_that_nothing_answered(gaps: list[int], died_at: int) -> None:
    life = Life(answers_after=None, token_expires_at=9 * HOUR)
    for at in range(0, died_at, 90 * SECOND):
        life.speak(at, active=True)
    life.speak(died_at, active=True)
    for now in sweeps(gaps, HEARTBEAT + 2 * PONG_WAIT_MS + 8 * INTERVAL):
        life.sweep(died_at + now)
        if life.is_over:
            break
    [(closed_at, reason)] = life.disconnects
    pings = [now for now in life.pings if now >= died_at]
    assert reason in ("no_pong", "idle_timeout")
    if reason == "no_pong":
        assert len(pings) == 2
        assert closed_at >= pings[-1] + PONG_WAIT_MS >= died_at + HEARTBEAT + 2 * PONG_WAIT_MS
    assert closed_at <= died_at + HEARTBEAT + 2 * PONG_WAIT_MS + 6 * INTERVAL


@given(GAPS, st.integers(0, 50 * SECOND), DEATHS)
def test_a_sweep_that_dies_between_any_two_steps_closes_no_live_connection_for_want_of_a_pong(
    gaps: list[int], answers_after: int, deaths: list[int]
) -> None:
    life = Life(answers_after=answers_after, token_expires_at=9 * HOUR)
    for number, now in enumerate(sweeps(gaps, MAX_AGE)):
        life.sweep(now, dies_after=deaths[number % len(deaths)])
        if life.is_over:
            break
    assert all(reason != "no_pong" for _, reason in life.disconnects)


@given(GAPS, st.integers(1, 2), st.sampled_from(["idle_timeout", "token_expired", "max_duration", "no_pong"]))
def test_a_close_that_a_dying_sweep_began_is_finished_by_the_next(gaps: list[int], dies_after: int, why: str) -> None:
    life = Life(answers_after=None if why == "no_pong" else 0)
    reason = None
    for now in sweeps(gaps, 3 * HOUR):
        dying = next_step(life.row, now, LIMITS).close is not None and reason is None
        life.sweep(now, dies_after=dies_after if dying else 99)
        reason = reason or life.row.closing
        if life.is_over:
            break
    assert life.is_over
    assert {told for _, told in life.disconnects} == {reason}


@given(GAPS, st.integers(0, 3 * HOUR))
def test_two_sweeps_at_once_never_ping_or_warn_twice(gaps: list[int], token_expires_at: int) -> None:
    life = Life(answers_after=None, token_expires_at=token_expires_at)
    for now in sweeps(gaps, 3 * HOUR):
        life.settle(now)
        if life.is_over or life.row.due_at > now:
            continue
        read = life.row
        step = next_step(read, now, LIMITS)
        life.carry_out(read, step, now)
        life.carry_out(read, step, now)
    assert len(life.pings) == len(set(life.pings))
    assert len(life.warnings) == len(set(life.warnings))
    assert len(life.disconnects) == 1


@given(GAPS, st.lists(st.tuples(st.integers(0, 2 * HOUR), st.booleans()), max_size=60))
def test_a_warning_is_never_given_once_activity_has_cancelled_it(
    gaps: list[int], history: list[tuple[int, bool]]
) -> None:
    life = Life(token_expires_at=9 * HOUR)
    pending = sorted(history)
    for now in sweeps(gaps, 2 * HOUR):
        while pending and pending[0][0] <= now:
            at, active = pending.pop(0)
            life.speak(at, active=active)
        before = len(life.warnings)
        last_active = life.row.last_active_at
        life.sweep(now)
        for at, reason in life.warnings[before:]:
            assert reason != "idle" or at - last_active >= IDLE - LEAD
        if life.is_over:
            break
