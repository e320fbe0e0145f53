"""Real clients that count by themselves, two of which do not know the size."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from upload_progress_reporter import UploadReporter

from .conftest import Received
from .counting_uploaders import COUNTING_UPLOADERS
from .flaky_proxy import running
from .recording_server import RecordingServer

DATA = os.urandom(6_000_001)
FORM_OR_CHUNKS = 4_000  # what a form or chunked encoding adds to the file, at most


@pytest.fixture(scope="module")
def server(aws: str) -> Iterator[str]:
    with running(RecordingServer()) as web:
        yield web.url


@pytest.mark.parametrize("total", [None, len(DATA)])
@pytest.mark.parametrize("client", COUNTING_UPLOADERS)
def test_what_a_client_counts_ends_as_a_whole_upload(
    client: str, total: int | None, server: str, aws: str, s3: Any, received: Received
) -> None:
    report = UploadReporter(user_id="alice", upload_id="u", file_name="f", bytes_total=total, target=received)
    with report:
        COUNTING_UPLOADERS[client](aws if client == "minio" else server, DATA, report)
        assert report.flush(10)
    assert report.flush(10)
    for update in received.updates:
        assert update["bytesTotal"] is None or update["bytesTotal"] >= max(update["bytesUploaded"], len(DATA))
    last = received.updates[-1]
    assert last["status"] == "completed" and last["bytesUploaded"] == last["bytesTotal"]
    assert len(DATA) <= last["bytesUploaded"] <= len(DATA) + FORM_OR_CHUNKS
