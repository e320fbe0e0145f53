"""The handlers, from template.yaml, when the gateway, Lambda or DynamoDB do what they sometimes do."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from testing.running import System, running_system
from tests.e2e.test_journey import Watcher

BEGAN = int(time.time() * 1000) - 60_000  # revs count from here


@pytest.fixture(scope="module")
def shared() -> Iterator[System]:
    # What the command line switches on strikes "earlybird" alone.
    with running_system("--fault", "management-error status=500 user=earlybird times=1 retryAfterSeconds=1") as system:
        yield system


@pytest.fixture
def system(shared: System) -> Iterator[System]:
    yield shared
    for fault in shared.faults("GET")["faults"]:
        if fault["target"].get("user") != "earlybird":
            shared.faults("DELETE", f"/{fault['id']}")


def _update(user: str, **more: Any) -> dict[str, Any]:
    update = {"userId": user, "uploadId": "film", "fileName": "film.mp4", "status": "uploading", "bytesTotal": 100}
    return update | {"bytesUploaded": 40, "rev": BEGAN + 1} | more


async def _push(system: System, user: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await asyncio.to_thread(system.push, _update(user, **more))
    return answer


async def _switch_on(system: System, kind: str, **asked: Any) -> str:
    return str((await asyncio.to_thread(lambda: system.faults("POST", kind=kind, **asked)))["id"])


async def _strikes(system: System, fault_id: str) -> int:
    return int((await asyncio.to_thread(system.faults, "GET", f"/{fault_id}"))["strikes"])


async def _rows_of(system: System, user: str) -> list[dict[str, Any]]:
    rows = await asyncio.to_thread(system.rows, "ConnectionsTable")
    return [row for row in rows if row["userId"]["S"] == user]


async def _opened(http: aiohttp.ClientSession, system: System, user: str) -> Watcher:
    watcher = await Watcher.open(http, system, user)
    await watcher.hello()
    return watcher


async def test_a_lost_disconnect_leaves_a_row_and_a_push_neither_fails_nor_forgets_the_others(
    system: System, http: aiohttp.ClientSession
) -> None:
    left, stays = await _opened(http, system, "ann"), await _opened(http, system, "ann")
    fault = await _switch_on(system, "lost-disconnect", target={"user": "ann"}, times=1)
    await left.close()
    while not await _strikes(system, fault):
        await asyncio.sleep(0.02)
    assert len(await _rows_of(system, "ann")) == 2

    # Both rows are younger than 35 s, so a 410 counts as pending: the handshake could still be under way.
    answer = await _push(system, "ann")
    assert (answer["delivered"], answer["pending"], answer["gone"], answer["failed"]) == (1, 1, 0, 0)
    assert (await stays.hear())["upload"]["percent"] == 40.0
    await stays.close()


async def test_a_post_that_is_throttled_once_is_retried_and_nothing_is_lost(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "bob")
    fault = await _switch_on(system, "management-error", target={"user": "bob"}, status=429, times=1)
    answer = await _push(system, "bob")
    assert (answer["delivered"], answer["failed"], await _strikes(system, fault)) == (1, 0, 1)
    assert (await watcher.hear())["upload"]["percent"] == 40.0
    await watcher.close()


async def test_a_post_that_is_throttled_again_and_again_counts_as_failed_and_another_users_does_not(
    system: System, http: aiohttp.ClientSession
) -> None:
    throttled, other = await _opened(http, system, "cleo"), await _opened(http, system, "dora")
    fault = await _switch_on(system, "management-error", target={"user": "cleo"}, status=429)
    batch = {"updates": [_update("cleo"), _update("dora")]}
    answer = await asyncio.to_thread(system.push, batch)
    assert (answer["delivered"], answer["failed"]) == (1, 1)
    assert (await other.hear())["upload"]["percent"] == 40.0

    # The state itself is stored: who asks sees it.
    await asyncio.to_thread(system.faults, "DELETE", f"/{fault}")
    await throttled.say("sync")
    assert [one["percent"] for one in (await throttled.hear())["uploads"]] == [40.0]
    await throttled.close()
    await other.close()


async def test_a_half_open_connection_is_delivered_to_without_an_error_and_its_successor_hears_it_too(
    system: System, http: aiohttp.ClientSession
) -> None:
    lost = await _opened(http, system, "emil")
    fault = await _switch_on(system, "half-open", target={"user": "emil"}, times=1)
    assert await _strikes(system, fault) == 1
    back = await _opened(http, system, "emil")

    answer = await _push(system, "emil")
    assert (answer["delivered"], answer["gone"], answer["failed"]) == (2, 0, 0)
    assert (await back.hear())["upload"]["percent"] == 40.0
    await back.close()
    await lost.close()


async def test_a_client_that_comes_back_replaces_its_half_open_connection(
    system: System, http: aiohttp.ClientSession
) -> None:
    lost = await Watcher.open(http, system, "finn")
    await lost.hello(clientId="page")
    await _switch_on(system, "half-open", target={"user": "finn"}, times=1)
    back = await Watcher.open(http, system, "finn")
    await back.hello(clientId="page")
    while len(await _rows_of(system, "finn")) != 1:
        await asyncio.sleep(0.02)
    assert (await _push(system, "finn"))["delivered"] == 1
    assert (await back.hear())["upload"]["percent"] == 40.0
    await back.close()
    await lost.close()


@pytest.mark.parametrize("kind", ["dynamodb-throttled", "dynamodb-down"])
@pytest.mark.parametrize("table", ["ConnectionsTable", "UploadsTable"])
async def test_a_database_that_fails_once_costs_a_retry_and_nothing_is_lost(
    system: System, http: aiohttp.ClientSession, kind: str, table: str
) -> None:
    user = f"gina-{kind}-{table}"
    watcher = await _opened(http, system, user)
    fault = await _switch_on(system, kind, target={"table": table}, times=1)
    assert (await _push(system, user))["delivered"] == 1
    assert (await watcher.hear())["upload"]["percent"] == 40.0
    assert await _strikes(system, fault) == 1
    await watcher.close()


async def test_a_user_can_connect_while_the_database_is_throttled_for_half_of_the_calls(
    system: System, http: aiohttp.ClientSession
) -> None:
    await _switch_on(system, "dynamodb-throttled", target={"operation": "PutItem"}, probability=0.5, seed=5)
    for _ in range(5):
        await (await _opened(http, system, "hugo")).close()


async def test_messages_that_overtake_each_other_can_be_put_in_order_by_their_rev(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "ida")
    await _switch_on(system, "reordered-delivery", target={"user": "ida"}, times=2)
    for rev, done in ((BEGAN + 1, 40), (BEGAN + 2, 60)):
        assert (await _push(system, "ida", rev=rev, bytesUploaded=done))["delivered"] == 1
    heard = [(await watcher.hear())["upload"] for _ in range(2)]
    assert [one["rev"] for one in heard] == [BEGAN + 2, BEGAN + 1]
    assert max(heard, key=lambda one: int(one["rev"]))["percent"] == 60.0
    await watcher.close()


async def test_an_answer_that_is_lost_makes_a_message_come_twice_and_say_the_same(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "jo")
    await _switch_on(system, "management-error", target={"user": "jo"}, status=500, carriedOut=True, times=1)
    assert (await _push(system, "jo"))["delivered"] == 1
    assert await watcher.hear() == await watcher.hear()
    await watcher.close()


async def test_a_failing_push_function_is_told_to_who_invokes_it_and_the_next_call_works(
    system: System, http: aiohttp.ClientSession
) -> None:
    watcher = await _opened(http, system, "kim")
    await _switch_on(system, "function-error", target={"function": "PushFunction"}, errorType="MemoryError", times=1)
    client = system.client("lambda")
    payload = json.dumps(_update("kim")).encode()
    failed = await asyncio.to_thread(lambda: client.invoke(FunctionName="PushFunction", Payload=payload))
    assert failed["FunctionError"] == "Unhandled"
    assert (await _push(system, "kim"))["delivered"] == 1
    assert (await watcher.hear())["upload"]["percent"] == 40.0
    await watcher.close()


@pytest.mark.parametrize(("outcome", "status"), [("unauthorized", 401), ("deny", 403), ("error", 500)])
async def test_an_authorizer_that_fails_leaves_no_row(
    system: System, http: aiohttp.ClientSession, outcome: str, status: int
) -> None:
    await _switch_on(system, "authorizer-error", outcome=outcome, times=1)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await Watcher.open(http, system, "lea")
    assert (refused.value.status, await _rows_of(system, "lea")) == (status, [])


async def test_a_fault_of_the_command_line_strikes(system: System, http: aiohttp.ClientSession) -> None:
    watcher = await Watcher.open(http, system, "earlybird")
    await watcher.hello()
    [fault] = [one for one in system.faults("GET")["faults"] if one["target"].get("user") == "earlybird"]
    assert (fault["strikes"], fault["spent"], fault["status"]) == (1, True, 500)
    await watcher.close()
