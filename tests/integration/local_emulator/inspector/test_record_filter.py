from typing import Any

import pytest

from local_emulator.inspector.history import History
from local_emulator.inspector.record_filter import Selection, read_selection
from local_emulator.inspector.ring_buffer import RingBuffer
from tests.integration.local_emulator.inspector.conftest import Inspected

FRAME = {"kind": "in", "connection": "a=", "user": "ann", "what": "$default", "preview": '{"n": 1}'}
CALL = {
    "kind": "call",
    "connection": "a=",
    "user": "ann",
    "what": "$default",
    "function": "Echo",
    "outcome": "ValueError",
    "preview": "",
    "logLines": 2,
    "requestId": "r-1",
}
NOTICE = {"kind": "notice", "connection": None, "user": None, "what": "", "preview": "is not run"}


@pytest.mark.parametrize(
    ("asked", "fitting"),
    [
        ({}, [FRAME, CALL, NOTICE]),
        ({"connection": "a="}, [FRAME, CALL]),
        ({"connection": "b="}, []),
        ({"user": "ann", "kinds": "in,out"}, [FRAME]),
        ({"route": "$default"}, [FRAME, CALL]),
        ({"route": "Echo"}, [CALL]),
        ({"kinds": "log"}, [CALL]),
        ({"kinds": "notice,log"}, [CALL, NOTICE]),
        ({"text": "valueerror"}, [CALL]),
        ({"text": " R-1 "}, [CALL]),
        ({"text": '"n": 1', "connection": "a="}, [FRAME]),
        ({"text": 7, "kinds": None}, [FRAME, CALL, NOTICE]),
    ],
)
def test_all_parts_of_a_selection_must_fit(asked: dict[str, Any], fitting: list[dict[str, Any]]) -> None:
    selection = read_selection(asked)
    assert [row for row in (FRAME, CALL, NOTICE) if selection.fits(row)] == fitting


class Plain:
    """Records that are rows already."""

    def row(self, number: int, record: tuple[Any, ...]) -> dict[str, Any]:
        return NOTICE | {"number": number, "kind": record[1], "preview": record[3]}

    full = row


def _history(count: int) -> History:
    ring = RingBuffer()
    for number in range(count):
        ring.append((0, "notice" if number % 2 else "reload", "", f"n{number % 100}"), 1)
    return History(ring, Plain())  # type: ignore[arg-type]  # described elsewhere


async def test_the_past_is_paged_and_filtered_from_the_newest_on() -> None:
    history, seen, before = _history(3000), [], 3001
    selection = Selection(kinds=frozenset({"notice"}), text="n99")
    while before:
        rows, before = await history.past(before, selection, 7)
        seen += [row["number"] for row in rows]
    assert seen == list(range(3000, 0, -100))


def test_news_of_a_flood_are_its_newest_and_how_many_there_were() -> None:
    history = _history(3000)
    news = history.news(1000, Selection(kinds=frozenset({"notice"})))
    assert (news.last, news.skipped) == (3000, 1800)
    assert [row["number"] for row in news.rows] == list(range(2802, 3001, 2))
    assert history.news(3000, Selection()).rows == []


async def test_records_are_asked_for_over_http(inspected: Inspected) -> None:
    for path in ("/a", "/b", "/c"):
        await inspected.running.refused(path)
    first = await inspected.ask("records?kinds=refused&limit=2")
    assert [row["what"] for row in first["rows"]] == ["/c", "/b"]
    second = await inspected.ask(f"records?kinds=refused&limit=2&before={first['before']}")
    assert [row["what"] for row in second["rows"]] == ["/a"]
    assert (await inspected.ask("records?limit=x&before=-3&kinds=refused&text=%2Fb"))["rows"][0]["what"] == "/b"
    await inspected.ask("records", 204, "DELETE")
    assert (await inspected.ask("records"))["rows"] == []
