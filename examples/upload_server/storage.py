"""Brings files into S3 from threads of its own."""

import concurrent.futures
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import IO, Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from examples.upload_server.refusals import RefusedError
from examples.upload_server.uploads import Upload

MAX_TRANSFERS = 8
MAX_WAITING = 64
PART_BYTES = 5 * 1024 * 1024  # the least that S3 takes
BUSY_SECONDS = 5
RUN_ID = "run-id"  # in an object's metadata: which attempt wrote it

log = logging.getLogger("upload_server")


class TransferCanceledError(concurrent.futures.CancelledError):
    """Ends a transfer that was canceled."""


class Storage:
    """Transfers files into one bucket, at most `MAX_TRANSFERS` at a time; `places` also counts the waiting ones."""

    def __init__(self, bucket: str, max_bandwidth: int | None, places: int = MAX_TRANSFERS + MAX_WAITING) -> None:
        self._bucket = bucket
        self._s3 = boto3.client(
            "s3", config=Config(connect_timeout=3, read_timeout=30, s3={"addressing_style": "path"})
        )
        self._config = TransferConfig(
            multipart_threshold=PART_BYTES,
            multipart_chunksize=PART_BYTES,
            max_concurrency=4,
            max_bandwidth=max_bandwidth,
        )
        self._threads = concurrent.futures.ThreadPoolExecutor(MAX_TRANSFERS, "transfer")
        self._places = threading.BoundedSemaphore(places)
        self._lock = threading.Lock()
        self._has_bucket = False

    def reserve(self) -> None:
        """Reserves a place for one transfer. Raises RefusedError (503) if too many files wait."""
        if not self._places.acquire(blocking=False):
            raise RefusedError(503, "body", "too many files are waiting; try again", retry_after_seconds=BUSY_SECONDS)

    def give_back(self) -> None:
        """Frees the place of a transfer that will not begin."""
        self._places.release()

    def put(self, upload: Upload, spool: IO[bytes]) -> None:
        """Begins a transfer in its reserved place and returns. Closes `spool` at its end in every case."""

        def end(_: Future[None]) -> None:
            spool.close()
            self._places.release()

        upload.transfer = self._threads.submit(self._run, upload, spool, upload.transfer)
        upload.transfer.add_done_callback(end)

    def stop(self) -> None:
        """Stops: no further transfer begins."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self, upload: Upload, spool: IO[bytes], before: Future[None] | None) -> None:
        """Never as `with upload.report`: an attempt that was canceled at this moment cannot be entered."""
        if before is not None:
            concurrent.futures.wait([before])  # it has the same key, and may still remove what it wrote
        if upload.called_off.is_set():
            return
        try:
            upload.report.processing("storing")
            self._transfer(upload, spool)
            upload.report.succeeded()
        except Exception as error:
            upload.report.ended_by(error)
            if upload.report.status == "failed":
                log.warning("%s failed: %s", upload.request.key, error)
        if upload.report.status == "canceled":
            self._remove(upload)

    def _remove(self, upload: Upload) -> None:
        """Removes the object if this attempt wrote it: S3 may have completed it before the cancellation."""
        key = upload.request.key
        log.info("%s was called off.", key)
        try:
            if self._s3.head_object(Bucket=self._bucket, Key=key)["Metadata"].get(RUN_ID) == upload.run_id:
                self._s3.delete_object(Bucket=self._bucket, Key=key)
        except (BotoCoreError, ClientError) as error:
            if not (isinstance(error, ClientError) and error.response["Error"]["Code"] == "404"):
                log.warning("%s may still be in the bucket: %s", key, error)

    def _transfer(self, upload: Upload, spool: IO[bytes]) -> None:
        self._ensure_bucket()
        try:
            self._s3.upload_fileobj(
                spool,
                self._bucket,
                upload.request.key,
                ExtraArgs={"Metadata": {RUN_ID: upload.run_id}},
                Callback=_until_called_off(upload),
                Config=self._config,
            )
        except BotoCoreError:
            # botocore wraps what a callback raises.
            if upload.called_off.is_set():
                raise TransferCanceledError from None
            raise

    def _ensure_bucket(self) -> None:
        with self._lock:
            if self._has_bucket:
                return
            try:
                self._s3.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if error.response["Error"]["Code"] != "404":
                    raise
                self._create_bucket()
            self._has_bucket = True

    def _create_bucket(self) -> None:
        region = self._s3.meta.region_name
        # us-east-1 is the one region that may not be named (S3 API reference, CreateBucket).
        where: dict[str, Any] = (
            {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        )
        self._s3.create_bucket(Bucket=self._bucket, **where)


def _until_called_off(upload: Upload) -> Callable[[int], None]:
    def stop(_: int) -> None:
        if upload.called_off.is_set():
            raise TransferCanceledError

    return stop


def failure_message(error: BaseException) -> str | None:
    """Returns the reason of a failed transfer for the user; None if it is unknown."""
    if isinstance(error, EndpointConnectionError):
        return "The storage could not be reached."
    if isinstance(error, ClientError):
        return f"The storage refused the file ({error.response['Error']['Code']})."
    return None
