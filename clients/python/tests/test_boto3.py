"""Real boto3 transfers, in parts and threads, to a local S3."""

import io
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from s3transfer.manager import TransferManager

from upload_progress_reporter import CountedFile, UploadReporter
from upload_progress_reporter.upload import CONFIRMING, REPEATING

from .conftest import CREDENTIALS, Received
from .flaky_proxy import FlakyProxy, flaky_proxy

MB = 1024 * 1024
IN_PARTS = TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB, max_concurrency=4)


def reporter(received: Received, name: str, size: int | None, **options: Any) -> UploadReporter:
    return UploadReporter(
        user_id="alice", upload_id=name, file_name="film.mp4", bytes_total=size, target=received, **options
    )


def bytes_seen(received: Received) -> list[int]:
    return [update["bytesUploaded"] for update in received.updates]


def test_upload_file_in_parts_is_followed_to_its_end(s3: Any, received: Received, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(os.urandom(23 * MB))
    with reporter(received, "file", 23 * MB) as report:
        s3.upload_file(str(path), "uploads", "film.mp4", Callback=report, Config=IN_PARTS)
        assert report._upload.tally.value == 23 * MB
    assert report.flush(10)
    assert received.statuses == ["uploading", "completed"]
    assert bytes_seen(received)[-1] == 23 * MB == s3.head_object(Bucket="uploads", Key="film.mp4")["ContentLength"]
    assert all(before <= after for before, after in pairwise(bytes_seen(received)))


def test_upload_fileobj_in_one_request_is_followed_too(s3: Any, received: Received) -> None:
    with reporter(received, "small", 1000) as report:
        s3.upload_fileobj(io.BytesIO(b"x" * 1000), "uploads", "small", Callback=report)
        assert report._upload.tally.value == 1000
    assert report.flush(10)
    assert received.statuses == ["uploading", "completed"]


@pytest.mark.parametrize("config", [None, IN_PARTS])
def test_a_transfer_that_waits_for_the_last_answer_says_so(
    config: TransferConfig | None, s3: Any, aws: str, received: Received
) -> None:
    size = 6 * MB + 100_000  # s3transfer counts the last bytes of a request after its answer
    with flaky_proxy(aws) as proxy, reporter(received, "late", size) as report:
        proxy.before_answer = lambda: received.wait_for(
            lambda received: any(update.get("message") == CONFIRMING for update in received.updates)
        )
        client = boto3.client("s3", endpoint_url=proxy.url, **CREDENTIALS)
        client.upload_fileobj(io.BytesIO(bytes(size)), "uploads", "late", Callback=report, Config=config)
        client.close()
    assert report.flush(10)
    assert received.statuses == ["uploading", "completed"]
    assert all(update["bytesUploaded"] < size for update in received.updates[:-1])


def test_a_part_that_is_sent_again_is_not_counted_twice(s3: Any, aws: str, received: Received) -> None:
    with flaky_proxy(aws) as proxy, reporter(received, "again", 12 * MB) as report:
        proxy.failures = ["partNumber=2"]
        client = boto3.client("s3", endpoint_url=proxy.url, **CREDENTIALS)
        client.upload_fileobj(io.BytesIO(bytes(12 * MB)), "uploads", "again", Callback=report, Config=IN_PARTS)
        client.close()
        assert (proxy.failed, report._upload.tally.value) == (1, 12 * MB)
    assert report.flush(10)
    assert all(before <= after <= 12 * MB for before, after in pairwise(bytes_seen(received)))
    assert received.statuses == ["uploading", "completed"]


def test_a_transfer_that_fails_is_reported_and_raised(s3: Any, received: Received, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"x" * 1000)
    report = reporter(received, "nowhere", 1000)
    with pytest.raises(S3UploadFailedError), report:
        s3.upload_file(str(path), "no-such-bucket", "key", Callback=report)
    assert report.flush(10)
    assert received.statuses == ["uploading", "failed"]
    assert received.updates[-1]["error"]["code"] == "S3UploadFailedError"
    assert "no-such-bucket" not in str(received.updates)


def test_a_target_that_always_fails_does_not_touch_the_upload(s3: Any, received: Received) -> None:
    received.failures = [OSError("down") for _ in range(100)]
    with reporter(received, "deaf", 6 * MB) as report:
        s3.upload_fileobj(io.BytesIO(bytes(6 * MB)), "uploads", "deaf", Callback=report, Config=IN_PARTS)
    assert s3.head_object(Bucket="uploads", Key="deaf")["ContentLength"] == 6 * MB
    assert received.updates == []
    received.failures.clear()
    assert report.flush(10)


def test_a_subscriber_of_the_transfer_manager_tells_all_by_itself(s3: Any, received: Received) -> None:
    report = reporter(received, "managed", None)
    with TransferManager(s3) as manager:
        body = io.BytesIO(bytes(300_000))
        manager.upload(body, "uploads", "managed", subscribers=[report.subscriber()]).result()
    assert report.flush(10)
    assert received.statuses == ["queued", "uploading", "completed"]
    assert received.updates[-1]["bytesTotal"] == 300_000


def test_a_subscriber_tells_of_failure_and_may_leave_the_end_to_others(s3: Any, received: Received) -> None:
    failing, open_ended = reporter(received, "failing", None), reporter(received, "open", None)
    with TransferManager(s3) as manager:
        future = manager.upload(io.BytesIO(b"x"), "no-such-bucket", "k", subscribers=[failing.subscriber()])
        with pytest.raises(s3.exceptions.NoSuchBucket):
            future.result()
        manager.upload(io.BytesIO(b"x"), "uploads", "k", subscribers=[open_ended.subscriber(ends=False)]).result()
    open_ended.processing("scanning")
    assert failing.flush(10)
    ends = {update["uploadId"]: update["status"] for update in received.updates}
    assert ends == {"failing": "failed", "open": "processing"}


def test_the_size_of_one_of_several_transfers_is_not_the_uploads(s3: Any, received: Received) -> None:
    report = reporter(received, "several", None)
    with report, TransferManager(s3) as manager:
        for number in range(3):
            body = io.BytesIO(bytes(200_000))
            manager.upload(body, "uploads", f"p{number}", subscribers=[report.subscriber(ends=False)]).result()
            assert report.flush(10)
    assert report.flush(10)
    assert {update["bytesTotal"] for update in received.updates[:-1]} == {None}
    assert (received.updates[-1]["bytesUploaded"], received.updates[-1]["bytesTotal"]) == (600_000, 600_000)


@pytest.mark.parametrize("size", [0, 1])
def test_a_small_transfer_ends_with_its_size(size: int, s3: Any, received: Received) -> None:
    report = reporter(received, "small", None)
    with TransferManager(s3) as manager:
        manager.upload(io.BytesIO(bytes(size)), "uploads", "k", subscribers=[report.subscriber()]).result()
    assert report.flush(10)
    assert (received.updates[-1]["bytesUploaded"], received.updates[-1]["bytesTotal"]) == (size, size)


def test_put_object_of_a_wrapped_file_reports_what_it_reads(s3: Any, received: Received) -> None:
    body = io.BytesIO(bytes(700_000))
    with reporter(received, "put", None) as report:
        s3.put_object(Bucket="uploads", Key="put", Body=report.wrap(body))
        assert report._upload.tally.value == 700_000
    assert report.flush(10)
    assert received.updates[-1]["bytesTotal"] == 700_000
    assert s3.head_object(Bucket="uploads", Key="put")["ContentLength"] == 700_000


@pytest.fixture
def signing_proxy(aws: str) -> Iterator[tuple[FlakyProxy, Any]]:
    """A client that reads each body once to sign it, and its server that may fail."""
    # Over plain HTTP botocore signs the body's SHA-256; the checksum would be one more pass.
    config = Config(request_checksum_calculation="when_required")
    with flaky_proxy(aws) as proxy:
        client = boto3.client("s3", endpoint_url=proxy.url, config=config, **CREDENTIALS)
        yield proxy, client
        client.close()


def test_the_passes_of_a_checksum_can_be_left_out(
    s3: Any, signing_proxy: tuple[FlakyProxy, Any], received: Received
) -> None:
    deltas: list[int] = []
    wrapped = CountedFile(io.BytesIO(bytes(700_000)), deltas.append, skip_passes=1)
    signing_proxy[1].put_object(Bucket="uploads", Key="signed", Body=wrapped)
    assert sum(deltas) == 700_000 and min(deltas) > 0


def test_a_body_that_is_sent_again_rewinds_the_sum_but_no_screen(
    s3: Any, signing_proxy: tuple[FlakyProxy, Any], received: Received
) -> None:
    proxy, client = signing_proxy
    proxy.failures = ["/uploads/twice"]
    deltas: list[int] = []
    report = reporter(received, "twice", None)

    def add(delta: int) -> None:
        deltas.append(delta)
        report(delta)
        report.flush(10)  # show every step

    body = io.BytesIO(bytes(700_000))
    report.learn_total(700_000)
    with report:
        client.put_object(Bucket="uploads", Key="twice", Body=CountedFile(body, add, skip_passes=1))
    assert report.flush(10) and proxy.failed == 1
    assert min(deltas) < 0 and sum(deltas) == 700_000
    assert all(before <= after for before, after in pairwise(bytes_seen(received)))
    assert REPEATING in [update.get("message") for update in received.updates]
    assert "message" not in received.updates[-1]
