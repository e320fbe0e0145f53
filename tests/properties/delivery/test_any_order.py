"""However frames reach a screen, it never goes back and ends with the newest state. The rules alone, without I/O."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.protocol import upload_fields, upload_message
from domain.upload import UploadProgress
from testing.updates import fold
from tests.properties.delivery.screen import Screen
from tests.properties.delivery.story import Message, Story, stories


@st.composite
def tellings(draw: st.DrawFn) -> tuple[Story, list[list[Message]]]:
    """A story, and its messages in batches: in any order, some of them several times."""
    story = draw(stories("alice"))
    again = draw(st.lists(st.sampled_from(story.messages), max_size=6))
    arrived = draw(st.permutations([*story.messages, *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(arrived)), max_size=6)))
    return story, [arrived[start:end] for start, end in pairwise([0, *cuts, len(arrived)]) if start < end]


@given(tellings(), st.data())
def test_a_screen_never_goes_back_and_ends_with_the_newest_state(
    telling: tuple[Story, list[list[Message]]], data: st.DataObject
) -> None:
    story, batches = telling
    frames = frames_of(batches)
    heard = data.draw(st.permutations(frames + data.draw(st.lists(st.sampled_from(frames), max_size=6))))

    screen = Screen()
    for frame in heard:
        screen.hear(frame)

    assert screen.steps_back == []
    assert screen.shown == {"of-alice": upload_fields(story.end)}


@given(tellings(), st.data())
def test_progress_may_be_lost_on_the_way_but_the_last_status_may_not(
    telling: tuple[Story, list[list[Message]]], data: st.DataObject
) -> None:
    story, batches = telling
    frames = frames_of(batches)
    lost = data.draw(st.lists(st.sampled_from([frame for frame in frames if frame["type"] == "progress"] or [{}])))

    screen = Screen()
    for frame in data.draw(st.permutations([frame for frame in frames if frame not in lost])):
        screen.hear(frame)

    [shown] = screen.shown.values()
    assert (shown["attempt"], shown["status"]) == (story.end.attempt, story.end.status)


def frames_of(batches: list[list[Message]]) -> list[dict[str, Any]]:
    """What push sends: the state after each batch that changed it, or brought again what was known."""
    state: UploadProgress | None = None
    frames = []
    for batch in batches:
        updates = [update for message in batch for update in message.parsed()]
        folded = fold(state, [replace(update, index=index) for index, update in enumerate(updates)])
        state = folded.state
        if state and (folded.changed or folded.duplicate):
            frames.append(upload_message(state))
    return frames
