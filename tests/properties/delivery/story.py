"""What pipelines tell of one upload, in the order in which it happened, and cut into messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from domain.timestamps import rfc3339
from domain.update import Update, parse_update
from domain.upload import UploadProgress
from testing.updates import ENDING, RUNNING, fold

BEGIN = 1_767_268_740_000  # a minute before the simulation begins, so that no clock is ahead
STEP_MS = 10


@dataclass(frozen=True)
class Message:
    """A few updates that a source delivers together, always; `sent_at` is its own time, which no redelivery changes."""

    updates: tuple[dict[str, Any], ...]
    sent_at: int

    def parsed(self) -> list[Update]:
        return [parse_update(one, received_at=self.sent_at) for one in self.updates]

    def with_revs(self) -> list[dict[str, Any]]:
        """The same, for sources whose own time is too coarse or does not survive."""
        return [{"rev": self.sent_at} | one for one in self.updates]


@dataclass(frozen=True)
class Story:
    messages: tuple[Message, ...]

    @property
    def end(self) -> UploadProgress:
        """How things stand when all is told: every update taken in the order in which it happened."""
        said = [update for message in self.messages for update in message.parsed()]
        state = fold(None, [replace(one, index=index) for index, one in enumerate(said)]).state
        assert state is not None
        return state


@st.composite
def stories(draw: st.DrawFn, user_id: str) -> Story:
    """Up to three attempts, each of which may end; bytes that grow; revs that are given or left out."""
    attempts = draw(st.integers(1, 3))
    updates: list[dict[str, Any]] = []
    for attempt in range(1, attempts + 1):
        statuses: list[str] = draw(st.lists(st.sampled_from(RUNNING), min_size=1, max_size=4))
        if draw(st.booleans()):
            statuses.append(draw(st.sampled_from(ENDING)))
        named = {"attempt": attempt} if attempts > 1 or draw(st.booleans()) else {}
        updates += [
            {
                **{"userId": user_id, "uploadId": f"of-{user_id}", "fileName": "film.mp4", "status": status},
                **{"bytesUploaded": 10 * step, "bytesTotal": 100, **named},
                **{"startedAt": "2026-01-01T12:00:00Z", "updatedAt": rfc3339(BEGIN + STEP_MS * (len(updates) + step))},
            }
            for step, status in enumerate(statuses)
        ]
    return Story(tuple(_cut(draw, updates)))


def _cut(draw: st.DrawFn, updates: list[dict[str, Any]]) -> list[Message]:
    """Messages of one to three updates, all with their own rev or all without."""
    messages, start = [], 0
    while start < len(updates):
        end = start + draw(st.integers(1, 3))
        together = updates[start:end]
        if draw(st.booleans()):
            together = [one | {"rev": BEGIN + STEP_MS * (start + place)} for place, one in enumerate(together)]
        messages.append(Message(tuple(together), BEGIN + STEP_MS * (start + len(together) - 1)))
        start = end
    return messages
