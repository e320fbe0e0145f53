"""The Python recipes of docs/report-from.md with the real clients and servers on loopback (`make integrations`)."""

import ast
import asyncio
import gc
import inspect
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from types import CodeType
from typing import Any

import aiohttp
import asyncssh  # type: ignore[import-not-found,unused-ignore]  # in its own environment
import httpx
import pycurl
import pytest
import requests
import urllib3
from azure.storage.blob import BlobClient  # type: ignore[import-not-found,unused-ignore]  # the same
from b2sdk.v2 import AbstractProgressListener  # type: ignore[import-not-found,unused-ignore]  # the same
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor
from tusclient.client import TusClient  # type: ignore[import-not-found,unused-ignore]  # the same

from upload_progress_reporter import UploadReporter, readers
from upload_progress_reporter.prediction import SIGN_OF_LIFE_SECONDS
from upload_progress_reporter.upload import CONFIRMING, STALL_INTERVALS, STALLED

from ..conftest import Received
from ..flaky_proxy import running
from .cut_once import cut_once
from .services import SERVICES, direct, rclone_server
from .store import Store

PAGE = (Path(__file__).parents[4] / "docs" / "report-from.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (\S+)\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
IN_PARTS = set(re.findall(r"^\| ([\w-]+)(?:, \w+)? \| \w+, in parts \|", PAGE, re.MULTILINE))
WITHOUT_HTTP = {"asyncssh", "paramiko", "sftp", "rsync"}
SEND_AGAIN = {"boto3", "google-cloud-storage", "azure-storage-blob", "tuspy", "b2sdk", "minio", "curl", "rclone", "aws"}
SENT_LONG_BEFORE_THE_ANSWER = (
    *("requests", "requests-toolbelt", "httpx", "aiohttp", "urllib3", "pycurl", "boto3"),
    *("curl", "rclone", "aws"),
)
IN_PARTS_BY_HTTP = sorted(IN_PARTS - WITHOUT_HTTP)
SIZE = 5 * 2**20 + 1

MODULES = {one.__name__: one for one in (aiohttp, asyncssh, httpx, json, os, pycurl, re, requests, subprocess, urllib3)}
KINDS: tuple[type, ...] = (
    AbstractProgressListener,
    BlobClient,
    MultipartEncoder,
    MultipartEncoderMonitor,
    TusClient,
)
NAMES: dict[str, Any] = MODULES | {kind.__name__: kind for kind in KINDS} | vars(readers)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The server of the recipe that the test names, which may stand before another one."""
    with ExitStack() as stack:
        upstream = ""
        match request.node.callspec.params["name"]:
            case "minio" | "aws" | "boto3":
                upstream = request.getfixturevalue("aws")
                request.getfixturevalue("s3")
            case "rclone":
                upstream = stack.enter_context(rclone_server(tmp_path / "served"))
        yield stack.enter_context(running(Store(upstream)))


async def send(name: str, report: UploadReporter, url: str, film: Path, **options: Any) -> None:
    """Runs a recipe as its page says, with the names that it uses; `options` are those of its service."""
    with ExitStack() as stack:
        names = NAMES | {"report": report, "url": f"{url}/uploads/key", "path": str(film), "size": SIZE}
        if service := SERVICES.get(name):
            names |= service(url, film.parent, stack, **options)
        code: CodeType = compile(RECIPES[name], name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if code.co_flags & inspect.CO_COROUTINE:
            async with report:
                await eval(code, names)
        else:
            await asyncio.to_thread(send_in_thread, code, names, report)


def send_in_thread(code: CodeType, names: dict[str, Any], report: UploadReporter) -> None:
    with report:
        exec(code, names)


def reporter(name: str, received: Received, **options: Any) -> UploadReporter:
    options = {"bytes_total": SIZE, "counts": "parts" if name in IN_PARTS else "bytes"} | options
    return UploadReporter(user_id="alice", upload_id="u", file_name="film.mp4", target=received, **options)


def check_bars(received: Received) -> None:
    *before, end = received.updates
    assert all(update["bytesUploaded"] < SIZE == update["bytesTotal"] for update in before)
    assert all(one["bytesUploaded"] <= other["bytesUploaded"] for one, other in pairwise(received.updates))
    assert end["status"] == "failed" or end["bytesUploaded"] == SIZE


with_open_pools = pytest.mark.filterwarnings("ignore::ResourceWarning")


@with_open_pools
@pytest.mark.parametrize("name", RECIPES)
async def test_a_recipe_reports_the_upload(name: str, store: Store, received: Received, film: Path) -> None:
    await send(name, reporter(name, received), store.url, film)
    assert received.statuses == ["uploading", "completed"]
    check_bars(received)


@with_open_pools
@pytest.mark.parametrize("name", [name for name in RECIPES if name not in WITHOUT_HTTP])
async def test_a_busy_server_fails_no_recipe_that_sends_again(
    name: str, store: Store, received: Received, film: Path
) -> None:
    store.failures = [""]
    if name in SEND_AGAIN:
        await send(name, reporter(name, received), store.url, film)
    else:
        with pytest.raises(Exception, match=r"503|Service"):
            await send(name, reporter(name, received), store.url, film)
    assert store.failed == (name != "b2sdk")
    assert received.statuses == ["uploading", "completed" if name in SEND_AGAIN else "failed"]
    check_bars(received)


@with_open_pools
@pytest.mark.parametrize("name", SENT_LONG_BEFORE_THE_ANSWER)
async def test_a_late_answer_to_the_last_byte_is_waited_for(
    name: str, store: Store, received: Received, film: Path
) -> None:
    store.before_answer = lambda: received.wait_for(
        lambda received: CONFIRMING in {update.get("message") for update in received.updates}
    )
    await send(name, reporter(name, received), store.url, film)
    assert CONFIRMING in {update.get("message") for update in received.updates}
    check_bars(received)


# The last is the opposite: a client whose count is not known to come in parts.
@with_open_pools
@pytest.mark.parametrize(("name", "counts"), [*((name, "parts") for name in IN_PARTS_BY_HTTP), ("tuspy", "bytes")])
async def test_a_long_part_is_no_stall(name: str, counts: str, store: Store, received: Received, film: Path) -> None:
    store.before_answer = lambda: time.sleep(1.2 * STALL_INTERVALS * SIGN_OF_LIFE_SECONDS)
    await send(name, reporter(name, received, counts=counts), store.url, film)
    assert (STALLED in {update.get("message") for update in received.updates}) == (counts == "bytes")
    check_bars(received)


@with_open_pools
@pytest.mark.parametrize("name", sorted(WITHOUT_HTTP))
async def test_a_dropped_connection_fails_the_upload_and_the_next_attempt_completes_it(
    name: str, received: Received, film: Path
) -> None:
    first, second = (reporter(name, received, attempt=attempt) for attempt in (1, 2))
    with pytest.raises((asyncssh.Error, OSError, EOFError, subprocess.CalledProcessError)):
        await send(name, first, "", film, relay=cut_once)
    await send(name, second, "", film, relay=direct)
    gc.collect()  # the server ends before it has closed the dropped connection
    assert received.statuses == ["uploading", "failed", "uploading", "completed"]
    assert all(update["bytesUploaded"] < SIZE for update in received.updates[:-1])
    assert received.updates[-1]["bytesUploaded"] == SIZE


def test_recipes_with_counts_in_parts_are_known() -> None:
    assert {"azure-storage-blob", "google-cloud-storage", "minio", "tuspy", "asyncssh", "sftp"} == IN_PARTS
