"""A page reports its own upload over a real WebSocket, with our template: who gets it, and what the server may add."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import aiohttp
import boto3
import pytest
from moto.server import ThreadedMotoServer
from playwright.async_api import BrowserContext

from testing.running import System, free_port, running_system
from tests.e2e.reporting_page import reporting_page
from tests.e2e.test_journey import Watcher

SIZE = 3 * 2**20


@pytest.fixture(scope="module")
def page_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def system(page_port: int) -> Iterator[System]:
    parameters = ["AllowClientReports=true", f"AllowedOrigins=http://127.0.0.1:{page_port}"]
    with running_system(*(part for one in parameters for part in ("--parameter", one))) as started:
        yield started


@pytest.fixture
def s3() -> Iterator[Any]:
    """A client of an S3 on loopback, with the bucket `uploads`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    account = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **account)
    client.create_bucket(Bucket="uploads")
    yield client
    server.stop()


def presigned(s3: Any, bucket: str) -> str:
    url: str = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "film"})
    return url


async def test_a_report_reaches_the_users_other_devices_and_no_other_user(
    system: System, http: aiohttp.ClientSession
) -> None:
    laptop, phone, stranger = [await Watcher.open(http, system, user) for user in ("ann", "ann", "bob")]
    for watcher in (laptop, phone, stranger):
        await watcher.hello()

    mine = {"uploadId": "u1", "fileName": "a.mp4", "bytesTotal": 4}
    await laptop.say("report", id=1, upload={**mine, "status": "uploading", "bytesUploaded": 1})
    assert await laptop.hear() == {"type": "ack", "id": 1}
    first = (await phone.hear())["upload"]
    await laptop.say("report", id=2, upload={**mine, "status": "completed", "bytesUploaded": 4})
    assert await laptop.hear() == {"type": "ack", "id": 2}
    ended = (await phone.hear())["upload"]
    assert [(one["status"], one["percent"], one["source"]) for one in (first, ended)] == [
        ("uploading", 25.0, "client"),
        ("completed", 100.0, "client"),
    ]
    assert await stranger.silence()

    await asyncio.to_thread(
        system.push, {"userId": "ann", "uploadId": "u1", "status": "processing", "phase": "scanning", "rev": 1}
    )
    for watcher in (laptop, phone):
        upload = (await watcher.hear())["upload"]
        assert (upload["status"], upload["fileName"], upload.get("source")) == ("processing", "a.mp4", None)
    await laptop.say("report", id=3, upload={**mine, "status": "failed", "bytesUploaded": 4})
    assert await laptop.hear() == {"type": "ack", "id": 3}
    assert await phone.silence()
    _, snapshot = await (await Watcher.open(http, system, "bob")).hello()
    assert snapshot["uploads"] == []


async def test_a_report_for_another_user_is_refused_and_changes_nothing(
    system: System, http: aiohttp.ClientSession
) -> None:
    liar, victim = [await Watcher.open(http, system, user) for user in ("eve", "joe")]
    await victim.hello()

    await liar.say("report", id=1, userId="joe", upload={"uploadId": "u9", "status": "uploading"})
    await liar.say("report", id=2, upload={"userId": "joe", "uploadId": "u9", "status": "uploading"})

    refused = [await liar.hear() for _ in range(2)]
    assert sorted(one["message"] for one in refused) == [
        "upload.userId: a client must not name it",
        "userId: a client must not name it",
    ]
    assert await victim.silence()


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("bucket", "status"), [("uploads", "completed"), ("no-such-bucket", "failed")])
async def test_the_readmes_page_reports_its_upload_to_a_presigned_url(
    bucket: str, status: str, system: System, page_port: int, context: BrowserContext, s3: Any
) -> None:
    async with aiohttp.ClientSession() as http, reporting_page(context, system, page_port, bucket) as page:
        phone = await Watcher.open(http, system, bucket)
        await phone.hello()
        send = "([url, size]) => recipes.put(new File([new Uint8Array(size)], 'film.mp4'), url, 'film')"
        await page.evaluate(send, [presigned(s3, bucket), SIZE])
        check_reports(await phone.until_ended(), "film", status)
        await phone.close()
    assert status == "failed" or s3.head_object(Bucket=bucket, Key="film")["ContentLength"] == SIZE


def check_reports(states: list[dict[str, Any]], upload_id: str, status: str = "completed") -> None:
    """Checks that the bar never falls, and is full when the upload has completed."""
    names = {(one["uploadId"], one["source"], one["fileName"], one["bytesTotal"]) for one in states}
    assert names == {(upload_id, "client", "film.mp4", SIZE)}
    assert all(one["bytesUploaded"] <= other["bytesUploaded"] for one, other in pairwise(states))
    assert all(one["bytesUploaded"] < SIZE for one in states[:-1])
    assert (states[-1]["status"], states[-1]["bytesUploaded"] == SIZE) == (status, status == "completed")
