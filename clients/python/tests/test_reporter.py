import asyncio
import concurrent.futures
import gc
import math
import re
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import HTTPClientError
from s3transfer.exceptions import FatalError

from upload_progress_reporter import LambdaTarget, Update, UploadReporter, flush

from .conftest import Received


def reporter(received: Received, **options: Any) -> UploadReporter:
    settings = {"user_id": "alice", "upload_id": "u1", "file_name": "film.mp4", "bytes_total": 1000}
    return UploadReporter(**{**settings, **options}, target=received)


def last(received: Received) -> Update:
    return received.updates[-1]


@pytest.mark.parametrize("count", [2**53, 1e300, 2**53 - 1])
def test_no_count_is_too_high_for_push_or_ends_the_thread(count: Any, received: Received) -> None:
    report = reporter(received, bytes_total=None)
    for value in (count, count, 10**5000):
        report(value)
    report.completed()
    assert report.flush(10)
    assert last(received)["status"] == "completed"
    assert last(received)["bytesUploaded"] < 2**53


def test_a_wrong_number_does_not_take_the_status_with_it(received: Received) -> None:
    report = reporter(received)
    report.failed("Timeout")
    report.retry(0)
    report.processing("scanning", step=0, steps=-1, stalled_after_seconds=0)
    assert report.flush(10)
    assert received.statuses == ["failed", "uploading", "processing"]


def test_a_clean_exit_completes(received: Received) -> None:
    with reporter(received) as report:
        report(400)
        report(600)
    assert report.flush(10)
    assert received.statuses == ["uploading", "completed"]
    assert last(received)["bytesUploaded"] == 1000


def test_an_exception_passes_untouched_and_its_text_stays_home(received: Received) -> None:
    error = ConnectionError("https://bucket/key?X-Amz-Signature=secret")
    report = reporter(received)
    with pytest.raises(ConnectionError) as caught, report:
        raise error
    assert caught.value is error and error.__cause__ is None and error.__context__ is None
    assert report.flush(10)
    assert received.statuses == ["uploading", "failed"]
    assert last(received)["error"] == {"code": "ConnectionError", "message": "The upload failed."}
    assert "secret" not in str(received.updates)


def test_the_words_for_an_error_can_be_chosen_and_are_bounded(received: Received) -> None:
    report = reporter(received, error_message=lambda error: f"Sorry: {error}" + "x" * 1000)
    with pytest.raises(OSError), report:
        raise OSError("disk full")
    assert report.flush(10)
    message = last(received)["error"]["message"]
    assert message.startswith("Sorry: disk full") and len(message) == 500


class AgainError(Exception):
    """An exception that a job queue raises to run a job again, such as Celery's `Retry`."""


QUEUES = [
    (AgainError, AgainError()),
    ((OSError, AgainError), ConnectionError()),
    (asyncio.CancelledError, asyncio.CancelledError()),
    (AgainError, ExceptionGroup("both", [AgainError(), AgainError()])),
]


@pytest.mark.parametrize("is_processing", [False, True])
@pytest.mark.parametrize(("retry_on", "error"), QUEUES)
def test_a_job_that_runs_again_is_queued_in_the_same_attempt(
    retry_on: Any, error: BaseException, is_processing: bool, received: Received
) -> None:
    report = reporter(received, retry_on=retry_on, attempt=3)
    with pytest.raises(type(error)), report:
        report(500)
        if is_processing:
            report.processing("scanning", percent=50)
        raise error
    report(100)  # by a thread that has not heard of it
    assert report.flush(10)
    assert received.statuses == ["uploading", *(["processing"] if is_processing else []), "queued"]
    queued = last(received)
    assert (queued["attempt"], queued["bytesUploaded"], queued["phase"]) == (3, 500, "transfer")
    assert "error" not in queued and "phasePercent" not in queued
    with reporter(received, attempt=4):
        pass
    assert received.statuses[-2:] == ["uploading", "completed"] and last(received)["attempt"] == 4


@pytest.mark.parametrize("error", [OSError(), ExceptionGroup("both", [AgainError(), OSError()])])
def test_another_error_than_that_of_the_queue_fails(error: Exception, received: Received) -> None:
    report = reporter(received, retry_on=AgainError)
    with pytest.raises(type(error)), report:
        raise error
    assert report.flush(10)
    assert received.statuses == ["uploading", "failed"]


def test_the_same_reporter_may_run_a_job_again(received: Received) -> None:
    report = reporter(received, retry_on=AgainError)
    with pytest.raises(AgainError), report:
        raise AgainError
    with report:
        report(1000)
    assert report.flush(10)
    assert received.statuses == ["uploading", "queued", "uploading", "completed"]


@pytest.mark.parametrize("wrong", [ValueError(), "Retry", [ValueError], (int,), None])
def test_retry_on_takes_classes_of_exceptions(wrong: Any, received: Received) -> None:
    with pytest.raises(ValueError, match="retry_on must be a class of exceptions, or a tuple of them"):
        reporter(received, retry_on=wrong)


def test_choosing_words_may_fail_without_harm(received: Received) -> None:
    report = reporter(received, error_message=lambda error: str(1 / 0))
    with pytest.raises(OSError), report:
        raise OSError
    assert report.flush(10)
    assert last(received)["error"]["message"] == "The upload failed."


class CalledOff(concurrent.futures.CancelledError):
    """What a program raises into its own transfer."""


class Cancelled(BaseException):
    """Has the name of trio's and google.api_core's."""


class GreenletExit(BaseException):
    """Has the name of what gevent raises in a greenlet that is killed."""


class UploadCanceledError(Exception):
    """Has the name that a program gives to what ends its upload."""


class NotCancelledError(Exception):
    """Says the opposite."""


class AwsCrtError(Exception):
    """Has the name and the fields of awscrt's one exception."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(code, name, message)
        self.code, self.name, self.message = code, name, message


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (KeyboardInterrupt(), "canceled"),
        (asyncio.CancelledError(), "canceled"),
        (concurrent.futures.CancelledError(), "canceled"),
        (CalledOff(), "canceled"),
        (Cancelled(), "canceled"),
        (GreenletExit(), "canceled"),
        (UploadCanceledError(), "canceled"),
        (AwsCrtError(14370, "AWS_ERROR_S3_CANCELED", "Request successfully cancelled"), "canceled"),
        (AwsCrtError(14343, "AWS_ERROR_S3_INVALID_RESPONSE_STATUS", "Invalid response status"), "failed"),
        (BaseExceptionGroup("", [asyncio.CancelledError(), KeyboardInterrupt()]), "canceled"),
        (BaseExceptionGroup("", [asyncio.CancelledError(), OSError()]), "failed"),
        (NotCancelledError(), "failed"),
        (HTTPClientError(error=CalledOff()), "canceled"),
        (HTTPClientError(error=OSError()), "failed"),
        (FatalError(), "failed"),
        (SystemExit(1), "failed"),
    ],
)
def test_who_calls_it_off_cancels(received: Received, error: BaseException, status: str) -> None:
    report = reporter(received)
    with pytest.raises(type(error)), report:
        raise error
    assert report.flush(10)
    assert received.statuses[-1] == status


def test_the_end_that_the_body_reported_stands(received: Received) -> None:
    with reporter(received) as report:
        report.failed("too_small", "The file is empty.", retryable=False)
    assert report.flush(10)
    assert received.statuses == ["uploading", "failed"]
    assert last(received)["error"] == {
        "code": "too_small",
        "message": "The file is empty.",
        "retryable": False,
    }


def test_success_may_leave_the_end_to_others(received: Received) -> None:
    with reporter(received, on_success="processing") as report:
        report(1000)
    assert report.flush(10)
    assert received.statuses == ["uploading", "processing"]


def test_a_whole_life_is_told_in_order(received: Received) -> None:
    report = reporter(received)
    report.queued(message="Two before you.")
    report.uploading()
    report.paused()
    report.uploading()
    report.progress(1000)
    report.processing("verifying")
    report.phase = "scanning"
    report.completed({"url": "/films/1"})
    assert report.flush(10)
    assert received.statuses == ["queued", "uploading", "paused", "uploading", "processing", "completed"]
    assert received.updates[0]["message"] == "Two before you." and "message" not in received.updates[1]
    assert last(received)["result"] == {"url": "/films/1"}
    assert [u["phase"] for u in received.updates if u["status"] == "processing"] == ["verifying", "scanning"]


@pytest.mark.parametrize("before", [[], ["queued"]])
def test_the_first_byte_begins_the_upload(received: Received, before: list[str]) -> None:
    report = reporter(received)
    for status in before:
        report.report(status)  # type: ignore[arg-type]
    report(7)
    assert report.flush(10)
    assert received.statuses == [*before, "uploading"] and last(received)["bytesUploaded"] == 7


def test_report_says_several_things_at_once(received: Received) -> None:
    report = reporter(received, bytes_total=None)
    report.report("uploading", bytes_uploaded=5, bytes_total=10, phase="encrypting", message="Hold on.")
    assert report.flush(10)
    said = last(received)
    assert (said["bytesUploaded"], said["bytesTotal"], said["phase"]) == (5, 10, "encrypting")
    assert said["message"] == "Hold on."


@pytest.mark.parametrize("told", [0, -1, True, math.nan, "*", None])
def test_a_client_that_does_not_know_the_size_is_believed(received: Received, told: Any) -> None:
    with reporter(received, bytes_total=None) as report:
        report.report(bytes_uploaded=5_000_000, bytes_total=told)
        assert report.flush(10)
    assert report.flush(10)
    assert [u["bytesTotal"] for u in received.updates[:-1]] == [None] * (len(received.updates) - 1)
    assert (last(received)["bytesUploaded"], last(received)["bytesTotal"]) == (5_000_000, 5_000_000)


@pytest.mark.parametrize("end", ["completed", "failed", "canceled"])
def test_entering_an_attempt_that_has_ended_is_refused_before_a_byte_moves(received: Received, end: str) -> None:
    report = reporter(received)
    report.queued()
    report.failed("E") if end == "failed" else getattr(report, end)()
    with pytest.raises(RuntimeError, match=f"ended as {end}.*retry"), report:
        pytest.fail("the block ran")
    assert report.flush(10)
    assert received.statuses == ["queued", end]


async def test_entering_an_attempt_that_has_ended_is_refused_in_a_coroutine_too(received: Received) -> None:
    report = reporter(received)
    report.canceled()
    with pytest.raises(RuntimeError):
        async with report:
            pytest.fail("the block ran")


def test_a_retry_is_the_next_attempt_and_another_run(received: Received) -> None:
    report = reporter(received, attempt=1)
    with pytest.raises(OSError), report:
        report(700)
        raise OSError
    report.retry()
    with report:
        report(1000)
    assert report.flush(10)
    runs = list(dict.fromkeys(u["runId"] for u in received.updates))
    assert [(runs.index(u["runId"]) + 1) == u["attempt"] for u in received.updates] == [True] * 4
    assert [(u["attempt"], u["status"]) for u in received.updates] == [
        (1, "uploading"),
        (1, "failed"),
        (2, "uploading"),
        (2, "completed"),
    ]


def test_every_update_names_its_run_and_push_counts_the_attempts(received: Received) -> None:
    for _ in range(2):
        with reporter(received) as report:
            assert report.attempt is None
    report.retry()
    assert report.flush(10)
    runs = [u["runId"] for u in received.updates]
    assert len(set(runs)) == 3 and runs[0] == runs[1] and runs[2] == runs[3]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{8,64}", run) for run in runs)
    assert not any("attempt" in u for u in received.updates)


def test_a_run_that_follows_at_once_is_told_after_the_one_before(received: Received) -> None:
    received.failures = [ConnectionError("down")]
    for _ in range(20):
        with reporter(received, flush_on_exit_seconds=0):
            pass
    assert flush(10)
    runs = list(dict.fromkeys(u["runId"] for u in received.updates))
    assert len(runs) == 20
    assert [u["status"] for u in received.updates] == ["uploading", "completed"] * 20


def test_a_flush_says_that_something_was_dropped(received: Received) -> None:
    go_on = threading.Event()

    def slow(updates: list[Update]) -> None:
        go_on.wait(20)
        received(updates)

    settings: dict[str, Any] = {"user_id": "alice", "file_name": "f", "target": slow}
    other = UploadReporter(upload_id="other", **settings)
    for number in range(12_000):
        UploadReporter(upload_id=f"u{number}", **settings).completed()
    go_on.set()
    assert other.flush(20) is False and flush(20) is False
    assert {u["status"] for u in received.updates} == {"completed"}
    lost = 12_000 - len(received.updates)
    assert 0 < lost <= 2000
    assert other.flush(20) and flush(20)  # the loss was told
    assert UploadReporter(upload_id="new", **settings).close(20)


def test_progress_never_costs_an_end(received: Received) -> None:
    go_on = threading.Event()

    def slow(updates: list[Update]) -> None:
        go_on.wait(20)
        received(updates)

    settings: dict[str, Any] = {"user_id": "alice", "file_name": "f", "target": slow}
    for number in range(9_000):
        UploadReporter(upload_id=f"ended{number}", **settings).completed()
    for number in range(3_000):
        UploadReporter(upload_id=f"moving{number}", **settings).uploading()
    go_on.set()
    assert flush(20) is False
    assert sum(u["status"] == "completed" for u in received.updates) == 9_000


def test_a_dead_target_leaves_time_for_the_others(received: Received) -> None:
    go_on = threading.Event()
    settings: dict[str, Any] = {"user_id": "alice", "file_name": "f"}
    dead = UploadReporter(upload_id="dead", target=lambda updates: go_on.wait(20), **settings)
    received.failures = [ConnectionError("down") for _ in range(3)]
    report = reporter(received)
    dead.completed()
    report.completed()
    assert flush(1) is False
    go_on.set()
    assert received.statuses == ["completed"]
    assert flush(10)


@pytest.mark.parametrize("timeout", ["2", None, float("nan"), float("inf"), -1])
def test_a_time_that_is_none_does_not_reach_the_upload(received: Received, timeout: Any) -> None:
    with reporter(received, flush_on_exit_seconds=0) as report:
        report.flush(timeout)
    assert report.flush(10)


def test_a_redelivered_job_starts_where_it_is_told(received: Received) -> None:
    report = reporter(received, attempt=3)
    report.uploading()
    report.retry(attempt=7)
    assert report.flush(10)
    assert [u["attempt"] for u in received.updates] == [3, 7]


@pytest.mark.parametrize("delta", ["5", None, [], math.nan, math.inf, object(), b"x"])
def test_a_delta_that_is_none_is_ignored(received: Received, delta: Any) -> None:
    with reporter(received) as report:
        report(delta)
        report.progress(delta)
        report(1)
    assert report.flush(10)
    assert received.statuses == ["uploading", "completed"]


class Broken:
    def __index__(self) -> int:
        raise RuntimeError("no")

    def __str__(self) -> str:
        raise RuntimeError("no")


def test_no_argument_however_broken_reaches_the_upload(received: Received) -> None:
    broken: Any = Broken()
    report = reporter(received)
    report(broken)
    report.progress(broken)
    report.queued(message=broken)
    report.retry(broken)
    report.report(broken)
    report.phase = broken
    report.learn_total(broken)
    report.failed(broken, broken)
    report.completed(broken)
    assert report.flush(10)
    assert received.statuses == ["queued", "failed"]
    assert last(received)["error"] == {"code": "Broken", "message": "Broken"}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"user_id": ""}, "user_id"),
        ({"upload_id": 5}, "upload_id"),
        ({"bytes_total": -1}, "bytes_total"),
        ({"attempt": 0}, "attempt"),
        ({"flush_on_exit_seconds": -1}, "flush_on_exit_seconds"),
        ({"flush_on_exit_seconds": math.inf}, "flush_on_exit_seconds"),
        ({"counts": "files"}, "counts"),
        ({"on_success": "done"}, "on_success"),
    ],
)
def test_what_can_never_be_right_is_refused_before_the_upload(
    received: Received, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        reporter(received, **options)


def test_a_target_that_takes_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        UploadReporter(user_id="a", upload_id="b", file_name="c", target=7)  # type: ignore[arg-type]


def test_equal_targets_share_one_thread() -> None:
    settings: dict[str, Any] = {"user_id": "alice", "file_name": "f"}
    first = UploadReporter(upload_id="1", target=LambdaTarget("PushFunction"), **settings)
    second = UploadReporter(upload_id="2", target=LambdaTarget("PushFunction"), **settings)
    other = UploadReporter(upload_id="3", target=LambdaTarget("Other"), **settings)
    assert first._sender is second._sender is not other._sender


def test_deltas_of_many_threads_reach_the_target_whole(received: Received) -> None:
    total = 8 * 2_000 * 10
    report = reporter(received, bytes_total=total)

    def work() -> None:
        for _ in range(2_000):
            report(15)
            report(-5)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert report.flush(10)
    assert received.statuses == ["uploading"] and last(received)["bytesUploaded"] == total - 1


def test_a_callback_without_a_context_keeps_its_last_bytes_when_it_is_forgotten(received: Received) -> None:
    report = reporter(received)
    report(10)
    received.wait_for(lambda r: r.updates)
    report(5)
    del report
    gc.collect()
    received.wait_for(lambda r: last(r)["bytesUploaded"] == 15)


def test_after_close_nothing_is_said(received: Received) -> None:
    report = reporter(received)
    report(10)
    assert report.close(10)
    report(5)
    report.completed()
    assert report.flush(10)
    assert received.statuses == ["uploading"] and last(received)["bytesUploaded"] == 10


def test_leaving_waits_until_the_end_is_delivered(received: Received) -> None:
    received.failures = [ConnectionError("down") for _ in range(3)]
    with reporter(received):
        pass
    assert received.statuses == ["uploading", "completed"]


def test_leaving_can_do_without_the_wait(received: Received) -> None:
    go_on = threading.Event()
    settings: dict[str, Any] = {"user_id": "alice", "upload_id": "u", "file_name": "f", "flush_on_exit_seconds": 0}

    def slow(updates: list[Update]) -> None:
        assert go_on.wait(20)
        received(updates)

    with UploadReporter(target=slow, **settings) as report:
        pass
    assert received.updates == []  # the target still waits for the line below
    go_on.set()
    assert report.flush(10)


async def test_leaving_lets_the_event_loop_go_on(received: Received) -> None:
    ticks, reached = 0, threading.Event()

    def slow(updates: list[Update]) -> None:
        if updates[-1]["status"] == "completed":
            assert reached.wait(20), "the loop stood still"
        received(updates)

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1
            if leaving.is_set() and ticks > 100:
                reached.set()

    leaving, ticking = threading.Event(), asyncio.create_task(tick())
    settings: dict[str, Any] = {"user_id": "alice", "upload_id": "u", "file_name": "f", "flush_on_exit_seconds": 20}
    async with UploadReporter(target=slow, **settings) as report:
        report(100)
        ticks = 0
        leaving.set()
    ticking.cancel()
    assert reached.is_set() and ticks > 100
    assert received.statuses == ["uploading", "completed"]


async def test_a_plain_with_in_an_event_loop_does_not_wait(received: Received) -> None:
    go_on = threading.Event()

    def slow(updates: list[Update]) -> None:
        assert go_on.wait(20)
        received(updates)

    with UploadReporter(user_id="a", upload_id="u", file_name="f", target=slow, flush_on_exit_seconds=20) as report:
        pass
    assert received.updates == []
    go_on.set()
    assert await asyncio.to_thread(report.flush, 10)


async def test_a_cancelled_task_is_a_canceled_upload(received: Received) -> None:
    began = asyncio.Event()

    async def work() -> None:
        async with reporter(received):
            began.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(received.wait_for, lambda r: r.statuses == ["uploading", "canceled"])


def test_the_percent_of_a_phase_arrives_while_nothing_else_is_sent(received: Received) -> None:
    report = reporter(received)
    report.processing("transcoding")
    received.wait_for(lambda received: received.updates)
    time.sleep(0.3)  # the thread that sends has nothing left to do
    for percent in (40, 80):
        report.processing("transcoding", percent=percent)
        received.wait_for(lambda received: last(received).get("phasePercent") == percent)  # noqa: B023  # called at once


def test_the_percent_of_a_phase_arrives_and_never_falls(received: Received) -> None:
    report = reporter(received)
    for percent in (None, 10, 40, 30, 100):
        report.processing("transcoding", percent=percent)
        assert report.flush(10)
    report.processing("scanning", percent=50, step=2, steps=2)
    report.completed()
    assert report.flush(10)
    told = [(update["phase"], update.get("phasePercent")) for update in received.updates]
    assert [one for one in told if one[0] == "transcoding"][-3:] == [("transcoding", value) for value in (10, 40, 99)]
    assert told[-1] == ("scanning", None)
    assert received.statuses[-1] == "completed"


def test_a_phase_says_after_which_silence_it_is_stalled_and_the_next_phase_does_not(received: Received) -> None:
    report = reporter(received)
    report.processing("transcoding", stalled_after_seconds=600)
    report.processing("transcoding", percent=40)
    assert report.flush(10)
    report.processing("scanning")
    report.processing("checking", stalled_after_seconds=0)  # logged, and left out
    report.completed()
    assert report.flush(10)
    told = [(update["phase"], update.get("stalledAfterSeconds")) for update in received.updates]
    assert set(told[:-3]) == {("transcoding", 600)}
    assert told[-3:] == [("scanning", None), ("checking", None), ("checking", None)]


def test_a_step_that_cannot_be_one_does_not_fail_the_upload(received: Received) -> None:
    with reporter(received) as report:
        report.processing("transcoding", percent=50, step=0, steps="two")  # type: ignore[arg-type]
    assert report.flush(10)
    assert received.statuses[-1] == "completed"
