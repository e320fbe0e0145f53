"""Which connections must give way, and to which nothing is sent."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.connection import Connection, ConnectionLimits, replaced_by, surplus
from domain.deadlines import new_connection

NOW = 1_772_366_400_000
HANDSHAKE_MS = 35_000
CAP = 10


def connection(connection_id: str = "A=", *, age_ms: int = 0, quiet_ms: int = 0, **fields: object) -> Connection:
    """A connection of that age, whose last activity was `quiet_ms` ago."""
    made = new_connection(
        "alice", connection_id, connected_at=NOW - age_ms, token_expires_at=NOW + 60_000, limits=ConnectionLimits()
    )
    return replace(made, last_active_at=NOW - min(quiet_ms, age_ms), **fields)  # type: ignore[arg-type]


@st.composite
def crowds(draw: st.DrawFn, least: int = 1) -> list[Connection]:
    """Connections of one user; many are of one age, in their handshake or closing."""
    return [
        connection(
            f"C{number:02d}=",
            age_ms=draw(st.sampled_from([0, HANDSHAKE_MS - 1, HANDSHAKE_MS, 100_000, 200_000])),
            quiet_ms=draw(st.sampled_from([0, 50_000, 100_000])),
            closing=draw(st.sampled_from([None, None, None, "replaced"])),
            client_id=draw(st.sampled_from([None, "page-1", "page-2"])),
        )
        for number in range(draw(st.integers(least, 25)))
    ]


def kept(crowd: Sequence[Connection], closed: Sequence[Connection]) -> list[Connection]:
    return [one for one in crowd if one not in closed]


@given(crowds(), st.data())
def test_the_caller_and_the_young_are_never_evicted(crowd: list[Connection], data: st.DataObject) -> None:
    caller = data.draw(st.sampled_from(crowd))

    for evicted in surplus(crowd, caller.connection_id, CAP, NOW):
        assert evicted.connection_id != caller.connection_id
        assert NOW - evicted.connected_at >= HANDSHAKE_MS


@given(crowds(), st.data())
def test_what_is_closing_counts_until_it_is_gone_and_goes_before_any_other(
    crowd: list[Connection], data: st.DataObject
) -> None:
    """A client that reads nothing keeps such a connection open; ten more beside it would be too many."""
    caller = data.draw(st.sampled_from(crowd))

    evicted = surplus(crowd, caller.connection_id, CAP, NOW)

    if any(one.closing is None for one in evicted):
        old = [one for one in crowd if one != caller and NOW - one.connected_at >= HANDSHAKE_MS]
        assert [one for one in old if one.closing and one not in evicted] == []


@given(crowds(), st.data())
def test_no_more_go_than_the_cap_asks_and_none_that_was_active_later_than_one_that_stays(
    crowd: list[Connection], data: st.DataObject
) -> None:
    caller = data.draw(st.sampled_from(crowd))

    evicted = surplus(crowd, caller.connection_id, CAP, NOW)

    staying = kept(crowd, evicted)
    could_go = [one for one in staying if one != caller and NOW - one.connected_at >= HANDSHAKE_MS]
    assert not evicted or len(staying) >= CAP
    assert len(staying) <= CAP or not could_go
    for gone in evicted:
        for other in could_go:
            order = [
                (one.closing is None, one.last_active_at, one.connected_at, one.connection_id) for one in (gone, other)
            ]
            assert order == sorted(order)


@given(crowds())
def test_once_nobody_is_in_a_handshake_any_connect_brings_the_user_to_the_cap(crowd: list[Connection]) -> None:
    grown = [replace(one, connected_at=one.connected_at - HANDSHAKE_MS) for one in crowd]
    caller = connection("new=")

    staying = kept([*grown, caller], surplus([*grown, caller], "new=", CAP, NOW))

    assert caller in staying
    assert len(staying) == min(CAP, len(grown) + 1)


@given(crowds(least=2), st.data())
def test_two_tabs_that_open_at_once_never_close_each_other(crowd: list[Connection], data: st.DataObject) -> None:
    first, second = connection("first=", age_ms=data.draw(st.integers(0, HANDSHAKE_MS - 1))), connection("second=")
    everyone = [*crowd, first, second]

    assert first not in surplus(everyone, "second=", CAP, NOW)
    assert second not in surplus(everyone, "first=", CAP, NOW)


@given(crowds(least=2), st.sampled_from(["page-1", "page-2"]))
def test_a_page_replaces_its_own_older_connections_alone_and_never_itself(crowd: list[Connection], page: str) -> None:
    for newer in crowd:
        for older in replaced_by(newer, crowd, page):
            assert older.client_id == page
            assert older.closing is None
            assert older.connected_at <= newer.connected_at
            assert older.connection_id != newer.connection_id


@given(crowds(least=2), st.sampled_from(["page-1", "page-2"]))
def test_of_two_connections_of_a_page_at_most_one_replaces_the_other(crowd: list[Connection], page: str) -> None:
    pairs = {(newer.connection_id, older.connection_id) for newer in crowd for older in replaced_by(newer, crowd, page)}

    assert not pairs & {(older, newer) for newer, older in pairs}


@given(crowds(least=2))
def test_the_newest_connection_of_a_page_is_the_one_that_stays(crowd: list[Connection]) -> None:
    of_page = [one for one in crowd if one.client_id == "page-1" and one.closing is None]
    if not of_page:
        return
    newest = max(of_page, key=lambda one: (one.connected_at, one.connection_id))

    assert {one.connection_id for one in replaced_by(newest, crowd, "page-1")} == {
        one.connection_id for one in of_page if one is not newest
    }


@pytest.mark.parametrize(
    ("token_lives", "limits", "due"),
    [
        pytest.param(3600, ConnectionLimits(), 120, id="heartbeat"),
        pytest.param(200, ConnectionLimits(), 80, id="warning of the token"),
        pytest.param(60, ConnectionLimits(), 35, id="token, but not within the handshake"),
        pytest.param(3600, ConnectionLimits(heartbeat_seconds=540), 180, id="warning of idleness"),
    ],
)
def test_a_new_connection_is_due_when_there_is_first_something_to_say(
    token_lives: int, limits: ConnectionLimits, due: int
) -> None:
    expires_at = NOW + token_lives * 1000
    made = new_connection("alice", "A=", connected_at=NOW, token_expires_at=expires_at, limits=limits)

    assert made.due_at == NOW + due * 1000


def test_a_new_connection_is_alive_and_active() -> None:
    made = new_connection(
        "alice", "A=", connected_at=NOW, token_expires_at=NOW + 1, limits=ConnectionLimits(), user_agent="x"
    )

    assert made.last_seen_at == made.last_active_at == NOW
    assert made.expires_at > (NOW + 7_200_000) // 1000  # the gateway cuts at two hours; TTL is the last net
    assert (made.closing, made.client_id, made.unanswered_pings, made.warned_at) == (None, None, 0, {})


def test_nothing_is_sent_to_a_connection_whose_token_ran_out_or_that_is_closing() -> None:
    assert connection().is_reachable(NOW + 59_999)
    assert not connection().is_reachable(NOW + 60_000)
    assert not connection(closing="idle_timeout").is_reachable(NOW)


def test_activity_is_written_down_when_the_stored_time_is_over_60_seconds_old() -> None:
    assert not connection(age_ms=90_000, quiet_ms=60_000).wants_activity(NOW)
    assert connection(age_ms=90_000, quiet_ms=60_001).wants_activity(NOW)


def test_a_due_shard_is_the_crc32_of_the_connection_id() -> None:
    """IEEE 802.3; the check value of "123456789" is 0xCBF43926."""
    assert connection("123456789").due_shard == 0xCBF43926 % 16
