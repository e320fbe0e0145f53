from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter import Update
from upload_progress_reporter.outbox import Outbox, size_of
from upload_progress_reporter.updates import ENDED


def update(upload: str = "a", status: Any = "uploading", rev: int = 1, attempt: int = 1) -> Update:
    return {
        "userId": "alice",
        "uploadId": upload,
        "runId": f"run-{attempt}",
        "fileName": "f",
        "status": status,
        "phase": "transfer",
        "bytesUploaded": rev,
        "bytesTotal": None,
        "attempt": attempt,
        "rev": rev,
    }


def sent(outbox: Outbox, most: int = 1000) -> list[Update]:
    return [entry.update for entry in outbox.take(most, 10**9)]


def test_progress_replaces_waiting_progress_in_its_place() -> None:
    outbox = Outbox(10)
    for item in (update("a", rev=1), update("b", rev=2), update("a", rev=3)):
        outbox.put(item)
    assert sent(outbox) == [update("a", rev=3), update("b", rev=2)]


def test_every_status_change_waits_for_its_turn() -> None:
    changes = [
        update(status="uploading", rev=1),
        update(status="paused", rev=2),
        update(status="uploading", rev=3),
        update(status="failed", rev=4),
        update(status="uploading", rev=5, attempt=2),
    ]
    outbox = Outbox(10)
    for change in changes:
        outbox.put(change)
    assert sent(outbox) == changes


def test_an_older_state_that_arrives_late_is_left_out() -> None:
    outbox = Outbox(10)
    outbox.put(update(status="completed", rev=9))
    outbox.put(update(status="uploading", rev=8))
    assert sent(outbox) == [update(status="completed", rev=9)]


def test_a_batch_keeps_within_its_bytes_but_is_never_empty() -> None:
    outbox = Outbox(10)
    for upload in "abc":
        outbox.put(update(upload))
    assert len(outbox.take(10, 2 * size_of(update()))) == 2
    assert len(outbox.take(10, 1)) == 1


def test_what_comes_back_is_first_again_unless_something_newer_waits() -> None:
    outbox = Outbox(10)
    for upload in "ab":
        outbox.put(update(upload, rev=1))
    batch = outbox.take(10, 10**9)
    outbox.put(update("c", rev=2))
    outbox.put(update("a", rev=3))
    outbox.put_back(batch)
    assert sent(outbox) == [update("b", rev=1), update("c", rev=2), update("a", rev=3)]


def test_a_full_outbox_gives_up_the_overtaken_before_the_running_before_the_ended() -> None:
    outbox = Outbox(3)
    outbox.put(update("a", "queued", 1))
    outbox.put(update("b", "completed", 2))
    outbox.put(update("a", "uploading", 3))
    outbox.put(update("c", "completed", 4))
    assert [(item["uploadId"], item["status"]) for item in sent(outbox)] == [
        ("b", "completed"),
        ("a", "uploading"),
        ("c", "completed"),
    ]
    for upload, status in (("a", "uploading"), ("b", "failed"), ("c", "failed"), ("d", "failed")):
        outbox.put(update(upload, status, 5))
    assert [item["uploadId"] for item in sent(outbox)] == ["b", "c", "d"]
    assert outbox.dropped == 2


PUTS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["queued", "uploading", "paused", "failed"]), st.booleans()),
    max_size=60,
)


@given(PUTS)
def test_no_end_and_no_newest_state_is_lost_while_they_fit(puts: list[tuple[str, str, bool]]) -> None:
    ends, newest, attempts = list[Update](), dict[str, Update](), dict[str, int]()
    limit = 4 + sum(status in ENDED for _, status, _ in puts)
    outbox, out = Outbox(limit), list[Update]()
    for rev, (upload, status, fails) in enumerate(puts, 1):
        item = update(upload, status, rev, attempts.setdefault(upload, 1))
        if status in ENDED:
            attempts[upload] += 1
            ends.append(item)
        newest[upload] = item
        if fails:  # a batch is under way while this one is put, and comes back
            batch = outbox.take(3, 10**9)
            outbox.put(item)
            outbox.put_back(batch)
        else:
            outbox.put(item)
        assert len(outbox) <= limit
    while len(outbox):
        out += sent(outbox, 3)
    assert all(end in out for end in ends)
    assert all(item in out for item in newest.values())
    for upload in newest:
        order = [(item["attempt"], item["rev"]) for item in out if item["uploadId"] == upload]
        assert order == sorted(set(order))


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["queued", "uploading", "failed"])), max_size=40))
def test_with_ends_first_no_end_waits_for_progress(puts: list[tuple[str, str]]) -> None:
    outbox, attempts, ends = Outbox(100), dict[str, int](), list[Update]()
    for rev, (upload, status) in enumerate(puts, 1):
        item = update(upload, status, rev, attempts.setdefault(upload, 1))
        if status in ENDED:
            attempts[upload] += 1
            ends.append(item)
        outbox.put(item)
    out, number = list[Update](), 0
    while len(outbox):
        batch = outbox.take(3, 10**9, ends_first=True)
        number += 1
        if number % 2:  # every other batch fails once
            outbox.put_back(batch)
            batch = outbox.take(3, 10**9, ends_first=True)
        assert [entry.number for entry in batch] == sorted(entry.number for entry in batch)
        out += [entry.update for entry in batch]
    assert [item for item in out if item["status"] in ENDED] == ends
    last = max((out.index(end) for end in ends), default=0)
    assert last <= len(ends) + 2
    for upload in attempts:
        revs = [item["rev"] for item in out if item["uploadId"] == upload]
        assert revs == sorted(revs)
