"""The life of a connection over real WebSockets, with our template: pings, warnings, closes, refresh and rotation.

Nobody waits for minutes: the emulator's DynamoDB is open to every process, and a row whose times all lie so much
earlier is the row of a connection for which so much time has passed. The sweep runs when it is asked to.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from testing.running import System, running_system
from tests.e2e.test_journey import Watcher

TIMES = ("connectedAt", "lastSeenAt", "lastActiveAt", "tokenExpiresAt", "dueAt", "pingBegunAt", "pingedAt")
TABLE = "local-ConnectionsTable"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system("--parameter", "SweepSchedule=rate(1 day)") as started:
        yield started


def _age(system: System, user: str, seconds: int) -> None:
    """Let so much time pass for all connections of a user."""
    dynamodb = system.client("dynamodb")
    for row in _rows(system, user):
        times = {name: int(row[name]["N"]) for name in TIMES if "N" in row.get(name, {})}
        changed = {name: {"N": str(time - seconds * 1000)} for name, time in times.items()}
        warned = {why: {"N": str(int(at["N"]) - seconds * 1000)} for why, at in row["warnedAt"]["M"].items()}
        dynamodb.put_item(TableName=TABLE, Item=row | changed | {"warnedAt": {"M": warned}})


def _expire_in(system: System, user: str, seconds: int) -> None:
    """As if their tokens had been issued so that they now have so many seconds left; a sweep will look at them."""
    now = int(time.time() * 1000)
    changed = {"tokenExpiresAt": {"N": str(now + seconds * 1000)}, "dueAt": {"N": str(now - 1)}}
    for row in _rows(system, user):
        system.client("dynamodb").put_item(TableName=TABLE, Item=row | changed)


def _rows(system: System, user: str) -> list[dict[str, Any]]:
    return [row for row in system.rows("ConnectionsTable") if row["userId"]["S"] == user]


def _sweep(system: System) -> dict[str, int]:
    url = f"http://127.0.0.1:{system.port}/_emulator/schedules"
    with urllib.request.urlopen(url) as answer:
        [name] = [one["name"] for one in json.load(answer)["schedules"] if one["function"] == "SweepFunction"]
    with urllib.request.urlopen(urllib.request.Request(f"{url}/{name}", b"", method="POST")) as answer:
        result: dict[str, int] = json.load(answer)["result"]
    return result


async def _later(system: System, user: str, seconds: int) -> dict[str, int]:
    """So much time passes, and then there is a sweep; what it did."""
    await asyncio.to_thread(_age, system, user, seconds)
    return await asyncio.to_thread(_sweep, system)


async def _opened(http: aiohttp.ClientSession, system: System, user: str, **hello: Any) -> Watcher:
    watcher = await Watcher.open(http, system, user)
    await watcher.hello(**hello)
    return watcher


async def _ended(watcher: Watcher) -> tuple[int, str, bool]:
    """The reason that it is told, and then the gateway's close."""
    told = await watcher.hear()
    assert told["type"] == "disconnect"
    assert await watcher.close_code() == 1000
    return told["code"], told["reason"], told["reconnect"]


async def test_the_quiet_are_pinged_and_closed_after_two_pings_that_nothing_answered(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "ann")
    assert await _later(system, "ann", 90) == {}
    assert await _later(system, "ann", 30) == {"pinged": 1}
    assert await watcher.hear() == {"type": "ping"}
    assert await _later(system, "ann", 60) == {"pinged": 1, "warned:idle": 1}
    assert {(await watcher.hear())["type"] for _ in range(2)} == {"ping", "warning"}
    assert await _later(system, "ann", 60) == {"closed:no_pong": 1}
    assert await _ended(watcher) == (4412, "no_pong", True)
    assert _rows(system, "ann") == []


async def test_who_answers_pings_is_closed_as_idle_unless_it_says_that_it_stays(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "bob")
    for _ in range(2):
        assert await _later(system, "bob", 180) == {"pinged": 1, "warned:idle": 1}
        assert (await watcher.hear())["reason"] == "idle"
        assert await watcher.hear() == {"type": "ping"}
        await watcher.say("keepalive", id=1)
        assert await watcher.hear() == {"type": "ack", "id": 1}
    await _later(system, "bob", 180)
    assert [(await watcher.hear())["type"] for _ in range(2)] == ["warning", "ping"]
    await watcher.say("pong")
    assert await watcher.silence()
    assert await _later(system, "bob", 121) == {"closed:idle_timeout": 1}
    assert await _ended(watcher) == (4408, "idle_timeout", False)


async def test_a_token_is_refreshed_in_place_and_who_does_not_is_closed(
    system: System, http: aiohttp.ClientSession
) -> None:
    refreshes, does_not = await _opened(http, system, "cleo"), await _opened(http, system, "dora")
    for user in ("cleo", "dora"):
        await asyncio.to_thread(_expire_in, system, user, 100)
    assert await asyncio.to_thread(_sweep, system) == {"warned:token_expiring": 2}
    for watcher in (refreshes, does_not):
        assert (await watcher.hear())["reason"] == "token_expiring"
    await refreshes.say("refresh", token=await asyncio.to_thread(system.token, "cleo"), id="r")
    assert (await refreshes.hear())["type"] == "refreshed"

    assert await _later(system, "cleo", 101) == {"waiting": 1}
    assert await _later(system, "dora", 101) == {"closed:token_expired": 1}
    assert await _ended(does_not) == (4401, "token_expired", True)
    assert await refreshes.silence()
    await refreshes.close()


async def test_an_expired_connection_gets_nothing_although_no_sweep_has_run(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "emil")
    await asyncio.to_thread(_expire_in, system, "emil", 0)
    update = {"userId": "emil", "uploadId": "film", "status": "uploading", "bytesUploaded": 1}
    assert (await asyncio.to_thread(system.push, update))["delivered"] == 0
    await watcher.say("sync")
    assert await _ended(watcher) == (4401, "token_expired", True)


async def test_another_users_token_ends_the_connection_and_an_earlier_one_is_refused(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "fay")
    await watcher.say("refresh", token=await asyncio.to_thread(lambda: system.token("fay", lifetimeSeconds=60)), id=1)
    error = await watcher.hear()
    assert (error["code"], error["id"]) == (4400, 1) and error["message"].startswith("token:")
    await watcher.say("refresh", token=await asyncio.to_thread(system.token, "gina"))
    assert await _ended(watcher) == (4403, "forbidden", False)


async def test_an_old_connection_is_warned_and_replaced_by_its_pages_second_one(
    system: System, http: aiohttp.ClientSession
) -> None:
    first = await _opened(http, system, "hugo", clientId="page")
    other_page = await _opened(http, system, "hugo", clientId="other")
    await asyncio.to_thread(_age, system, "hugo", 6601)
    await asyncio.to_thread(_expire_in, system, "hugo", 3600)
    await first.say("keepalive")
    assert (await first.hear())["type"] == "ack"
    await asyncio.to_thread(_sweep, system)
    assert (await first.hear())["reason"] == "max_duration"

    second = await Watcher.open(http, system, "hugo")
    welcome, snapshot = await second.hello(clientId="page")
    assert (welcome["type"], snapshot["type"]) == ("welcome", "snapshot")
    assert await _ended(first) == (4427, "replaced", False)
    update = {"userId": "hugo", "uploadId": "film", "status": "uploading", "bytesUploaded": 1}
    assert (await asyncio.to_thread(system.push, update))["delivered"] == 2
    assert (await second.hear())["upload"]["uploadId"] == "film"
    await second.close()
    await other_page.close()


async def test_who_does_not_rotate_is_closed_at_the_greatest_age(system: System, http: aiohttp.ClientSession) -> None:
    watcher = await _opened(http, system, "ida")
    for seconds, then in ((6601, {"warned:max_duration": 1}), (479, {"closed:max_duration": 1})):
        await asyncio.to_thread(_age, system, "ida", seconds)
        await asyncio.to_thread(_expire_in, system, "ida", 3600)
        await watcher.say("keepalive")
        assert (await watcher.hear())["type"] == "ack"
        assert await asyncio.to_thread(_sweep, system) == then
        if "warned:max_duration" in then:
            assert (await watcher.hear())["reason"] == "max_duration"
    assert await _ended(watcher) == (4410, "max_duration", True)


async def test_eleven_tabs_settle_at_ten(system: System, http: aiohttp.ClientSession) -> None:
    """All at the same instant: none closes another, nobody is locked out, and the sweep trims what is too many."""
    tabs = await asyncio.gather(*(Watcher.open(http, system, "jo") for _ in range(11)))
    await asyncio.gather(*(tab.hello() for tab in tabs))
    assert len(_rows(system, "jo")) == 11
    assert await _later(system, "jo", 36) == {"closed:connection_limit": 1}
    assert len(_rows(system, "jo")) == 10
    assert await _later(system, "jo", 36) == {}
    update = {"userId": "jo", "uploadId": "film", "status": "uploading", "bytesUploaded": 1}
    assert (await asyncio.to_thread(system.push, update))["delivered"] == 10
    heard = [await tab.hear() for tab in tabs]
    assert sorted(message["type"] for message in heard) == ["disconnect"] + ["status"] * 10
    assert [message["code"] for message in heard if message["type"] == "disconnect"] == [4426]
    await asyncio.gather(*(tab.close() for tab in tabs))


async def test_a_connection_whose_row_was_given_up_is_told_to_come_back_and_sees_how_things_stand(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "kim")
    [row] = _rows(system, "kim")
    key = {name: row[name] for name in ("userId", "connectionId")}
    await asyncio.to_thread(lambda: system.client("dynamodb").delete_item(TableName=TABLE, Key=key))
    update = {"userId": "kim", "uploadId": "film", "status": "uploading", "bytesUploaded": 1}
    assert (await asyncio.to_thread(system.push, update))["delivered"] == 0

    await watcher.say("ping")
    assert await _ended(watcher) == (4409, "unknown_connection", True)
    back = await Watcher.open(http, system, "kim")
    _, snapshot = await back.hello()
    assert [one["uploadId"] for one in snapshot["uploads"]] == ["film"]
    await back.close()


async def test_a_user_who_is_thrown_out_is_told_so_on_every_connection_and_on_no_other_users(
    system: System, http: aiohttp.ClientSession
) -> None:
    laptop, phone, other = [await _opened(http, system, user) for user in ("lea", "lea", "max")]
    answer = await asyncio.to_thread(system.push, {"disconnect": {"userId": "lea", "reason": "revoked"}})
    assert answer["closed"] == 2
    for watcher in (laptop, phone):
        assert await _ended(watcher) == (4403, "revoked", False)
    assert _rows(system, "lea") == []
    assert await other.silence()
    await other.close()
