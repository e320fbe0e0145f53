from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upload_progress_reporter import Status, Update
from upload_progress_reporter.moment import Moment
from upload_progress_reporter.upload import CONFIRMING, REPEATING, STALLED, UploadState


def at(seconds: float) -> Moment:
    return Moment(1_700_000_000_000 + round(seconds * 1000), seconds)


def upload(bytes_total: int | None = 1000, **changes: Any) -> UploadState:
    return UploadState("alice", "u1", "film.mp4", bytes_total, changes.get("attempt", 1), "transfer")


def started(bytes_total: int | None = 1000) -> UploadState:
    one = upload(bytes_total)
    assert one.change(at(0), "uploading")
    return one


def test_the_first_update_has_every_field_of_the_contract() -> None:
    one = upload()
    assert one.change(at(0), "uploading") == {
        "userId": "alice",
        "uploadId": "u1",
        "runId": one.run_id,
        "fileName": "film.mp4",
        "status": "uploading",
        "phase": "transfer",
        "bytesUploaded": 0,
        "bytesTotal": 1000,
        "attempt": 1,
        "rev": 1_700_000_000_000,
    }


def test_rev_is_the_time_but_always_rises() -> None:
    one = upload()
    revs = [one.change(at(seconds), "uploading")["rev"] for seconds in (5, 5, 1, 9)]  # type: ignore[index]
    assert [rev - 1_700_000_000_000 for rev in revs] == [5000, 5001, 5002, 9000]


def test_progress_is_throttled_and_its_trailing_edge_is_not_lost() -> None:
    one = started()
    one.tally.add(4)
    assert one.progress(at(0.5)) is None
    update = one.progress(at(5))
    assert update and update["bytesUploaded"] == 4
    assert one.progress(at(9.9)) is None


def test_a_percent_is_sent_early() -> None:
    one = started()
    for _ in range(11):
        one.tally.add(1)
    assert one.progress(at(0.05)) is None
    assert one.progress(at(0.1))


def test_an_upload_of_many_speaks_less_often_but_its_end_is_said_at_once() -> None:
    one = UploadState("alice", "u1", "film.mp4", 1000, 1, "transfer", min_seconds=5.0)
    one.change(at(0), "uploading")
    one.tally.add(500)
    assert one.progress(at(4.9), riding=True) is None
    assert one.progress(at(5)) is not None
    assert one.change(at(5.1), "completed") is not None


def test_a_rewind_holds_the_bar_and_says_so() -> None:
    one = started()
    one.tally.add(600)
    assert one.progress(at(1))
    one.tally.add(-400)
    held = one.progress(at(2))
    assert held and (held["bytesUploaded"], held["message"]) == (600, REPEATING)
    one.tally.add(500)
    resumed = one.progress(at(3))
    assert resumed and resumed["bytesUploaded"] == 700 and "message" not in resumed


def test_more_bytes_than_the_total_are_not_shown() -> None:
    one = started()
    one.tally.add(1500)
    update = one.progress(at(1))
    assert update and update["bytesUploaded"] == 999


def test_after_a_step_back_there_is_neither_speed_nor_time_left_until_the_count_has_passed_it() -> None:
    one = started(10_000)
    one.tally.add(3000)
    moving = one.progress(at(1))
    assert moving and (moving["bytesPerSecond"], moving["etaSeconds"]) == (3000, 3)
    one.tally.add(-1000)
    held = one.progress(at(2))
    assert held and held["message"] == REPEATING
    assert "bytesPerSecond" not in held and "etaSeconds" not in held
    one.tally.add(2000)
    passed = one.progress(at(3))
    assert passed and (passed["bytesPerSecond"], passed["etaSeconds"]) == (2000, 3)


def test_an_unknown_size_has_speed_but_no_eta() -> None:
    one = started(None)
    one.tally.add(3000)
    update = one.progress(at(2))
    assert update and update["bytesTotal"] is None
    assert update["bytesPerSecond"] == 1500 and "etaSeconds" not in update


def test_a_stall_is_said_after_two_signs_of_life_and_taken_back() -> None:
    one = started()
    one.tally.add(100)
    assert one.progress(at(1))
    sent = [one.progress(at(tick)) for tick in range(2, 61)]
    assert [tick for tick, update in enumerate(sent, 2) if update] == [*range(6, 61, 5)]
    for stalled in [update for update in sent if update][1:]:
        assert stalled["message"] == STALLED
        assert "bytesPerSecond" not in stalled and stalled["etaSeconds"] is None
    one.tally.add(1)
    again = one.progress(at(61))
    assert again and "message" not in again and "bytesPerSecond" not in again


def test_a_long_silence_says_nothing_of_the_speed() -> None:
    """s3transfer tells its callback nothing while it sends a part again, although bytes flow."""
    one = started(12_000)
    for tick in range(1, 61):
        one.tally.add(25)
        one.progress(at(tick / 10))
    for tick in range(61, 300):
        one.progress(at(tick / 10))
    for tick in range(300, 306):
        one.tally.add(25)
        if update := one.progress(at(tick / 10)):
            assert "bytesPerSecond" not in update and "etaSeconds" not in update
    for tick in range(306, 321):
        one.tally.add(25)
        update = one.progress(at(tick / 10)) or update
    assert update and update["bytesPerSecond"] == 250


@pytest.mark.parametrize(("pause", "begin"), [(9.0, 0), (14.0, 120)])
def test_bytes_in_lumps_have_the_speed_of_the_whole(pause: float, begin: int) -> None:
    """s3transfer's CRT client tells its callback of parts that S3 has confirmed, several at a time."""
    one, speeds = started(100_000), list[int]()
    assert one.change(at(begin), "paused") and one.change(at(begin), "uploading")
    for tick in range(1, 600):
        if tick % (pause * 10) == 0:
            one.tally.add(round(1000 * pause))
        update = one.progress(at(begin + tick / 10))
        if update and tick >= pause * 10:
            speeds.append(update["bytesPerSecond"])
    assert speeds == [1000] * len(speeds) and len(speeds) >= 4


def test_waiting_for_the_store_to_confirm_is_no_stall_and_said_once() -> None:
    one = started()
    one.tally.add(1000)
    full = one.progress(at(1))
    assert full and "message" not in full
    assert one.progress(at(2.9)) is None
    waiting = one.progress(at(3))
    assert waiting and (waiting["message"], waiting["bytesUploaded"]) == (CONFIRMING, 999)
    assert "bytesPerSecond" not in waiting and "etaSeconds" not in waiting
    assert one.progress(at(7.9)) is None
    again = one.progress(at(8))
    assert again and again["message"] == CONFIRMING
    done = one.change(at(101), "completed")
    assert done and "message" not in done


@pytest.mark.parametrize(
    ("step", "left", "is_waiting"), [(2**18, 2**18 - 1, True), (2**18, 2**18, False), (2**18 - 1, 9, False)]
)
def test_the_last_bytes_of_a_client_that_adds_them_up_are_sent(step: int, left: int, is_waiting: bool) -> None:
    one = started(bytes_total=3 * step + left)
    for _ in range(3):
        one.tally.add(step)
    one.progress(at(1))
    update = one.progress(at(60), force=True)
    assert update and update["message"] == (CONFIRMING if is_waiting else STALLED)


def test_the_shown_bytes_stay_below_the_total_until_the_call_has_returned() -> None:
    for after, shown in {"processing": 1000, "completed": 1000, "failed": 999, "canceled": 999}.items():
        one = started()
        one.tally.add(1000)
        assert bytes_told(one.progress(at(1))) == (999, 1000)
        assert bytes_told(one.change(at(2), cast("Status", after))) == (shown, 1000)


def test_counts_of_parts_are_never_called_a_stall() -> None:
    one = started(10_000)
    one.has_parts = True
    for second in range(1, 100):
        one.tally.add(0 if second % 30 else 2000)
        update = one.progress(at(second))
        assert update is None or "message" not in update
    assert bytes_told(one.progress(at(105))) == (6000, 10_000)


def test_a_pause_is_no_stall_and_no_slowness() -> None:
    one = started()
    one.tally.add(500)
    paused = one.change(at(2), "paused")
    assert paused and "bytesPerSecond" not in paused
    assert one.progress(at(100)) is None
    assert one.change(at(100), "uploading")
    one.tally.add(100)
    update = one.progress(at(101))
    assert update and update["bytesPerSecond"] == 100


def test_completed_means_all_bytes_and_settles_an_unknown_size() -> None:
    known, unknown = started(), started(None)
    unknown.tally.add(77)
    first, second = known.change(at(1), "completed"), unknown.change(at(1), "completed")
    assert first and second
    assert (first["bytesUploaded"], first["bytesTotal"]) == (1000, 1000)
    assert (second["bytesUploaded"], second["bytesTotal"]) == (77, 77)


def bytes_told(update: Update | None) -> tuple[int, int | None]:
    assert update
    return update["bytesUploaded"], update["bytesTotal"]


def test_a_total_that_a_client_tells_may_grow_but_not_shrink() -> None:
    one = started(None)
    one.tally.add(500)
    for told, shown in ((1000, 1000), (2000, 2000), (1500, 2000), (None, 2000)):
        one.learn_total(told)
        one.tally.add(1)
        assert bytes_told(one.progress(at(1), force=True))[1] == shown


def test_a_total_that_grew_is_told_although_no_byte_moved() -> None:
    one = started(None)
    one.learn_total(1000)
    one.tally.add(900)
    assert bytes_told(one.progress(at(1))) == (900, 1000)
    one.learn_total(2000)
    assert bytes_told(one.progress(at(2))) == (900, 2000)


def test_a_total_that_a_client_told_is_unknown_once_it_is_passed() -> None:
    one = started(None)
    one.learn_total(1000)
    one.tally.add(1500)
    assert bytes_told(one.progress(at(1))) == (1500, None)
    one.learn_total(2000)
    assert bytes_told(one.progress(at(2))) == (1500, 2000)
    one.tally.add(1000)
    assert bytes_told(one.change(at(3), "completed")) == (2500, 2500)


def test_the_total_of_the_program_grows_with_what_it_is_told() -> None:
    one = started(1000)
    one.tally.add(1500)
    assert bytes_told(one.progress(at(1))) == (999, 1000)
    one.learn_total(2000)
    assert bytes_told(one.progress(at(2))) == (1500, 2000)


def test_what_counted_no_byte_and_is_not_known_to_be_empty_completes_without_a_size() -> None:
    assert bytes_told(started(None).change(at(1), "completed")) == (0, None)


def test_an_empty_file_completes_as_0_of_0_unless_bytes_were_sent() -> None:
    empty, measured, mistaken = started(0), started(None), started(0)
    measured.is_empty = True
    mistaken.tally.add(5)
    assert bytes_told(mistaken.progress(at(1))) == (5, None)
    ends = [bytes_told(one.change(at(1), "completed")) for one in (empty, measured, mistaken)]
    assert ends == [(0, 0), (0, 0), (5, 5)]


def test_the_next_attempt_does_not_take_the_bytes_of_the_last_one_for_its_size() -> None:
    one = started(None)
    one.tally.add(700)
    assert bytes_told(one.change(at(1), "completed")) == (700, 700)
    assert bytes_told(one.retry(at(2))) == (0, None)


def test_failed_keeps_the_bytes_it_reached() -> None:
    one = started()
    one.tally.add(300)
    update = one.change(at(1), "failed", error={"code": "E", "message": "m"})
    assert update and update["bytesUploaded"] == 300 and update["error"] == {"code": "E", "message": "m"}


@pytest.mark.parametrize("end", ["completed", "failed", "canceled"])
def test_nothing_follows_an_end_but_a_higher_attempt(end: Any) -> None:
    one = started()
    one.tally.add(300)
    assert one.change(at(1), end)
    assert one.change(at(2), "uploading") is None
    assert one.progress(at(3), force=True) is None
    again = one.retry(at(4))
    assert again and (again["attempt"], again["bytesUploaded"], again["status"]) == (2, 0, "uploading")


def test_processing_does_not_go_back_to_uploading() -> None:
    one = started()
    scanning = one.change(at(1), "processing", phase="scanning")
    assert scanning and scanning["phase"] == "scanning"
    assert one.change(at(2), "uploading") is None
    assert one.change(at(3), "processing", phase="transcoding")


def test_after_a_fork_the_parent_alone_sends_what_was_recorded() -> None:
    one = started()
    one.tally.add(300)
    one.after_fork()
    assert one.progress(at(4), force=True) is None
    one.tally.add(1)
    update = one.progress(at(5))
    assert update and update["bytesUploaded"] == 301


STEPS = st.one_of(
    st.integers(-400, 600),
    st.sampled_from(["queued", "uploading", "paused", "processing", "completed", "failed", "canceled", "retry"]),
    st.floats(0, 20),
    st.tuples(st.one_of(st.none(), st.integers(1, 3000))),
)


@given(st.one_of(st.none(), st.integers(0, 2000)), st.lists(STEPS, max_size=60))
def test_whatever_happens_no_screen_runs_backwards(
    total: int | None, steps: list[int | str | float | tuple[int | None]]
) -> None:
    one, seconds, sent = upload(total), 0.0, list[Update]()
    for step in steps:
        update: Update | None = None
        if isinstance(step, int):
            one.tally.add(step)
        elif isinstance(step, tuple):
            one.learn_total(*step)
        elif isinstance(step, float):
            seconds += step
        elif step == "retry":
            update = one.retry(at(seconds))
        else:
            update = one.change(at(seconds), step)  # type: ignore[arg-type]
        sent += [found for found in (update, one.progress(at(seconds))) if found]
    for before, after in pairwise(sent):
        assert after["rev"] > before["rev"]
        assert after["attempt"] >= before["attempt"]
        if after["attempt"] == before["attempt"]:
            assert before["status"] not in ("completed", "failed", "canceled")
            assert after["bytesUploaded"] >= before["bytesUploaded"]
    for update in sent:
        assert update["bytesUploaded"] >= 0
        assert update["bytesTotal"] is None or update["bytesUploaded"] <= update["bytesTotal"]
        if update["status"] == "completed":
            assert update["bytesTotal"] in (update["bytesUploaded"], None)


def processing() -> UploadState:
    one = started()
    assert one.change(at(1), "processing", phase="transcoding")
    return one


def test_the_percent_of_a_phase_is_throttled_and_its_trailing_edge_is_not_lost() -> None:
    one = processing()
    assert one.advance("transcoding", 10)
    assert one.progress(at(1.05)) is None
    assert one.is_moving
    update = one.progress(at(1.2))
    assert update and (update["status"], update["phase"], update["phasePercent"]) == ("processing", "transcoding", 10)
    assert not one.is_moving
    assert one.advance("transcoding", 10.4) and one.progress(at(1.4)) is None
    assert one.progress(at(1.8))


def test_another_phase_has_a_percent_of_its_own() -> None:
    one = processing()
    one.advance("transcoding", 90)
    assert not one.advance("scanning", 5)
    update = one.change(at(2), "processing", phase="scanning")
    assert update and "phasePercent" not in update
    assert one.advance("scanning", 5)
    update = one.progress(at(3))
    assert update and update["phasePercent"] == 5


def test_the_end_has_no_percent_of_a_phase() -> None:
    one = processing()
    one.advance("transcoding", 90)
    update = one.change(at(2), "completed")
    assert update and "phasePercent" not in update
    assert one.progress(at(3), force=True) is None
