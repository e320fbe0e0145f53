import asyncio
import json
import threading
from dataclasses import asdict
from typing import Any

import aiohttp

from local_emulator.inspector.recording import Recording
from local_emulator.inspector.ring_buffer import RingBuffer
from tests.integration.local_emulator.conftest import Running, until
from tests.integration.local_emulator.faulty import switch_on
from tests.integration.local_emulator.inspector.conftest import Inspected
from tests.unit.local_emulator.inspector.test_redaction import JWT


async def _life(running: Running, **more: Any) -> str:
    """One connection says one thing, is answered, and leaves; answers its id."""
    connection = await running.connect("/dev?user=ann", **more)
    await connection.send_str('{"action": "greet", "n": 7}')
    await connection.receive(timeout=10)
    await connection.close()
    kinds = [record[1] for _, record in _kept(running)]
    await until(lambda: "close" in [record[1] for _, record in _kept(running)])
    assert kinds
    [opened] = [record for _, record in _kept(running) if record[1] == "open"]
    return str(opened[2].connection_id)


def _kept(running: Running) -> list[tuple[int, tuple[Any, ...]]]:
    ring = running.emulator.recording.ring
    return ring.after(0, len(ring))


async def test_the_life_of_a_connection_is_told_in_order(inspected: Inspected) -> None:
    connection_id = await _life(inspected.running)
    await inspected.until_row(connection=connection_id, route="$disconnect")
    told = [row for row in reversed(await inspected.rows(connection=connection_id))]

    assert [(row["kind"], row["what"]) for row in told[:3]] == [
        ("call", "authorizer"),
        ("call", "$connect"),
        ("open", "dev"),
    ]
    said, answered = (next(row for row in told if row["kind"] == kind) for kind in ("in", "out"))
    call = next(row for row in told if row["kind"] == "call" and row["what"] == "$default")
    assert (said["what"], said["bytes"], said["preview"]) == ("$default", 27, '{"action": "greet", "n": 7}')
    assert answered["preview"] == said["preview"]
    assert (call["function"], call["outcome"], call["failed"], call["logLines"]) == ("Echo", "200", False, 1)
    assert call["durationMs"] > 0
    assert next(row for row in told if row["kind"] == "close")["preview"] == "1000"
    assert {row["user"] for row in told} == {"ann"}
    assert [row["number"] for row in told] == sorted(row["number"] for row in told)


async def test_a_call_is_told_in_full_with_its_log(inspected: Inspected) -> None:
    await _life(inspected.running)
    row = await inspected.until_row(kinds="log", route="Echo")
    full = await inspected.ask(f"records/{row['number']}")

    assert json.loads(full["payload"])["requestContext"]["routeKey"] == "$default"
    assert json.loads(full["result"])["statusCode"] == 200
    assert full["log"] == 'said {"action": "greet", "n": 7}\n'
    assert full["requestId"] == row["requestId"]
    await inspected.ask("records/999999", 404)


async def test_what_fails_says_how(inspected: Inspected) -> None:
    connection = await inspected.running.connect("/dev")
    await connection.send_str('{"raise": true}')
    await connection.receive(timeout=10)
    row = await inspected.until_row(route="Echo")
    assert (row["failed"], row["outcome"]) == (True, "ValueError: as you wish")
    assert "Traceback" in (await inspected.ask(f"records/{row['number']}"))["log"]
    await connection.close()


async def test_refusals_faults_schedules_and_invocations_are_told_too(inspected: Inspected) -> None:
    running = inspected.running
    await running.refused("/other")
    await switch_on(running, "function-error", {"function": "Sweep"}, times=1)
    await inspected.ask("schedules/every-hour", method="POST")
    async with running.http.post(f"{running.base}/2015-03-31/functions/Sweep/invocations", json={}) as answer:
        assert answer.status == 200

    rows = {(row["kind"], row["what"]): row for row in await inspected.rows()}
    assert rows["refused", "/other"]["preview"].startswith("403")
    assert rows["fault", "Sweep"]["preview"].startswith("function-error")
    assert rows["call", "schedule"]["failed"] is True
    assert rows["call", "invoke"]["logLines"] == 1


async def test_tokens_are_neither_kept_nor_shown_however_they_came(inspected: Inspected) -> None:
    running = inspected.running
    connection_id = await _life(running, headers={"Authorization": f"Bearer {JWT}"}, protocols=["v1", f"bearer.{JWT}"])
    connection = await running.connect(f"/dev?user=ann&token=opaque-secret&access_token={JWT}")
    await connection.send_str(json.dumps({"action": "refresh", "token": JWT}))
    await connection.receive(timeout=10)
    await connection.close()
    await inspected.until_row(connection=connection_id, route="$disconnect")

    kept = " ".join(
        repr(asdict(part) if hasattr(part, "__dataclass_fields__") else part)
        for _, one in _kept(running)
        for part in one
    )
    assert "eyJ" not in kept
    assert "opaque-secret" not in kept
    shown = json.dumps(await inspected.ask("records?full=1"))
    assert "eyJ" not in shown
    assert "opaque-secret" not in shown
    assert "(hidden)" in shown


async def test_memory_is_bounded_by_text_not_by_number(running: Running) -> None:
    running.emulator.recording.ring = RingBuffer(max_records=1000, max_chars=100_000)
    connection = await running.connect("/dev")
    for _ in range(30):
        await connection.send_str(json.dumps({"large": "x" * 20_000}))
        await connection.receive(timeout=10)
    ring = running.emulator.recording.ring
    assert ring.last > 60
    assert ring.chars <= 100_000
    assert len(ring) < 10
    await connection.close()


async def test_a_thread_tells_by_way_of_the_loop() -> None:
    recording = Recording()
    recording.start()
    thread = threading.Thread(target=lambda: recording.logged("fault", "somebody", "is slow"))
    thread.start()
    await asyncio.to_thread(thread.join)
    await until(lambda: len(recording.ring) == 1)
    assert recording.ring.find(1)[1:] == ("fault", "somebody", "is slow")  # type: ignore[index]


async def test_a_client_that_offers_a_token_in_a_refused_path_is_not_written_down(inspected: Inspected) -> None:
    try:
        await inspected.running.connect(f"/nowhere?token={JWT}")
    except aiohttp.WSServerHandshakeError as refused:
        assert refused.status == 403
    assert "eyJ" not in json.dumps(await inspected.rows(kinds="refused"))
