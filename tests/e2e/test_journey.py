"""The main job from end to end: a user watches a real upload, through the emulator, from template.yaml."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from boto3.s3.transfer import TransferConfig

from testing.contract import breaches
from testing.running import ROOT, System, running_system
from upload_progress_reporter import LambdaTarget, UploadReporter

BEGAN = int(time.time() * 1000) - 60_000  # revs count from here
SUBPROTOCOL = "upload-progress.v1"
MB = 1024 * 1024
README = ROOT / "clients" / "python" / "README.md"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system() as started:
        yield started


class Watcher:
    """One connection of a user, as a browser opens it."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, system: System, user: str) -> Watcher:
        token = await asyncio.to_thread(system.token, user)
        connection = await http.ws_connect(system.url, protocols=[SUBPROTOCOL, f"bearer.{token}"])
        assert connection.protocol == SUBPROTOCOL
        return cls(connection)

    async def say(self, action: str, **more: Any) -> None:
        await self._connection.send_str(json.dumps({"action": action, **more}))

    async def hear(self) -> dict[str, Any]:
        """The next message; it must keep to the published contract."""
        message: dict[str, Any] = json.loads(await self._connection.receive_str(timeout=10))
        assert breaches(message) == []
        return message

    async def hello(self, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        await self.say("hello", **more)
        return await self.hear(), await self.hear()

    async def until_ended(self) -> list[dict[str, Any]]:
        """All states of uploads until one has ended."""
        states = []
        while not states or states[-1]["status"] not in ("completed", "failed", "canceled"):
            states.append((await self.hear())["upload"])
        return states

    async def silence(self) -> bool:
        """Whether nothing comes before the answer to a ping, which comes after all that was sent before."""
        await self.say("ping", id="quiet?")
        return await self.hear() == {"type": "pong", "id": "quiet?"}

    async def close_code(self) -> int | None:
        """The code that the connection ends with, when it ends."""
        ended = await self._connection.receive(timeout=10)
        assert ended.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)
        return self._connection.close_code

    async def close(self) -> None:
        await self._connection.close()


async def test_every_device_of_a_user_watches_a_real_upload_and_nobody_else_does(
    system: System, http: aiohttp.ClientSession
) -> None:
    laptop, phone, stranger = [await Watcher.open(http, system, user) for user in ("ann", "ann", "bob")]
    welcome, snapshot = await laptop.hello(id=1)
    assert (welcome["type"], welcome["channel"], snapshot["uploads"]) == ("welcome", "/user/ann/upload-progress", [])
    await phone.hello()
    await stranger.hello()

    await asyncio.to_thread(_upload, system, "ann", "holiday", 12 * MB)

    for watcher in (laptop, phone):
        states = await watcher.until_ended()
        assert [state["percent"] for state in states] == sorted(state["percent"] for state in states)
        assert len(states) >= 3
        assert states[-1] | {"percent": 100.0, "bytesUploaded": 12 * MB, "status": "completed"} == states[-1]
        assert {state["uploadId"] for state in states} == {"holiday"}
    assert await stranger.silence()

    for watcher in (laptop, phone, stranger):
        await watcher.close()
    await _until_empty(system)


async def test_who_connects_in_the_middle_sees_at_once_how_things_stand(
    system: System, http: aiohttp.ClientSession
) -> None:
    update = {"userId": "cleo", "uploadId": "film", "fileName": "film.mp4", "status": "uploading"}
    await asyncio.to_thread(system.push, update | {"bytesUploaded": 40, "bytesTotal": 100, "rev": BEGAN + 1})

    late = await Watcher.open(http, system, "cleo")
    _, snapshot = await late.hello()
    assert [(one["uploadId"], one["percent"]) for one in snapshot["uploads"]] == [("film", 40.0)]

    await asyncio.to_thread(system.push, update | {"bytesUploaded": 60, "rev": BEGAN + 2})
    message = await late.hear()
    assert (message["type"], message["upload"]["percent"]) == ("progress", 60.0)
    await late.close()


async def test_two_users_at_once_never_see_anything_of_each_other(system: System, http: aiohttp.ClientSession) -> None:
    watchers = {user: await Watcher.open(http, system, user) for user in ("dora", "emil")}
    for watcher in watchers.values():
        await watcher.hello()
    for number in range(200):
        updates = [_numbered(user, number) for user in watchers]
        answer = await asyncio.to_thread(system.push, {"updates": updates})
        assert (answer["delivered"], answer["invalid"]) == (2, 0)

    for user, watcher in watchers.items():
        for number in range(200):
            message = await watcher.hear()
            assert message["channel"] == f"/user/{user}/upload-progress"
            assert (message["upload"]["uploadId"], message["upload"]["bytesUploaded"]) == (f"of-{user}", number)
        assert await watcher.silence()
        await watcher.close()


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"lifetimeSeconds": -3600}, 401),
        ({"notBefore": 4102444800}, 401),
        ({"claims": {"iss": "https://elsewhere.example.com"}}, 401),
        ({"claims": {"aud": "another"}}, 401),
        ({"claims": {"sub": ".."}}, 401),
    ],
)
async def test_a_token_that_does_not_hold_is_refused_at_the_handshake(
    system: System, http: aiohttp.ClientSession, claims: dict[str, Any], status: int
) -> None:
    token = await asyncio.to_thread(system.token, "ann", **claims)
    assert await _refused(http, system, {"Authorization": f"Bearer {token}"}) == status


async def test_a_foreign_page_is_refused_with_the_best_of_tokens(system: System, http: aiohttp.ClientSession) -> None:
    token = await asyncio.to_thread(system.token, "ann")
    bearer = {"Authorization": f"Bearer {token}"}

    assert await _refused(http, system, bearer | {"Origin": "https://evil.example.com"}) == 403
    assert await _refused(http, system, {}) == 401
    async with http.ws_connect(system.url, headers=bearer | {"Origin": "https://app.example.com"}) as connection:
        assert not connection.closed


async def test_bad_messages_are_answered_and_the_connection_is_kept(
    system: System, http: aiohttp.ClientSession
) -> None:
    async with http.ws_connect(
        system.url, headers={"Authorization": f"Bearer {await asyncio.to_thread(system.token, 'ann')}"}
    ) as connection:
        for text, code in [
            ("no JSON", 4400),
            ("[1]", 4400),
            ('{"action": "fly"}', 4404),
            (json.dumps({"action": "ping", "x": "x" * 4096}), 4413),
        ]:
            await connection.send_str(text)
            error = json.loads(await connection.receive_str(timeout=10))
            assert (error["type"], error["code"]) == ("error", code)
        await connection.send_str('{"action": "ping", "id": 7}')
        assert json.loads(await connection.receive_str(timeout=10)) == {"type": "pong", "id": 7}


async def test_invalid_updates_are_named_and_cost_the_others_nothing(system: System) -> None:
    good = {"userId": "fay", "uploadId": "u", "status": "uploading", "bytesUploaded": 1}
    updates = [
        good,
        good | {"status": "flying"},
        good | {"bytesUploaded": -1},
        good | {"bytesUploaded": 11, "bytesTotal": 10},
        {name: value for name, value in good.items() if name != "userId"},
        "x" * (5 * MB),
    ]
    answer = await asyncio.to_thread(system.push, {"updates": updates})

    assert (answer["received"], answer["invalid"]) == (6, 5)
    assert [(error["index"], error["field"]) for error in answer["errors"]] == [
        (1, "status"),
        (2, "bytesUploaded"),
        (3, "bytesUploaded"),
        (4, "userId"),
        (5, "update"),
    ]
    [row] = [row for row in system.rows("UploadsTable") if row["userId"] == {"S": "fay"}]
    assert row["bytesUploaded"] == {"N": "1"}


async def test_a_pipeline_that_runs_again_under_the_same_id_is_the_next_attempt(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await Watcher.open(http, system, "rerun")
    await watcher.hello()

    for attempt in (1, 2):
        await asyncio.to_thread(_upload, system, "rerun", "again.mp4", 6 * MB)
        while True:
            upload = (await watcher.hear())["upload"]
            assert upload["attempt"] == attempt
            if upload["status"] == "completed":
                break


async def test_the_programs_of_the_reporters_readme_run(system: System, tmp_path: Path) -> None:
    [single, many, pool] = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    paths = [str(tmp_path / name) for name in ("one", "two")]
    for path in paths:
        Path(path).write_bytes(b"bytes")
    given = f"import upload_progress_reporter\npaths, users, user = {paths}, ['gina', 'gina'], 'gina'\n"
    program = f"{single}\n{given}\nif __name__ == '__main__':\n    store(paths[0], 'key', user, 5)\n"
    (tmp_path / "single.py").write_text(f"{program}\n{textwrap.indent(many, '    ')}")
    (tmp_path / "pool.py").write_text(f"{single}\n{given}\n{pool}")
    s3 = system.client("s3")
    s3.create_bucket(Bucket="uploads")

    for name, keys in (("single.py", {"key", *paths}), ("pool.py", set(paths))):
        run = await asyncio.create_subprocess_exec(
            sys.executable, str(tmp_path / name), env=os.environ | system.environment
        )
        assert await run.wait() == 0
        assert {one["Key"] for one in s3.list_objects_v2(Bucket="uploads")["Contents"]} >= keys
        for key in keys:
            s3.delete_object(Bucket="uploads", Key=key)


def _upload(system: System, user: str, upload_id: str, size: int) -> None:
    """What a pipeline does: a multipart transfer to S3 that reports through one callback."""
    import io

    s3 = system.client("s3")
    s3.create_bucket(Bucket="uploads")
    target = LambdaTarget(client=system.client("lambda"), function_name="PushFunction")
    config = TransferConfig(multipart_threshold=5 * MB, multipart_chunksize=5 * MB, max_concurrency=4)
    with UploadReporter(
        user_id=user, upload_id=upload_id, file_name="holiday.mp4", bytes_total=size, target=target
    ) as report:
        s3.upload_fileobj(io.BytesIO(bytes(size)), "uploads", upload_id, Callback=report, Config=config)


def _numbered(user: str, number: int) -> dict[str, Any]:
    update = {"userId": user, "uploadId": f"of-{user}", "status": "uploading"}
    return update | {"bytesUploaded": number, "rev": BEGAN + number}


async def _refused(http: aiohttp.ClientSession, system: System, headers: dict[str, str]) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await http.ws_connect(system.url, headers=headers)
    return refusal.value.status


async def _until_empty(system: System) -> None:
    for _ in range(500):
        if not system.rows("ConnectionsTable"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the table still holds connections")
