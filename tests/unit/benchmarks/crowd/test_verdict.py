"""A verdict that cannot say no is none."""

from typing import Any

import pytest

from benchmarks.crowd.verdict import judge

TRUTH = {"alice": {"upload-1": (1, 20, "completed")}, "bob": {}}


def report(seen: list[Any], foreign: int = 0, latencies: tuple[int, ...] = (5,)) -> dict[str, Any]:
    return {"seen": seen, "foreign": foreign, "latencies": list(latencies), "events": {"status": 1}, "learnedAt": 7.0}


def test_whoever_has_seen_the_last_state_has_lost_nothing() -> None:
    verdict = judge(TRUTH, [report([["alice", {"upload-1": [1, 20, "completed"]}], ["bob", {}]])])

    assert verdict.holds
    assert verdict.connections == 2


@pytest.mark.parametrize("seen", [{}, {"upload-1": [1, 19, "uploading"]}])
def test_a_last_state_that_one_connection_has_not_seen_is_lost(seen: Any) -> None:
    whole = ["alice", {"upload-1": [1, 20, "completed"]}]

    verdict = judge(TRUTH, [report([whole, ["alice", seen]])])

    assert verdict.lost == 1
    assert not verdict.holds


def test_another_users_upload_is_misdelivered() -> None:
    verdict = judge(TRUTH, [report([["bob", {"upload-1": [1, 20, "completed"]}]])])

    assert verdict.foreign == 1
    assert not verdict.holds


def test_another_users_channel_is_misdelivered() -> None:
    assert not judge(TRUTH, [report([["bob", {}]], foreign=1)]).holds


def test_a_crowd_that_saw_nothing_proves_nothing() -> None:
    assert not judge(TRUTH, [report([["bob", {}]], latencies=())]).holds
    assert not judge(TRUTH, []).holds


def test_latencies_are_of_all_frames() -> None:
    verdict = judge(TRUTH, [report([["bob", {}]], latencies=tuple(range(50))), report([], latencies=(99,) * 50)])

    assert (verdict.latency_ms(0.25), verdict.latency_ms(0.99)) == (25, 99)
