"""Updates for tests: a valid one to spoil, and strategies for hypothesis."""

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from domain.update import STATUSES, Update, parse_update
from domain.upload import UploadProgress
from domain.upload_batch import UploadBatch, conflate

NOW = 1_772_366_400_000  # 2026-03-01T12:00:00Z
VALID: dict[str, Any] = {"userId": "alice", "uploadId": "u1", "status": "uploading"}

ENDING = ("completed", "failed", "canceled")
RUNNING = tuple(status for status in STATUSES if status not in ENDING)

# What a JSON parser in Python may give: also NaN, Infinity, lone surrogates and integers of any size.
SCALARS = st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text()
SURROGATES = st.text(st.characters(categories=["Cs", "Lu"]), max_size=3)
ANY_JSON = st.recursive(
    SCALARS | SURROGATES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | SURROGATES, inner, max_size=4),
    max_leaves=12,
)


def update(index: int = 0, /, **fields: Any) -> Update:
    """A valid update with these fields, received at NOW."""
    return parse_update({**VALID, **fields}, received_at=NOW, index=index)


def fold(stored: UploadProgress | None, said: Iterable[Update]) -> UploadBatch:
    """Conflates at the beginning of time: tests count revs from 0, and nothing is too old yet."""
    return conflate(stored, said, now=0)


def after(*said: Update, stored: UploadProgress | None = None) -> UploadProgress:
    """The state after these updates, each in a batch of its own."""
    for one in said:
        stored = fold(stored, [one]).state
    assert stored is not None
    return stored


def updates(**fields: Any) -> st.SearchStrategy[Update]:
    """Updates of one upload, with few attempts and revs, so that they often meet."""
    drawn: dict[str, Any] = {
        "status": st.sampled_from(STATUSES),
        "rev": st.integers(0, 6),
        "attempt": st.integers(1, 3),
        "bytesUploaded": st.integers(0, 100),
    }
    fixed = {name: value if isinstance(value, st.SearchStrategy) else st.just(value) for name, value in fields.items()}
    return st.fixed_dictionaries(drawn | fixed).map(lambda said: update(**said))
