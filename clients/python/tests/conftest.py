"""The world around a reporter: a local S3 and SQS, and a target that keeps what it gets."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from upload_progress_reporter import Update

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}


class Received:
    """A target: a callable that keeps its batches, and fails as often as told."""

    def __init__(self) -> None:
        self.batches: list[list[Update]] = []
        self.calls = 0
        self.failures: list[BaseException] = []
        self._changed = threading.Condition()

    def __call__(self, updates: list[Update]) -> None:
        with self._changed:
            self.calls += 1
            self._changed.notify_all()
            if self.failures:
                raise self.failures.pop(0)
            self.batches.append([*updates])

    @property
    def updates(self) -> list[Update]:
        """Everything received, in order."""
        with self._changed:
            return [update for batch in self.batches for update in batch]

    @property
    def statuses(self) -> list[str]:
        """The statuses received, repetitions left out."""
        found: list[str] = []
        for update in self.updates:
            if not found or found[-1] != update["status"]:
                found.append(update["status"])
        return found

    def wait_for(self, condition: Callable[["Received"], object], timeout: float = 20) -> None:
        """Wait until `condition(self)` holds; what did arrive is the message if it never does."""
        end = time.monotonic() + timeout
        while not condition(self):
            assert time.monotonic() < end, self.updates
            time.sleep(0.01)


@pytest.fixture
def received() -> Received:
    """A target of this test's own, hence a sending thread of its own."""
    return Received()


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The URL of a local S3 and SQS."""
    from moto.server import ThreadedMotoServer  # what most tests here do without

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(aws: str) -> Iterator[Any]:
    """A client of the local S3, with the bucket `uploads`."""
    import boto3

    client = boto3.client("s3", endpoint_url=aws, **CREDENTIALS)
    client.create_bucket(Bucket="uploads")
    yield client
    client.close()
