"""The Python recipes of docs/report-from.md with the real clients and a server on loopback (`make integrations`)."""

import ast
import asyncio
import inspect
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import CodeType
from typing import Any

import aiohttp
import boto3
import httpx
import pytest
import requests
import urllib3
from azure.storage.blob import BlobClient  # type: ignore[import-not-found,unused-ignore]  # in its own environment
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor
from tusclient.client import TusClient  # type: ignore[import-not-found,unused-ignore]  # the same

from upload_progress_reporter import UploadReporter

from ..conftest import CREDENTIALS, Received
from ..flaky_proxy import FlakyProxy, ProxyHandler, running

PAGE = (Path(__file__).parents[4] / "docs" / "report-from.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^### (\S+)\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SEND_AGAIN = {"boto3", "google-cloud-storage", "azure-storage-blob", "tuspy"}
SIZE = 5 * 2**20 + 1
DATE = ("Last-Modified", "Mon, 30 Nov 2026 12:00:00 GMT")


class Store(FlakyProxy):
    """Takes uploads by PUT, POST, resumable sessions of Google and tus; answers 503 as often as `failures` says."""

    def __init__(self) -> None:
        super().__init__("", _Handler)
        self.offset = 0

    def must_fail_with_503(self) -> bool:
        """Returns True for the first requests with a body, as often as `failures` has an entry."""
        return super().must_fail("")

    def must_fail(self, path: str) -> bool:
        """Returns False: the handler answers 503, not 500."""
        return False


class _Handler(ProxyHandler):
    server: Store

    def pass_on(self, body: bytes) -> None:
        if body and self.server.must_fail_with_503():
            self.answer(503, [("Retry-After", "0")], b"")
        elif "Tus-Resumable" in self.headers:
            self._tus(body)
        elif "Content-Range" in self.headers:
            self._google(*map(int, re.findall(r"\d+", self.headers["Content-Range"])))
        else:
            headers = [
                ("Location", f"{self.server.url}/session"),
                ("ETag", '"1"'),
                DATE,
                ("Content-Type", "application/json"),
            ]
            self.answer(
                201 if "x-ms-version" in self.headers else 200, headers, b'{"name": "key"}' * (self.command == "POST")
            )

    def _tus(self, body: bytes) -> None:
        self.server.offset = 0 if self.command == "POST" else self.server.offset + len(body)
        headers = [
            ("Upload-Offset", str(self.server.offset)),
            ("Location", f"{self.server.url}/file"),
            ("Tus-Resumable", "1.0.0"),
        ]
        self.answer(201 if self.command == "POST" else 204, headers, b"")

    def _google(self, first: int, last: int, total: int) -> None:
        headers = [("Range", f"bytes=0-{last}"), ("Content-Type", "application/json")]
        self.answer(200 if last + 1 == total else 308, headers, b'{"name": "key"}')

    do_PUT = do_POST = do_HEAD = do_PATCH = ProxyHandler._take


@pytest.fixture
def store() -> Iterator[Store]:
    with running(Store()) as server:
        yield server


def compiled(name: str) -> CodeType:
    code: CodeType = compile(RECIPES[name], name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


async def send(name: str, report: UploadReporter, url: str, path: Path) -> None:
    names: dict[str, Any] = {"report": report, "url": f"{url}/uploads/key", "path": str(path), "size": SIZE}
    names |= {module.__name__: module for module in (aiohttp, httpx, requests, urllib3)}
    names |= {kind.__name__: kind for kind in (MultipartEncoder, MultipartEncoderMonitor, BlobClient, TusClient)}
    names["s3"] = boto3.client("s3", endpoint_url=url, **CREDENTIALS)
    anonymous: Any = AnonymousCredentials()  # type: ignore[no-untyped-call]
    google = Client("project", anonymous, client_options={"api_endpoint": url})
    names["bucket"] = google.bucket("uploads")
    code = compiled(name)
    if code.co_flags & inspect.CO_COROUTINE:
        async with report:
            await eval(code, names)
    else:
        await asyncio.to_thread(send_in_thread, code, names, report)


def send_in_thread(code: CodeType, names: dict[str, Any], report: UploadReporter) -> None:
    with report:
        exec(code, names)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of the clients' pools
@pytest.mark.parametrize("failures", [0, 1])
@pytest.mark.parametrize("name", RECIPES)
async def test_a_recipe_reports_the_upload(
    name: str, failures: int, store: Store, received: Received, tmp_path: Path
) -> None:
    (tmp_path / "film.mp4").write_bytes(os.urandom(SIZE))
    store.failures = [""] * failures
    report = UploadReporter(user_id="alice", upload_id="u", file_name="film.mp4", bytes_total=SIZE, target=received)
    if failures and name not in SEND_AGAIN:
        with pytest.raises(Exception, match=r"503|Service"):
            await send(name, report, store.url, tmp_path / "film.mp4")
    else:
        await send(name, report, store.url, tmp_path / "film.mp4")
    *before, end = received.updates
    assert store.failed == failures
    assert end["status"] == ("failed" if failures and name not in SEND_AGAIN else "completed")
    assert all(update["bytesUploaded"] < SIZE == update["bytesTotal"] for update in before)
    assert all(one["bytesUploaded"] <= other["bytesUploaded"] for one, other in pairwise(received.updates))
    assert end["status"] == "failed" or end["bytesUploaded"] == SIZE
