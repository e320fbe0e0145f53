from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.terminal.uploads import MAX_KEPT, UploadList, judge
from testing.vectors import VECTORS


def _upload(
    status: str = "uploading", attempt: int = 1, rev: int = 1, upload_id: str = "a", **more: Any
) -> dict[str, Any]:
    return {"uploadId": upload_id, "status": status, "attempt": attempt, "rev": rev, "startedAt": "2026", **more}


STATES = st.builds(
    _upload, st.sampled_from(["queued", "uploading", "completed", "failed"]), st.integers(1, 3), st.integers(1, 4)
)


@pytest.mark.parametrize("case", VECTORS["acceptance"], ids=lambda case: case["why"])
def test_an_update_is_judged_as_the_server_judges_it(case: dict[str, Any]) -> None:
    assert judge(case["stored"], case["update"]) == case["verdict"]


@given(st.lists(STATES, min_size=1, max_size=6), st.randoms())
def test_whatever_the_order_the_highest_attempt_that_has_ended_is_what_stays(states: list[Any], chance: Any) -> None:
    chance.shuffle(states)
    uploads = UploadList()
    for state in states:
        uploads.take(state)
    [shown] = uploads
    highest = max(one["attempt"] for one in states)
    ended = [one for one in states if one["attempt"] == highest and one["status"] in ("completed", "failed")]
    assert shown["attempt"] == highest
    assert not ended or shown in ended


def test_a_snapshot_counts_once_all_its_pages_are_there_and_yields_to_what_is_newer() -> None:
    uploads = UploadList()
    uploads.take(_upload(upload_id="gone"))
    uploads.ask()
    uploads.take(_upload(rev=7))
    first = {"snapshotId": "s", "page": 1, "pages": 2, "uploads": [_upload(rev=3)]}
    assert uploads.page(first) is False
    assert {one["uploadId"] for one in uploads} == {"gone", "a"}
    assert uploads.page(first | {"page": 2, "uploads": [_upload("completed", upload_id="b")]}) is True
    assert [(one["uploadId"], one["rev"]) for one in uploads] == [("a", 7), ("b", 1)]


@pytest.mark.parametrize(
    "nonsense", [None, 7, {}, {"uploadId": "a"}, {"uploadId": 1, "status": "x", "attempt": 1, "rev": 1}]
)
def test_what_is_no_upload_changes_nothing(nonsense: Any) -> None:
    uploads = UploadList()
    assert uploads.take(nonsense) is None
    assert uploads.page({"snapshotId": "s", "uploads": [nonsense]}) is True
    assert len(uploads) == 0


def test_who_watches_for_weeks_forgets_what_ended_first() -> None:
    uploads = UploadList()
    uploads.take(_upload(upload_id="running"))
    for number in range(MAX_KEPT + 50):
        uploads.take(_upload("completed", upload_id=f"u{number}", updatedAt=f"{number:05}"))
    kept = {one["uploadId"] for one in uploads}
    assert len(kept) == MAX_KEPT
    assert {"running", f"u{MAX_KEPT + 49}"} <= kept
    assert "u0" not in kept


def test_the_end_of_the_sweep_is_a_duplicate_when_it_comes_again() -> None:
    end = {"uploadId": "u", "status": "failed", "attempt": 2, "rev": 10, "source": "sweep"}

    assert judge(end, end) == "duplicate"
    assert judge({**end, "status": "uploading"}, end) == "accepted"
