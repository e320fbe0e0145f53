"""Real clients, bare and wrapped: what arrives, how its length is told, and what is counted."""

import asyncio
import io
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from upload_progress_reporter import UploadReporter

from .conftest import Received
from .flaky_proxy import running
from .recording_server import RecordingServer, Sent
from .uploaders import TAKE_ASYNCHRONOUS_BODIES, UPLOADERS, sends_to_s3

DATA = os.urandom(700_001)


class OnlyRead:
    def __init__(self) -> None:
        self._data = io.BytesIO(DATA)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


def pieces() -> Iterator[bytes]:
    view = memoryview(DATA)
    for start in range(0, len(DATA), 65_536):
        yield bytes(view[start : start + 65_536])


async def async_pieces() -> AsyncIterator[bytes]:
    for piece in pieces():
        await asyncio.sleep(0)
        yield piece


class AsyncFile:
    """As Starlette's UploadFile."""

    def __init__(self) -> None:
        self._data = io.BytesIO(DATA)

    async def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


def temporary(make: Any, **options: Any) -> Any:
    file = make(**options)
    file.write(DATA)
    file.seek(0)
    return file


# Of each kind, how it is made. Bytes and a path are compared with the file that they become.
BODIES: dict[str, Callable[[Path], Any]] = {
    "file": lambda path: path.open("rb"),
    "path": lambda path: path,
    "BytesIO": lambda path: io.BytesIO(DATA),
    "bytes": lambda path: DATA,
    "SpooledTemporaryFile": lambda path: temporary(tempfile.SpooledTemporaryFile, max_size=1_000_000),
    "NamedTemporaryFile": lambda path: temporary(tempfile.NamedTemporaryFile),
    "only read": lambda path: OnlyRead(),
    "generator": lambda path: pieces(),
}
ASYNCHRONOUS_BODIES: dict[str, Callable[[Path], Any]] = {
    "asynchronous generator": lambda path: async_pieces(),
    "asynchronous file": lambda path: AsyncFile(),
}
BODIES |= ASYNCHRONOUS_BODIES
AS_A_FILE = {"path": "file", "bytes": "BytesIO"}


@pytest.fixture(scope="session")
def web() -> Iterator[RecordingServer]:
    with running(RecordingServer()) as server:
        yield server


@pytest.fixture(scope="session")
def store(aws: str) -> Iterator[RecordingServer]:
    with running(RecordingServer(aws)) as server:
        yield server


def sent_by(client: str, server: RecordingServer, body: Any) -> tuple[list[Sent], type[Exception] | None]:
    """Returns what arrived at the server, and the class of what the client raised."""
    raised = None
    try:
        UPLOADERS[client](server.url, body)
    except Exception as error:
        raised = type(error)
    return server.take(), raised


def close(body: Any) -> None:
    if hasattr(body, "close"):
        body.close()
    if hasattr(body, "aclose"):
        asyncio.run(body.aclose())


CASES = [
    (client, body)
    for client in UPLOADERS
    for body in BODIES
    if body not in ASYNCHRONOUS_BODIES or client in TAKE_ASYNCHRONOUS_BODIES
]


@pytest.mark.parametrize(("client", "body"), CASES)
def test_a_wrapped_body_is_sent_as_the_bare_one_is(
    client: str, body: str, web: RecordingServer, store: RecordingServer, s3: Any, received: Received, tmp_path: Path
) -> None:
    (tmp_path / "film.mp4").write_bytes(DATA)
    server = store if sends_to_s3(client) else web
    bare = BODIES[AS_A_FILE.get(body, body)](tmp_path / "film.mp4")
    expected, refused = sent_by(client, server, bare)
    close(bare)
    inner = BODIES[body](tmp_path / "film.mp4")
    with UploadReporter(user_id="alice", upload_id="u", file_name="film.mp4", target=received) as report:
        arrived, raised = sent_by(client, server, report.wrap(inner))
    close(inner)
    assert raised == refused
    assert [(sent.method, sent.framing) for sent in arrived] == [(sent.method, sent.framing) for sent in expected]
    if refused is None:
        assert DATA in b"".join(sent.body for sent in arrived)
        assert report.flush(10)
        assert received.updates[-1]["bytesUploaded"] == len(DATA)
