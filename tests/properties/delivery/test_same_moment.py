"""Pipelines without `rev` that tell several things in one millisecond may lose progress, but never an end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clients.terminal.uploads import Upload
from clients.terminal.uploads import UploadList as TerminalUploads
from domain.protocol import upload_fields, upload_message
from domain.update import Update, parse_update
from domain.upload import UploadProgress
from testing.updates import ENDING, RUNNING, fold
from tests.properties.delivery.screen import Screen

NOW = 1_767_268_800_000
IN_PROGRESS = st.builds(lambda status, done: (status, done), st.sampled_from(RUNNING), st.integers(0, 100))


def update(status: str, done: int) -> Update:
    """As SQS dates it: all at the same moment."""
    said = {"userId": "alice", "uploadId": "u", "status": status, "bytesUploaded": done, "bytesTotal": 100}
    return parse_update(said, received_at=NOW)


@st.composite
def batches(draw: st.DrawFn) -> tuple[str, list[list[Update]]]:
    """Some progress and one end, in any order, some of it again, in any batches; and the end's status."""
    end = draw(st.sampled_from(ENDING))
    told = [*draw(st.lists(IN_PROGRESS, min_size=1, max_size=5)), (end, 100)]
    arrived = draw(st.permutations([*told, *draw(st.lists(st.sampled_from(told), max_size=4))]))
    cuts = sorted(draw(st.sets(st.integers(1, len(arrived)), max_size=5)))
    pairs = [pair for pair in pairwise([0, *cuts, len(arrived)]) if pair[0] < pair[1]]
    return end, [[update(*one) for one in arrived[first:last]] for first, last in pairs]


def states(told: list[list[Update]]) -> list[UploadProgress]:
    """What is stored after each batch, and told if it changed or came again."""
    found: list[UploadProgress] = []
    for batch in told:
        placed = [replace(one, index=index) for index, one in enumerate(batch)]
        folded = fold(found[-1] if found else None, placed)
        assert folded.state is not None
        found.append(folded.state)
    return found


@given(batches())
def test_an_end_is_never_lost_to_progress_of_the_same_moment(told: tuple[str, list[list[Update]]]) -> None:
    end, arrived = told

    last = states(arrived)[-1]

    assert (last.status, last.brings_status) == (end, True)


@given(batches(), st.data())
def test_however_frames_of_one_moment_reach_a_screen_it_ends_with_the_end(
    told: tuple[str, list[list[Update]]], data: st.DataObject
) -> None:
    """On the model of a screen and on the terminal's own list."""
    end, arrived = told
    screen, terminal = Screen(), TerminalUploads()
    for state in data.draw(st.permutations(states(arrived))):
        screen.hear(upload_message(state))
        terminal.take(upload_fields(state))

    shown: list[Upload] = [*terminal]
    assert [one["status"] for one in shown] == [one["status"] for one in screen.shown.values()] == [end]


def test_of_two_that_bring_progress_the_first_to_come_holds() -> None:
    """The documented limit of pipelines that give no rev."""
    first, second = states([[update("uploading", 30)], [update("processing", 100)]])

    assert second == first


def test_in_one_message_they_go_by_their_places() -> None:
    [last] = states([[update("uploading", 30), update("paused", 30), update("uploading", 40)]])

    assert (last.status, last.facts["bytesUploaded"]) == ("uploading", 40)
