"""The benchmark of push measures what it says: real senders, a stub that refuses and loses as told."""

from __future__ import annotations

import pytest

from benchmarks.harness.report import Report
from benchmarks.push.__main__ import Bench, Setting, first_of_a_process
from benchmarks.push.senders import connection_ids, measured


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), rounds=1)


def test_of_forty_connections_one_is_gone_and_one_busy() -> None:
    ids = connection_ids(1000, faults=True)

    assert len(set(ids)) == 1000
    assert [sum(one.startswith(kind) for one in ids) for kind in ("gone", "busy")] == [25, 25]
    assert not [one for one in connection_ids(1000, faults=False) if one.startswith(("gone", "busy"))]


def test_a_broadcast_that_did_not_arrive_is_not_measured() -> None:
    with pytest.raises(RuntimeError, match="1 of 2 were delivered"):
        measured(lambda ids: 1, ["gone0=", "A=", "B="])


def test_both_senders_deliver_to_what_is_alive_and_busy(bench: Bench) -> None:
    taken = bench.run(Setting(21, faults=True), "ours", "boto3")

    assert taken.keys() == {"ours", "boto3"}
    assert all(one.warm > 0 and one.warm_cpu > 0 for one in taken.values())


def test_the_rows_of_a_report_compare_the_two(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.push.__main__.FIRST", [Setting(2, tls=True)])
    report = Report(("connections", "ours", "boto3", "ratio", "goal"), "as tested")

    first_of_a_process(bench, report)

    assert "| 2, TLS, first broadcast of a process |" in report.markdown()


def test_latency_is_part_of_every_answer(bench: Bench) -> None:
    [taken] = bench.run(Setting(1, latency=0.2), "ours").values()

    assert min(taken.first, taken.warm) >= 0.2
