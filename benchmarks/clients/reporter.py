"""`make benchmark-reporter`: the time that reporting adds to an upload of 128 MB into the local S3, and to small files.

Uploads without and with the reporter alternate, and so do two uploads without it: what those differ by is noise, and
the measure of what the reporter may add. The emulator, which is both S3 and PushFunction, has a CPU of its own.
Small files go one after another, so that each waits until its end is delivered.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from benchmarks.harness import processes
from benchmarks.harness.report import Report, benchmark_parser, machine
from benchmarks.harness.steps import steps
from upload_progress_reporter import LambdaTarget, Target, UploadReporter

BUCKET = "uploads"
MEGABYTE = 1_000_000
SMALL_BYTES, SMALL_FILES = 10_000, 50
PARTS = TransferConfig(multipart_threshold=8 * MEGABYTE, multipart_chunksize=8 * MEGABYTE, max_concurrency=4)
CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}

Callback = Callable[[int], None]
Reporting = Callable[[str], AbstractContextManager[Callback | None]]


@dataclass(frozen=True)
class Kind:
    """One row: the file at `path`, uploaded `count` times one after another, each time under `reporting`."""

    path: Path
    reporting: Reporting
    goal: str = ""
    count: int = 1


def main() -> int:
    parser = benchmark_parser("benchmarks.clients.reporter", __doc__)
    parser.add_argument("--rounds", type=int, default=7, help="uploads of each kind")
    parser.add_argument("--megabytes", type=int, default=128)
    given = parser.parse_args()
    logging.getLogger("upload_progress_reporter").setLevel(logging.ERROR)  # of the target that never answers
    if processes.PINNED:
        os.sched_setaffinity(0, {processes.CPUS[processes.LOAD]})
    report = Report(("an upload", "with", "without", "ratio", "goal"), f"{machine()}; medians of {given.rounds} pairs")
    with (
        system() as (s3, function),
        sized_file(given.megabytes * MEGABYTE) as large,
        sized_file(SMALL_BYTES) as small,
        dead_endpoint() as nowhere,
    ):
        targets = lambda_target(function), lambda_target(nowhere)
        kinds = large_files(f"{given.megabytes} MB", large, *targets) | small_files(small, *targets)
        upload(s3, Kind(large, plain), "warm-up", plain)
        measure(kinds, s3, given.rounds, report)
    if given.write:
        report.write("reporter")
    return 0


def large_files(size: str, path: Path, push: Target, dead: Target) -> dict[str, Kind]:
    return {
        f"{size}, without a reporter either time: noise": Kind(path, plain),
        f"{size}, reported to PushFunction": Kind(path, reporting(push, path), "within noise"),
        f"{size}, to a target that never answers": Kind(path, reporting(dead, path), "2 s more"),
        f"{size}, to such a target, without the wait": Kind(path, reporting(dead, path, 0.0), "within noise"),
    }


def small_files(path: Path, push: Target, dead: Target) -> dict[str, Kind]:
    size = f"{SMALL_FILES} files of {SMALL_BYTES // 1000} kB"
    return {
        f"{size}, without a reporter either time: noise": Kind(path, plain, count=SMALL_FILES),
        f"{size}, reported to PushFunction": Kind(path, reporting(push, path), count=SMALL_FILES),
        f"{size}, without the wait": Kind(path, reporting(push, path, 0.0), count=SMALL_FILES),
        "one of them, to a target that never answers": Kind(path, reporting(dead, path), "2 s more"),
    }


def measure(kinds: dict[str, Kind], s3: Any, rounds: int, report: Report) -> None:
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for number in steps(range(rounds), "pair"):
        for name, kind in kinds.items():
            pairs[name].append(pair(kind, s3, number))
    for name, both in pairs.items():
        report.pairs(name, both, "{:.2f} s", kinds[name].goal)


def pair(kind: Kind, s3: Any, number: int) -> tuple[float, float]:
    """Seconds with and without; which comes first changes from round to round."""
    key = f"upload-{number}"
    if number % 2:
        reported = upload(s3, kind, key, kind.reporting)
        return reported, upload(s3, kind, key, plain)
    bare = upload(s3, kind, key, plain)
    return upload(s3, kind, key, kind.reporting), bare


def upload(s3: Any, kind: Kind, key: str, reporting: Reporting) -> float:
    """Seconds from the first word to the last, the reporter's own starts and ends among them."""
    started = time.perf_counter()
    for number in range(kind.count):
        with reporting(f"{key}-{number}") as callback:
            s3.upload_file(str(kind.path), BUCKET, key, Callback=callback, Config=PARTS)
    return time.perf_counter() - started


def plain(key: str) -> AbstractContextManager[None]:
    """No reporter."""
    return nullcontext()


def reporting(target: Target, path: Path, flush_on_exit_seconds: float = 2.0) -> Reporting:
    size = path.stat().st_size
    return lambda key: UploadReporter(
        user_id="alice",
        upload_id=key,
        file_name=path.name,
        bytes_total=size,
        target=target,
        flush_on_exit_seconds=flush_on_exit_seconds,
    )


@contextmanager
def system() -> Iterator[tuple[Any, str]]:
    """Our own system; its S3, with a bucket, and the endpoint of its functions."""
    with processes.emulator(processes.PRODUCT) as server:
        path_style = Config(s3={"addressing_style": "path"})
        s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{server.aws_port}", config=path_style, **CREDENTIALS)
        s3.create_bucket(Bucket=BUCKET)
        yield s3, server.url


@contextmanager
def sized_file(size: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "holiday.mp4"
        path.write_bytes(bytes(range(256)) * (size // 256))
        yield path


@contextmanager
def dead_endpoint() -> Iterator[str]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def lambda_target(endpoint: str) -> LambdaTarget:
    once = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
    client = boto3.client("lambda", endpoint_url=endpoint, config=once, **CREDENTIALS)
    return LambdaTarget("PushFunction", client=client)


if __name__ == "__main__":
    sys.exit(main())
