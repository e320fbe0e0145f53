import asyncio
import logging
import threading
from typing import Any

import pytest

from upload_progress_reporter import CallableTarget, NotSentError, Update
from upload_progress_reporter.moment import Moment, read_clocks
from upload_progress_reporter.sender import GIVE_UP_PROGRESS_SECONDS, GIVE_UP_SECONDS, Sender
from upload_progress_reporter.upload import UploadState

from .conftest import Received


def at_once(low: float, high: float) -> float:
    """Jitter's other end: no waiting in tests."""
    return low


def sender_to(received: Received, **options: Any) -> Sender:
    return Sender(CallableTarget(received), jitter=at_once, **options)


def upload(name: str = "u1", bytes_total: int | None = 1000) -> UploadState:
    return UploadState("alice", name, "film.mp4", bytes_total, 1, "transfer")


def say(sender: Sender, one: UploadState, status: Any, **detail: Any) -> None:
    update = one.change(read_clocks(), status, **detail)
    assert update
    sender.put(one, update)


def test_progress_is_sent_without_anyone_asking(received: Received) -> None:
    sender, one = sender_to(received), upload()
    say(sender, one, "uploading")
    one.tally.add(400)
    received.wait_for(lambda r: r.updates and r.updates[-1]["bytesUploaded"] == 400)
    one.tally.add(1)
    received.wait_for(lambda r: r.updates[-1]["bytesUploaded"] == 401)


def test_a_target_may_change_what_it_gets_and_fail(received: Received) -> None:
    failures = [NotSentError, OSError]

    def target(updates: list[Update]) -> None:
        if not failures:
            return received(updates)
        taken = [*updates]
        updates.clear()
        for update in taken:
            del update["userId"]  # type: ignore[misc]
        failure = failures.pop()
        raise failure(taken, "busy") if failure is NotSentError else failure

    sender = Sender(CallableTarget(target), jitter=at_once)
    say(sender, upload(), "uploading")
    assert sender.flush(10)
    assert [update["userId"] for update in received.updates] == ["alice"]


def test_uploads_at_the_same_time_share_calls(received: Received) -> None:
    sender = sender_to(received)
    many = [upload(f"u{number}") for number in range(50)]
    for one in many:
        say(sender, one, "uploading")
    assert sender.flush(10)
    received.batches.clear()
    for one in many:
        one.tally.add(500)
    received.wait_for(lambda r: len(r.updates) >= 50)
    assert len(received.batches) <= 3


def test_who_is_nearly_due_leaves_with_who_is_due(received: Received) -> None:
    seconds = [0.0]
    sender = sender_to(received, clocks=lambda: Moment(round(seconds[0] * 1000), seconds[0]))
    first, second = upload("first", None), upload("second", None)
    for seconds[0], one in ((0.0, first), (0.1, second)):
        one.change(Moment(1, seconds[0]), "uploading")
        for _ in range(100):
            one.tally.add(1)
        sender._uploads.add(one)
    seconds[0] = 0.49
    sender._collect()
    assert len(sender._outbox) == 0
    seconds[0] = 0.5
    sender._collect()
    assert len(sender._outbox) == 2


def test_a_failing_target_gets_the_newest_state_next(received: Received) -> None:
    received.failures = [ConnectionError("down"), ConnectionError("down")]
    sender, one = sender_to(received), upload()
    for status in ("queued", "uploading"):
        say(sender, one, status)
    say(sender, one, "completed")
    assert sender.flush(10)
    assert received.statuses == ["queued", "uploading", "completed"]


def test_a_flush_tries_until_its_time_has_passed(received: Received) -> None:
    received.failures = [ConnectionError("down") for _ in range(60)]
    sender = sender_to(received)
    say(sender, upload(), "completed")
    assert sender.flush(20) and sender.lost == 0
    assert received.calls == 61 and received.statuses == ["completed"]


def test_what_a_flush_did_not_bring_through_still_waits(received: Received) -> None:
    received.failures = [ConnectionError("down") for _ in range(100_000)]
    sender = Sender(CallableTarget(received))
    say(sender, upload(), "completed")
    assert sender.flush(0.3) is False and sender.lost == 0
    received.failures.clear()
    assert sender.flush(10)
    assert received.statuses == ["completed"]


class Clock:
    """A clock that a test turns."""

    seconds = 100.0

    def __call__(self) -> Moment:
        return Moment(round(self.seconds * 1000), self.seconds)


def test_a_dead_target_is_given_up_after_long_and_logged_but_never_raised(
    received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    received.failures = [SystemExit("even this") for _ in range(4)]
    losses, clock = list[int](), Clock()
    sender = sender_to(received, clocks=clock, on_loss=losses.append)
    sender._ensure_thread = lambda: True  # type: ignore[method-assign]  # this test sends by itself
    say(sender, upload("moving"), "uploading")
    say(sender, upload("ended"), "completed")
    with caplog.at_level(logging.WARNING):
        for passed in (0.0, GIVE_UP_PROGRESS_SECONDS - 1, 1.0):
            clock.seconds += passed
            sender._send_batch()
        assert (sender.lost, losses) == (1, [1])
        clock.seconds += GIVE_UP_SECONDS
        sender._send_batch()
    assert (sender.lost, losses, len(sender._outbox)) == (2, [1, 1], 0)
    assert received.updates == []
    assert caplog.text.count("1 updates given up") == 2 and "SystemExit" in caplog.text


def test_while_a_flush_waits_nothing_is_given_up(received: Received) -> None:
    received.failures = [ConnectionError("down") for _ in range(2)]
    clock = Clock()
    sender = sender_to(received, clocks=clock)
    sender._ensure_thread = lambda: True  # type: ignore[method-assign]  # this test sends by itself
    say(sender, upload(), "completed")
    with sender.flushing():
        for _ in range(3):
            sender._send_batch()
            clock.seconds += GIVE_UP_SECONDS
    assert sender.lost == 0 and received.statuses == ["completed"]


def test_a_flush_sends_ends_first_and_leaves_out_what_they_overtook() -> None:
    batches: list[list[tuple[str, str]]] = []

    def take(updates: list[Update]) -> None:
        batches.append([(update["uploadId"], update["status"]) for update in updates])

    sender = Sender(CallableTarget(take, max_updates=2))
    with sender._wake:  # hold the thread until all of them wait, and until the flush has begun
        for name in ("a", "b", "c"):
            say(sender, upload(name), "queued")
        for name in ("b", "d", "e"):
            one = upload(name)
            one.change(read_clocks(), "uploading")
            say(sender, one, "completed")
        with sender.flushing() as last:
            assert sender.wait_up_to(last, 10)
    assert batches[0] == [("b", "completed"), ("d", "completed")]
    assert batches[1] == [("a", "queued"), ("e", "completed")]
    assert batches[2:] == [[("c", "queued")]]


def test_only_the_refused_part_of_a_batch_is_sent_again() -> None:
    calls: list[list[str]] = []

    def refuse_the_first_time(updates: list[Update]) -> None:
        calls.append([update["uploadId"] for update in updates])
        if len(updates) == 3:
            raise NotSentError(updates[1:2], "InternalError")

    sender = Sender(CallableTarget(refuse_the_first_time), jitter=at_once)
    with sender._wake:  # hold the thread until all three wait
        for name in ("a", "b", "c"):
            say(sender, upload(name), "completed")
    assert sender.flush(10)
    assert calls == [["a", "b", "c"], ["b"]]


def test_a_slow_target_costs_states_not_memory() -> None:
    go_on, calls = threading.Event(), list[int]()

    def slow(updates: list[Update]) -> None:
        calls.append(len(updates))
        go_on.wait(20)

    sender = Sender(CallableTarget(slow), max_waiting=20)
    many = [upload(f"u{number}") for number in range(200)]
    for one in many:
        say(sender, one, "uploading")
    with sender._wake:
        assert len(sender._outbox) <= 20
    go_on.set()
    assert sender.flush(10)
    assert sum(calls) <= 41


def test_to_deliver_one_upload_does_not_wait_for_others() -> None:
    go_on = threading.Event()

    def take_ends(updates: list[Update]) -> None:
        if updates[0]["status"] != "completed":
            go_on.wait(20)

    sender, mine = Sender(CallableTarget(take_ends, max_updates=1)), upload("mine")
    say(sender, mine, "completed")
    say(sender, upload("other"), "queued")
    assert sender.deliver(mine, 10)
    assert sender.flush(0) is False
    go_on.set()


async def test_an_event_loop_goes_on_while_it_waits_for_a_delivery(received: Received) -> None:
    ticked = threading.Event()
    sender, one = Sender(CallableTarget(lambda updates: received(updates) if ticked.wait(20) else None)), upload()
    say(sender, one, "completed")
    waiting = asyncio.create_task(sender.deliver_in_loop(one, 20))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not waiting.done()
    ticked.set()
    assert await waiting is True
    assert received.statuses == ["completed"]


async def test_many_waits_for_a_dead_target_end_together() -> None:
    go_on = threading.Event()
    sender, many = Sender(CallableTarget(lambda updates: go_on.wait(20))), [upload(f"u{n}") for n in range(500)]
    for one in many:
        say(sender, one, "completed")
    threads = threading.active_count()
    waits = [asyncio.create_task(sender.deliver_in_loop(one, 0.2)) for one in many]
    await asyncio.sleep(0.05)
    assert threading.active_count() <= threads
    assert await asyncio.gather(*waits) == [False] * 500
    assert not sender._listeners and not sender._flushing
    go_on.set()


def test_flush_gives_up_in_time(received: Received) -> None:
    go_on = threading.Event()

    def stuck(updates: list[Update]) -> None:
        go_on.wait(20)

    sender = Sender(CallableTarget(stuck))
    say(sender, upload(), "completed")
    assert sender.flush(0.2) is False
    go_on.set()
    assert sender.flush(10)


def test_a_target_that_flushes_does_not_wait_for_itself() -> None:
    answers: list[bool] = []
    sender = Sender(CallableTarget(lambda updates: answers.append(sender.flush(10))))
    say(sender, upload(), "completed")
    assert sender.flush(10)
    assert answers == [False]


def test_the_thread_ends_when_idle_and_comes_back(received: Received) -> None:
    sender = sender_to(received, idle_seconds=0.15)
    say(sender, upload("u1"), "completed")
    assert sender.flush(10)
    thread = sender._thread
    if thread is not None:
        thread.join(10)
        assert not thread.is_alive()
    assert sender._thread is None
    say(sender, upload("u2"), "completed")
    assert sender.flush(10)
    assert [update["uploadId"] for update in received.updates] == ["u1", "u2"]


def test_where_no_thread_can_start_flush_sends_by_itself(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    sender = sender_to(received)
    say(sender, upload(), "completed")
    assert sender.flush(10)
    assert received.statuses == ["completed"]


def test_an_upload_that_nobody_holds_any_more_sends_its_last_bytes_and_is_forgotten(
    received: Received,
) -> None:
    sender, one = sender_to(received), upload()
    say(sender, one, "uploading")
    one.tally.add(3)
    one.abandoned = True
    received.wait_for(lambda r: r.updates and r.updates[-1]["bytesUploaded"] == 3)
    assert sender.flush(10)
    assert one not in sender._uploads
