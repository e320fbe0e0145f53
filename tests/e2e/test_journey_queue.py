"""Pipelines that put their updates on a queue, through the emulator, from template.yaml."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from domain.timestamps import rfc3339
from testing.running import System, running_system
from tests.e2e.test_journey import Watcher


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system("--parameter", "UploadBucket=bucket") as started:
        yield started


def said(user: str, **fields: Any) -> dict[str, Any]:
    return {"userId": user, "uploadId": "film", "status": "uploading", "bytesTotal": 100, **fields}


class Queue:
    """A queue of the template, as any AWS SDK reaches it from another process."""

    def __init__(self, system: System, name: str) -> None:
        self._sqs = system.client("sqs")
        self._url = self._sqs.get_queue_url(QueueName=f"local-{name}")["QueueUrl"]

    def send(self, *bodies: object) -> None:
        entries = [{"Id": str(number), "MessageBody": json.dumps(body)} for number, body in enumerate(bodies)]
        assert not self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed")

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        names.append("ApproximateNumberOfMessagesDelayed")
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return sum(map(int, attributes.values()))


@pytest.fixture
def queue(system: System) -> Queue:
    return Queue(system, "ProgressQueue")


async def opened(http: aiohttp.ClientSession, system: System, user: str) -> Watcher:
    watcher = await Watcher.open(http, system, user)
    await watcher.hello()
    return watcher


async def heard_until(watcher: Watcher, status: str) -> list[dict[str, Any]]:
    heard = [(await watcher.hear())["upload"]]
    while heard[-1]["status"] != status:
        heard.append((await watcher.hear())["upload"])
    return heard


async def test_what_is_put_on_the_queue_arrives_as_frames_and_is_gone(
    system: System, http: aiohttp.ClientSession, queue: Queue
) -> None:
    ann, bob = await opened(http, system, "ann"), await opened(http, system, "bob")

    await asyncio.to_thread(queue.send, said("ann", bytesUploaded=10), [said("ann", bytesUploaded=20), said("bob")])
    await asyncio.to_thread(queue.send, said("ann", status="completed", bytesUploaded=100), "nonsense")

    percents = [upload["percent"] for upload in await heard_until(ann, "completed")]
    assert percents == sorted(percents) and percents[-1] == 100
    assert (await bob.hear())["upload"]["percent"] == 0
    async with asyncio.timeout(10):
        while await asyncio.to_thread(queue.left):
            await asyncio.sleep(0.05)
    assert await asyncio.to_thread(Queue(system, "ProgressDeadLetterQueue").left) == 1


@pytest.mark.parametrize("through", ["queue", "invocation"])
async def test_a_status_that_the_gateway_did_not_take_arrives_five_seconds_later(
    system: System, http: aiohttp.ClientSession, queue: Queue, through: str
) -> None:
    user = f"cleo-{through}"
    watcher = await opened(http, system, user)
    fault = {"kind": "management-error", "status": 403, "times": 1, "target": {"user": user}}
    await asyncio.to_thread(lambda: system.faults("POST", **fault))

    if through == "queue":
        await asyncio.to_thread(queue.send, said(user, status="completed"))
    else:
        answer = await asyncio.to_thread(system.push, said(user, status="completed"))
        assert (answer["failed"], answer["queued"]) == (1, 1)

    message = await watcher.hear()
    assert (message["type"], message["upload"]["status"]) == ("status", "completed")


async def test_an_object_in_the_bucket_completes_its_upload(system: System, http: aiohttp.ClientSession) -> None:
    watcher = await opened(http, system, "dora")
    created = {
        **{"source": "aws.s3", "detail-type": "Object Created", "time": rfc3339(int(time.time() * 1000))},
        "detail": {"bucket": {"name": "bucket"}, "object": {"key": "uploads/dora/film", "size": 7}},
    }

    answer = await asyncio.to_thread(system.push, created)

    assert (answer["delivered"], answer["ignored"]) == (1, 0)
    assert (await watcher.hear())["upload"]["percent"] == 100


async def test_whoever_is_disconnected_is_told_why_and_does_not_come_back(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await opened(http, system, "emil")

    answer = await asyncio.to_thread(system.push, {"disconnect": {"userId": "emil"}})

    farewell = await watcher.hear()
    assert (farewell["code"], farewell["reason"], farewell["reconnect"]) == (4403, "revoked", False)
    # Younger than 35 s, but its handshake is over, so the gateway knows it and closes it.
    assert answer["closed"] == 1


async def test_an_object_in_the_bucket_completes_its_upload_through_eventbridge(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher, s3 = await opened(http, system, "eve"), system.client("s3")
    events = {"EventBridgeConfiguration": {}}

    def upload() -> None:
        s3.create_bucket(Bucket="bucket")
        s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration=events)
        s3.put_object(Bucket="bucket", Key="elsewhere/film", Body=b"1")
        s3.put_object(Bucket="bucket", Key="uploads/eve/my film.mp4", Body=b"12345")

    await asyncio.to_thread(upload)

    upload_frame = (await watcher.hear())["upload"]
    assert (upload_frame["uploadId"], upload_frame["status"]) == ("my film.mp4", "completed")
    assert upload_frame["bytesTotal"] == 5
