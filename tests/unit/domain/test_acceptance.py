"""Which update may replace which state."""

from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.terminal.uploads import judge as judge_by_client
from domain.acceptance import Verdict, brought_status, judge
from domain.protocol import upload_fields
from domain.update import STATUSES, CreatedObject, Update, parse_update
from domain.upload import CLIENT, SWEEP, UploadProgress
from domain.upload_batch import UploadBatch, conflate
from testing.updates import ENDING, NOW, RUNNING, VALID, after, fold, update, updates
from testing.vectors import VECTORS

# The acceptance rule of the wire contract, written out: what is stored (its attempt is 2, its rev 5), what comes.
RULE = [
    *[("any", attempt, rev, "any", "stale") for attempt in (1,) for rev in (4, 5, 6)],
    *[("any", attempt, rev, "any", "accepted") for attempt in (3,) for rev in (4, 5, 6)],
    *[("running", 2, 4, "running", "stale"), ("running", 2, 4, "ending", "accepted")],
    *[("running", 2, 5, "running", "duplicate"), ("running", 2, 5, "ending", "accepted")],
    *[("running", 2, 6, "running", "accepted"), ("running", 2, 6, "ending", "accepted")],
    *[("ending", 2, 4, "any", "stale"), ("ending", 2, 5, "any", "duplicate"), ("ending", 2, 6, "any", "stale")],
]
# An end that replaced another one has a higher rev than it came with, and may be repeated with the lower one.
REPEATED_END = ("ending", 2, 4)
KINDS = {"running": RUNNING, "ending": ENDING, "any": STATUSES}


@pytest.mark.parametrize(("stored", "attempt", "rev", "said", "verdict"), RULE)
def test_the_acceptance_rule(stored: str, attempt: int, rev: int, said: str, verdict: str) -> None:
    for status in KINDS[stored]:
        state = after(update(status="queued", attempt=2, rev=1), update(status=status, attempt=2, rev=5))
        for incoming in KINDS[said]:
            is_repeated = (stored, attempt, rev) == REPEATED_END and incoming == status
            expected = "duplicate" if is_repeated else verdict
            assert judge(state, update(status=incoming, attempt=attempt, rev=rev), 0).value == expected
            if attempt == 2:
                assert judge(state, update(status=incoming, rev=rev), 0).value == expected


@pytest.mark.parametrize("case", VECTORS["acceptance"], ids=lambda case: case["why"])
def test_an_update_is_judged_as_the_vectors_say(case: dict[str, Any]) -> None:
    stored = case["stored"]
    state = stored and after(update(status=stored["status"], attempt=stored["attempt"], rev=stored["rev"]))
    if stored and "source" in stored:
        state = replace(state, source=stored["source"])
    said = replace(update(**case["update"]), by_client=case["update"].get("source") == CLIENT)

    assert judge(state, said, 0).value == case["verdict"]


@pytest.mark.parametrize("case", VECTORS["runs"], ids=lambda case: case["why"])
def test_an_update_belongs_to_the_attempt_that_the_vectors_say(case: dict[str, Any]) -> None:
    said = [{**one} for one in case["updates"]]

    assert seen(*(late(one.pop("second"), **one) for one in said)) == (case["attempt"], case["status"])


@given(updates())
def test_the_first_update_of_an_upload_is_accepted(first: Update) -> None:
    assert judge(None, first, 0) is Verdict.ACCEPTED


def test_an_attempt_left_out_is_the_stored_one_or_the_first() -> None:
    assert after(update(rev=1)).attempt == 1
    assert after(update(attempt=3, rev=1), update(rev=2)).attempt == 3
    assert fold(after(update(attempt=3, rev=1)), [update(rev=2), update(attempt=4, rev=3)]).state == after(
        update(attempt=3, rev=1), update(rev=2), update(attempt=4, rev=3)
    )


@pytest.mark.parametrize("status", ENDING)
def test_the_end_of_an_attempt_delivered_again_does_not_end_the_retry(status: str) -> None:
    end = update(status=status, rev=5)
    retry = after(end, update(attempt=2, rev=5))

    assert judge(retry, end, 0) is Verdict.STALE
    assert judge(after(update(attempt=2, rev=4)), end, 0) is Verdict.ACCEPTED


def test_the_update_that_brought_the_status_is_told_again_although_progress_followed() -> None:
    paused = update(status="paused", rev=5)
    state = after(update(rev=1), paused, update(status="paused", rev=6), update(status="paused", rev=7))

    assert fold(state, [paused]) == UploadBatch(state, False, 0, 1, 0)
    assert brought_status(state, paused)
    assert not brought_status(state, update(status="paused", rev=6))
    assert judge(after(update(rev=1), paused, update(status="uploading", rev=6)), paused, 0) is Verdict.STALE


MINUTE = 60_000
FIRST, SECOND, THIRD = "run-aaaa1", "run-bbbb2", "run-cccc3"


def late(seconds: int = 0, **fields: Any) -> Update:
    """An update of a pipeline whose clock is right, so many seconds from NOW."""
    moment = NOW + seconds * 1000
    return parse_update({**VALID, **fields}, received_at=moment)


def announced(milliseconds: int = 0, **fields: Any) -> Update:
    """An update that EventBridge dates in whole seconds."""
    moment = NOW + milliseconds
    return parse_update({**VALID, **fields}, received_at=moment + 400, announced_at=moment // 1000 * 1000)


def there(
    milliseconds: int = 0, etag: str | None = "e1", status: str = "completed", sequencer: str | None = None
) -> Update:
    """What the bucket's event says."""
    moment = NOW + milliseconds
    raw = {**VALID, "status": status, "bytesUploaded": 5, "bytesTotal": 5}
    created = CreatedObject(etag, sequencer)
    return parse_update(raw, received_at=moment + 400, announced_at=moment // 1000 * 1000, created=created)


def taken(*said: Update) -> UploadProgress:
    """The state after these, each pushed by itself when it was received."""
    stored = None
    for one in said:
        stored = conflate(stored, [one], one.received_at).state
    assert stored is not None
    return stored


def seen(*said: Update) -> tuple[int, str]:
    state = taken(*said)
    return state.attempt, state.status


def test_a_new_run_is_the_next_attempt_once_the_last_one_ended() -> None:
    ended = [late(0, runId=FIRST), late(1, runId=FIRST, status="completed")]

    assert seen(*ended, late(2, runId=SECOND, status="queued")) == (2, "queued")
    assert seen(*ended, late(2, runId=SECOND, status="completed")) == (2, "completed")
    assert seen(*ended, late(-MINUTE // 500, runId=SECOND)) == (2, "uploading")  # its clock is two minutes behind
    assert seen(*ended, late(2, runId=FIRST)) == (1, "completed")
    assert seen(*ended, late(2)) == (1, "completed")


def test_late_messages_of_a_run_whose_attempt_is_over_stay_stale() -> None:
    state = taken(
        *(late(0, runId=FIRST), late(1, runId=FIRST, status="failed"), late(2, runId=SECOND)),
        *(late(3, runId=SECOND, status="failed"), late(4, runId=THIRD)),
    )

    assert state.attempt == 3
    for run_id, status in product((FIRST, SECOND), STATUSES):
        assert judge(state, late(60, runId=run_id, status=status), NOW) is Verdict.STALE


def test_a_new_run_begins_an_attempt_under_way_anew_but_ends_and_processes_the_one_there_is() -> None:
    killed = late(0, runId=FIRST, bytesUploaded=50)

    for status in ("queued", "uploading", "paused"):
        assert seen(killed, late(1, runId=SECOND, status=status)) == (2, status)
    for status in ("processing", *ENDING):
        assert seen(killed, late(1, runId=SECOND, status=status)) == (1, status)
    assert seen(killed, late(1, runId=SECOND, status="processing"), late(2, runId=FIRST, status="completed")) == (
        1,
        "completed",
    )


def test_what_no_run_has_claimed_belongs_to_the_first_that_speaks() -> None:
    assert seen(late(0, status="queued"), late(1, runId=FIRST)) == (1, "uploading")
    assert seen(late(5, status="failed"), late(1, runId=FIRST)) == (1, "failed")
    assert seen(late(5, status="failed"), late(6, runId=FIRST)) == (2, "uploading")


def test_an_attempt_that_is_named_wins_over_the_run() -> None:
    ended = [late(0, runId=FIRST), late(1, runId=FIRST, status="failed")]

    assert seen(*ended, late(2, runId=SECOND, attempt=1)) == (1, "failed")
    assert seen(*ended, late(2, runId=FIRST, attempt=7)) == (7, "uploading")
    assert taken(*ended, late(2, runId=SECOND, attempt=7)).run_ids == ()


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_runs_that_follow_one_another_end_in_the_last_in_whatever_order_later_repeats_come(
    order: list[int], again: list[int]
) -> None:
    told = [
        *(late(0, runId=FIRST), late(1, runId=FIRST, status="failed"), late(2, runId=SECOND)),
        *(late(3, runId=SECOND, status="canceled"), late(4, runId=THIRD), late(5, runId=THIRD, status="completed")),
    ]

    assert seen(*told, *(told[place] for place in (*order, *again))) == (3, "completed")


def test_a_row_keeps_few_run_ids_whatever_pipelines_say() -> None:
    said = [late(step, runId=f"scanner-{step}", status="processing") for step in range(40)]
    tries = [late(step, runId=f"uploader-{step}") for step in range(40)]

    assert taken(*said).run_ids[0] == "scanner-0" and len(taken(*said).run_ids) == 8
    assert len(taken(*tries).former_run_ids) == 8


@pytest.mark.parametrize("status", ENDING)
def test_an_end_without_attempt_and_run_counts_unless_it_is_five_minutes_older_than_the_attempt(status: str) -> None:
    retried = [late(-3600, attempt=1), late(0, attempt=2)]

    assert seen(*retried, late(-299, status=status)) == (2, status)
    assert seen(*retried, late(-301, status=status)) == (2, "uploading")


def test_an_end_that_is_not_later_than_the_last_one_never_ends_the_retry() -> None:
    failed = late(-20, status="failed")
    retry = taken(late(-30), failed, late(0, attempt=2))

    assert judge(retry, failed, NOW) is Verdict.STALE
    assert judge(retry, late(-25, status="canceled"), NOW) is Verdict.STALE
    assert judge(retry, late(-19, status="completed"), NOW) is Verdict.ACCEPTED


@given(st.integers(1, 15), st.sampled_from(("paused", "processing")), st.booleans())
def test_a_status_from_a_clock_that_is_right_is_not_lost_to_one_that_is_ahead(
    minutes: int, status: str, says_rev: bool
) -> None:
    ahead = late(0, rev=NOW + minutes * MINUTE, bytesUploaded=5)
    right = late(1, status=status, **({"rev": NOW + 1000} if says_rev else {}))
    further = late(2, rev=NOW + minutes * MINUTE + 2000, status=status)

    assert seen(ahead, right) == (1, status)
    assert judge(taken(ahead, right), right, NOW) is Verdict.DUPLICATE
    assert judge(taken(ahead), ahead, NOW) is Verdict.DUPLICATE
    revs = [taken(*said).ordered_at for said in ((ahead,), (ahead, right), (ahead, right, further))]
    assert revs == sorted(set(revs)) and revs[-1] == NOW + 2000


@given(st.lists(st.integers(0, 20), min_size=2, max_size=6, unique=True), st.data())
def test_updates_of_one_clock_that_is_ahead_keep_their_order(steps: list[int], data: st.DataObject) -> None:
    said = [late(step, rev=NOW + 5 * MINUTE + step * 1000, bytesUploaded=step) for step in steps]
    redelivered = replace(data.draw(st.sampled_from(said)), received_at=NOW + 30_000)

    state = taken(*said)

    assert state.rev == NOW + 5 * MINUTE + max(steps) * 1000
    assert judge(state, redelivered, NOW) is not Verdict.ACCEPTED


@pytest.mark.parametrize("status", ["paused", "processing", *ENDING])
def test_a_status_within_the_second_of_what_it_follows_is_not_lost(status: str) -> None:
    progress = late(0, rev=NOW + 400, bytesUploaded=5)
    progress = replace(progress, received_at=NOW + 400)
    coarse = announced(900, status=status)

    assert coarse.rev == NOW and seen(progress, coarse) == (1, status)
    state = taken(progress, coarse)
    assert state.ordered_at > NOW + 400 or state.ended
    assert judge(state, coarse, NOW) is Verdict.DUPLICATE
    assert brought_status(state, coarse)


def test_within_one_second_nothing_leads_back() -> None:
    assert seen(announced(900, status="processing"), announced(100, status="queued")) == (1, "processing")
    assert seen(announced(900, status="processing"), announced(1100, status="queued")) == (1, "queued")


def test_the_buckets_end_gives_way_to_what_a_pipeline_says_later() -> None:
    for status in ("processing", *ENDING):
        assert seen(late(-2), there(), late(2, status=status)) == (1, status)
        assert seen(late(-2), there(), announced(700, status=status)) == (1, status)
        rewound = "completed" if status == "processing" else status
        assert seen(late(-2), there(), late(-1, status=status)) == (1, rewound)
    scanned = [late(-2), there(), late(2, status="processing"), late(4, status="failed")]
    assert seen(*scanned) == (1, "failed")
    assert seen(*scanned, there(), there(5000), late(9)) == (1, "failed")


def test_the_result_of_the_pipeline_reaches_an_upload_that_the_bucket_ended() -> None:
    for result in (late(2, status="completed", result={"url": "u"}), announced(700, status="completed", result={})):
        state = taken(late(-2), there(), result)
        assert (state.source, "result" in state.facts) == (None, True)
        assert state.ordered_at > taken(late(-2), there()).ordered_at


def test_progress_that_the_object_overtook_never_takes_its_end_back() -> None:
    progress = [replace(late(0, rev=NOW + step, bytesUploaded=step), received_at=NOW + step) for step in (300, 999)]

    assert seen(late(-2), there(999), *progress) == (1, "completed")
    assert seen(progress[1], there(999), progress[0], progress[1]) == (1, "completed")
    assert seen(late(-2), there(), late(2), late(3, bytesUploaded=5), late(4, bytesUploaded=3, bytesTotal=5)) == (
        1,
        "completed",
    )


def test_progress_of_another_size_after_an_object_is_another_upload() -> None:
    for facts in ({"bytesUploaded": 0, "bytesTotal": 6}, {"bytesUploaded": 6}):
        assert seen(late(-2), there(), late(2, **facts)) == (1, "uploading")
        assert seen(late(-2), there(), late(-1, **facts)) == (1, "completed")


def test_progress_that_the_object_overtook_does_not_take_its_processing_back() -> None:
    assert seen(late(-2), there(status="processing"), late(2, bytesUploaded=3, bytesTotal=5)) == (1, "processing")


def test_processing_that_began_after_the_object_was_there_is_not_ended_by_its_late_event() -> None:
    assert seen(late(3, status="processing"), there()) == (1, "processing")
    assert seen(late(-3, status="processing"), there()) == (1, "completed")


def test_the_bucket_begins_the_processing_of_what_is_sent_and_of_nothing_else() -> None:
    assert seen(late(3), there(status="processing")) == (1, "processing")
    assert seen(late(3, status="failed"), there(status="processing")) == (1, "failed")
    state = taken(late(-3, status="processing", phase="scanning"), there(status="processing"))
    assert state.facts["phase"] == "scanning"


def test_one_object_told_twice_is_told_again_and_another_one_is_the_next_attempt() -> None:
    state = taken(late(-2), there())

    assert judge(state, there(3000), NOW) is Verdict.DUPLICATE
    assert seen(late(-2), there(), there(3000, etag="e2")) == (2, "completed")
    assert seen(late(-2), there(), there(3000, etag="e2"), there()) == (2, "completed")
    assert seen(late(-2), late(1, status="completed"), there(3000)) == (1, "completed")


def test_a_late_event_of_an_older_attempt_does_not_end_a_newer_one() -> None:
    retried = [late(-60, attempt=1, status="failed"), late(0, attempt=2)]

    assert judge(taken(*retried), there(-5000), NOW) is Verdict.STALE
    assert seen(*retried, there(0)) == (2, "completed")
    wrong = [late(-60, attempt=1), replace(late(0, attempt=2), rev=NOW + 5 * MINUTE)]
    assert seen(*wrong, there(1000)) == (2, "completed")


def test_an_object_under_an_ignored_suffix_counts_for_an_upload_that_runs() -> None:
    own = replace(there(), only_running=True)

    assert judge(None, own, NOW) is Verdict.IGNORED
    assert judge(taken(late(-2, status="failed")), own, NOW) is Verdict.IGNORED
    assert judge(taken(late(-2)), own, NOW) is Verdict.ACCEPTED


def test_a_scan_of_an_object_under_an_ignored_suffix_counts_for_an_upload_that_runs_or_that_the_object_ended() -> None:
    scan = replace(announced(2000, status="failed"), only_running=True)

    assert judge(None, scan, NOW) is Verdict.IGNORED
    assert judge(taken(late(-2, status="canceled")), scan, NOW) is Verdict.IGNORED
    assert judge(taken(late(-2)), scan, NOW) is Verdict.ACCEPTED
    assert judge(taken(late(-2), there()), scan, NOW) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("stored", "new", "attempt"),
    [("05A", "05B", 2), ("05B", "05A", 1), ("05", "050", 1), ("05", "0501", 2), ("05F", "1", 2), (None, "05A", 1)],
)
def test_of_two_objects_of_one_second_the_sequencer_tells_the_later(stored: str | None, new: str, attempt: int) -> None:
    first, second = there(sequencer=stored), there(etag="e2", sequencer=new)

    assert taken(first, second).attempt == attempt
    assert conflate(None, [first, replace(second, index=1)], NOW).state == taken(first, second)


@given(st.sampled_from(STATUSES), st.integers(0, 48 * 60))
def test_what_is_too_old_begins_no_upload(status: str, minutes: int) -> None:
    old = late(-minutes * 60, status=status)
    kept = 60 if old.ends else 24 * 60

    assert judge(None, old, NOW) is (Verdict.EXPIRED if minutes > kept else Verdict.ACCEPTED)
    assert conflate(None, [old], NOW).expired == ((0,) if minutes > kept else ())


def test_a_row_that_should_be_deleted_by_now_is_none() -> None:
    ended = taken(late(0, status="completed"))
    anew = conflate(ended, [late(3601)], NOW + 3_601_000).state

    assert anew is not None and (anew.attempt, anew.status) == (1, "uploading")
    assert conflate(ended, [late(3500)], NOW + 3_500_000).state == ended


SIZE = 5


def story(skew: int, step: int, end: str | None, is_coarse: bool) -> list[Update]:
    """One upload of a pipeline whose clock is wrong by `skew` milliseconds, and the object of the same size.

    The object is stored `step` milliseconds after the last byte; the end follows it. A hook reports the last byte late.
    """
    facts = {"bytesTotal": SIZE, "runId": FIRST}
    said: list[tuple[int, dict[str, Any]]] = [
        (-3000, {"status": "queued", "runId": FIRST}),
        *((-2000 + 500 * sent, {"bytesUploaded": sent, **facts}) for sent in range(SIZE)),
        (step, {"status": "paused", "bytesUploaded": SIZE - 1, **facts}),
        (step * 3, {"bytesUploaded": SIZE, **facts}),
    ]
    if end:
        said += [
            (step * 2, {"status": "processing", **facts}),
            (step * 4, {"status": end, "result": {"n": 1}, **facts}),
        ]
    return [there(step), *(_said(at, skew, is_coarse, fields) for at, fields in said)]


def _said(at: int, skew: int, is_coarse: bool, fields: dict[str, Any]) -> Update:
    moment = NOW + at + skew
    rev = {} if is_coarse else {"rev": moment}
    return parse_update({**VALID, **fields, **rev}, received_at=NOW + at, announced_at=moment // 1000 * 1000)


def delivered(said: list[Update], order: list[int], cuts: list[int]) -> tuple[UploadProgress, list[dict[str, Any]]]:
    """Pushes the updates in this order, in batches, each batch twice; returns the state and what a client shows."""
    stored: UploadProgress | None = None
    shown: list[dict[str, Any]] = []
    for start, stop in pairwise([0, *sorted(cuts), len(order)]):
        batch = [replace(said[place], index=index) for index, place in enumerate(order[start:stop])]
        for _ in range(2):
            folded = conflate(stored, batch, NOW)
            stored = folded.state
            if stored and (folded.changed or folded.duplicate):
                upload = upload_fields(stored)
                if judge_by_client(shown[-1] if shown else None, upload) == "accepted":
                    shown.append(upload)
    assert stored is not None
    return stored, shown


@settings(max_examples=300)
@given(
    st.permutations(range(11)),
    st.lists(st.integers(0, 10), max_size=6),
    st.lists(st.integers(0, 11), max_size=4),
    st.integers(-5 * MINUTE, 5 * MINUTE),
    st.integers(1, 5000),
    st.sampled_from([*ENDING, None]),
    st.booleans(),
)
def test_the_last_end_is_never_lost_in_any_order_and_with_any_clock(
    order: list[int], again: list[int], cuts: list[int], skew: int, step: int, end: str | None, is_coarse: bool
) -> None:
    said = story(skew, step, end, is_coarse)
    order = [place for place in [*order, *again] if place < len(said)]

    state, shown = delivered(said, order, cuts)

    expected = (end, {"n": 1}) if end else ("completed", None)
    assert (state.status, state.facts.get("result")) == expected
    assert (shown[-1]["status"], shown[-1].get("result")) == expected
    ends = [place for place, one in enumerate(shown) if one["status"] in ENDING]
    assert all(one["status"] in (*ENDING, "processing") for one in shown[ends[0] :])


@given(st.sampled_from(STATUSES), st.integers(-5 * MINUTE, 5 * MINUTE), st.booleans())
def test_the_end_of_a_pipeline_that_replaced_another_is_sent_until_it_has_arrived(
    status: str, skew: int, is_abandoned: bool
) -> None:
    running = taken(late(-2))
    ended = replace(running, status="failed", source=SWEEP) if is_abandoned else taken(late(-2), there())
    said = replace(late(0, status=status, rev=NOW + skew), received_at=NOW - 1000)

    state = conflate(ended, [said], NOW).state

    assert state is not None
    if said.ends:
        assert (state.status, state.source, state.brings_status) == (status, None, True)
        assert state.ordered_at > ended.ordered_at
        assert brought_status(state, said) and judge(state, said, NOW) is Verdict.DUPLICATE
        assert conflate(state, [there()], NOW).state == state
