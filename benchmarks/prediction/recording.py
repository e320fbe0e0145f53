"""Real uploads by boto3 into the local S3, through a relay that makes the link poor.

An upload of 60 MB in parts of 5 MiB takes some 20 s; boto3 calls the callback for each 256 KiB. The callbacks are kept
in a file, which makes the benchmark the same in each run. `--record` makes it anew.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from benchmarks.clients.reporter import BUCKET, CREDENTIALS, system
from benchmarks.prediction.traces import KIB, Callbacks, Trace
from testing.tcp_relay import Link, tcp_relay

FILE = Path(__file__).parent / "recorded.json"
TOTAL = 60_000_000
RATE = 3_000_000.0
LINKS = {
    "steady": Link(RATE, delay_seconds=0.02),
    "jitter": Link(RATE, delay_seconds=0.05, jitter=0.8),
    "stalls": Link(RATE, delay_seconds=0.05, jitter=0.3, stall_every_seconds=5, stall_seconds=6),
    "cuts": Link(RATE, delay_seconds=0.05, jitter=0.3, cut_every_bytes=15_000_000),
}
PARTS = TransferConfig(multipart_threshold=5 * KIB**2, multipart_chunksize=5 * KIB**2, max_concurrency=4)
FIRST_STEPS = 32  # in which the buffers of the connections fill
BLOCK_STEPS = 32  # some seconds of a link, kept together when a trace is lengthened
LONG_SECONDS = (60, 180, 600, 1200)
COARSE_BYTES = 1536 * KIB  # 2.6 % of 60 MB, as 256 KiB of 10 MB
COARSE_FACTORS = (1, 6, 30)


def record(seed: int) -> None:
    """Uploads over each link at the same time, and writes the callbacks into the file."""
    with system() as (s3, _), ThreadPoolExecutor() as pool:
        port = int(s3.meta.endpoint_url.rpartition(":")[2])
        uploads = {link: pool.submit(_upload, port, link, seed) for link in LINKS}
        recorded = {link: upload.result() for link, upload in uploads.items()}
    FILE.write_text(json.dumps(recorded, separators=(",", ":")) + "\n", encoding="utf-8")


def _upload(port: int, link: str, seed: int) -> list[list[int]]:
    """Returns the callbacks of one upload: milliseconds since the one before, and bytes."""
    callbacks, lock = list[tuple[int, int]](), threading.Lock()
    with tempfile.NamedTemporaryFile() as file, tcp_relay(port, LINKS[link], seed) as relay:
        file.write(os.urandom(TOTAL))
        file.flush()
        started = time.monotonic()

        def callback(size: int) -> None:
            with lock:
                callbacks.append((round((time.monotonic() - started) * 1000), size))

        _client(relay.port).upload_file(file.name, BUCKET, link, Callback=callback, Config=PARTS)
        print(f"{link}: {time.monotonic() - started:.1f} s, {len(callbacks)} callbacks, {relay.cuts} cuts")
    return [[at - before, size] for (before, _), (at, size) in pairwise([(0, 0), *callbacks])]


def _client(port: int) -> Any:
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 20, "mode": "standard"})
    return boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", config=config, **CREDENTIALS)


def recorded_traces(seed: int) -> Iterator[Trace]:
    """Yields the recorded uploads as they were, lengthened, and with coarse callbacks.

    A longer fine trace is a larger file: it has blocks of recorded pauses in an order drawn at random. A longer coarse
    trace is the same file on a slower link: the recorded times are multiplied.
    """
    for link, recorded in json.loads(FILE.read_text(encoding="utf-8")).items():
        times = accumulate(pause / 1000 for pause, _ in recorded)
        callbacks = [(time, size) for time, (_, size) in zip(times, recorded, strict=True)]
        yield Trace(link, "recorded", TOTAL, callbacks)
        for seconds in LONG_SECONDS:
            yield _lengthened(link, recorded, seconds, random.Random(f"{seed} {link} {seconds}"))
        for factor in COARSE_FACTORS:
            slow = [(time * factor, size) for time, size in merged(callbacks, COARSE_BYTES)]
            yield Trace(link, "recorded", TOTAL, slow)


def _lengthened(link: str, recorded: list[list[int]], seconds: int, chance: random.Random) -> Trace:
    now, callbacks, block = 0.0, list[tuple[float, int]](), recorded[:FIRST_STEPS]
    while now < seconds:
        for pause, size in block:
            now += pause / 1000
            callbacks.append((now, size))
        start = chance.randrange(FIRST_STEPS, len(recorded) - BLOCK_STEPS)
        block = recorded[start : start + BLOCK_STEPS]
    return Trace(link, "recorded", sum(size for _, size in callbacks), callbacks)


def merged(callbacks: Callbacks, step: int) -> Callbacks:
    """Returns the callbacks of a client that counts in steps: one as soon as `step` bytes have come together."""
    steps, waiting = list[tuple[float, int]](), 0
    for time_, size in callbacks:
        waiting += size
        if waiting >= step:
            steps.append((time_, waiting))
            waiting = 0
    return [*steps, (callbacks[-1][0], waiting)] if waiting else steps
