"""A page reports its own upload over a real WebSocket, with our template: who gets it, and what the server may add."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest

from testing.running import System, running_system
from tests.e2e.test_journey import Watcher


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system("--parameter", "AllowClientReports=true") as started:
        yield started


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
