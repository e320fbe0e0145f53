import asyncio
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.integration.local_emulator.conftest import Running, until
from tests.integration.local_emulator.emulating import emulating, write, write_template
from tests.integration.local_emulator.faulty import clear_all, strikes, switch_on

ECHO = '{"action": "echo"}'


@pytest.fixture
def functions(running: Running) -> Any:
    return boto3.client(
        "lambda",
        endpoint_url=running.base,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )


async def _invoke(functions: Any, name: str, payload: Any = None, **more: Any) -> Any:
    body = json.dumps({"body": "{}"} if payload is None else payload).encode()
    return await asyncio.to_thread(lambda: functions.invoke(FunctionName=name, Payload=body, **more))


async def _said(running: Running, text: str = ECHO) -> Any:
    connection = await running.connect()
    await connection.send_str(text)
    answer = json.loads(await connection.receive_str(timeout=5))
    await connection.close()
    return answer


async def test_a_function_that_starts_late_makes_its_caller_wait_and_no_other(running: Running, functions: Any) -> None:
    await switch_on(running, "invoke-latency", {"function": "Echo"}, delayMs=600_000, times=1)
    slow = asyncio.create_task(_invoke(functions, "Echo", {"body": '"slow"'}))
    await until(lambda: "fault" in running.lines)
    assert (await _invoke(functions, "Echo", {"body": "{}"}))["StatusCode"] == 200
    assert (slow.done(), running.events) == (False, [{"body": "{}"}])
    slow.cancel()


async def test_a_caller_that_gives_up_does_not_stop_the_function(tmp_path: Path) -> None:
    write(tmp_path, app="def note(event, context):\n    open(__file__ + '.noted', 'x').close()\n")
    template = write_template(tmp_path, Note="CodeUri: ., Handler: app.note")
    text = template.read_text()
    template.write_text(text.replace("!GetAtt Note.Arn}", "!GetAtt Note.Arn, IntegrationTimeout: 300}"))
    noted = tmp_path / "app.py.noted"
    async with emulating(template) as running:
        await switch_on(running, "invoke-latency", {"function": "Note"}, delayMs=600)
        assert "Endpoint request timed out" in await running.say("/dev", "{}")
        assert not noted.exists()
        await until(noted.exists)


async def test_a_function_fails_before_it_has_done_anything(running: Running, functions: Any) -> None:
    await switch_on(running, "function-error", {"function": "Echo"}, errorType="MemoryError", errorMessage="full")
    answer = await _invoke(functions, "Echo")

    error = json.loads(answer["Payload"].read())
    assert (answer["FunctionError"], error["errorType"], error["errorMessage"]) == ("Unhandled", "MemoryError", "full")
    assert running.events == []


async def test_a_function_fails_after_it_has_done_its_work(running: Running, functions: Any) -> None:
    await switch_on(running, "function-error", {"function": "Echo"}, when="after")
    assert (await _invoke(functions, "Echo"))["FunctionError"] == "Unhandled"
    assert len(running.events) == 1


async def test_a_failed_function_is_an_internal_server_error_to_the_client_and_502_to_a_handshake(
    running: Running,
) -> None:
    await switch_on(running, "function-error", {"function": "Echo"}, times=1)
    connection = await running.connect()
    await connection.send_str(ECHO)
    assert json.loads(await connection.receive_str(timeout=5))["message"] == "Internal server error"
    await connection.send_str(ECHO)
    assert await connection.receive_str(timeout=5) == ECHO
    await connection.close()

    await switch_on(running, "function-error", {"function": "Connect"}, times=1)
    assert await running.refused() == 502


async def test_a_function_fails_for_one_user_or_one_connection_alone(running: Running, functions: Any) -> None:
    connection = await running.connect()
    nobody = await switch_on(running, "function-error", {"user": "nobody"})
    one = await switch_on(running, "function-error", {"connection": running.connection_id, "function": "Echo"})
    assert "FunctionError" not in await _invoke(functions, "Echo")
    await connection.send_str(ECHO)
    assert json.loads(await connection.receive_str(timeout=5))["message"] == "Internal server error"
    someone = await switch_on(running, "function-error", {"user": "someone"}, times=1)
    assert await running.refused() == 502
    assert [await strikes(running, fault) for fault in (nobody, one, someone)] == [0, 1, 1]


async def test_a_function_that_hangs_is_answered_for_at_its_time_out(running: Running, functions: Any) -> None:
    await switch_on(running, "function-hang", {"function": "Short"}, times=1)
    answer = await _invoke(functions, "Short")
    error = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorMessage"].endswith("Task timed out after 1.00 seconds")


async def test_a_throttled_function_is_429_to_who_invokes(running: Running, functions: Any) -> None:
    await switch_on(running, "function-throttled", {"function": "Echo"}, retryAfterSeconds=1, times=1)
    with pytest.raises(functions.exceptions.TooManyRequestsException) as refused:
        await _invoke(functions, "Echo")
    assert refused.value.response["retryAfterSeconds"] == "1"
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert running.events == []
    assert (await _invoke(functions, "Echo"))["StatusCode"] == 200


async def test_a_throttled_event_is_tried_again(running: Running, functions: Any) -> None:
    fault = await switch_on(running, "function-throttled", times=1)
    assert (await _invoke(functions, "Echo", InvocationType="Event"))["StatusCode"] == 202
    await until(lambda: len(running.events) == 1)
    assert await strikes(running, fault) == 1


async def test_a_throttled_function_is_500_to_a_handshake_and_a_frame_to_a_message(running: Running) -> None:
    await switch_on(running, "function-throttled", {"function": "Connect"}, times=1)
    assert await running.refused() == 500
    await switch_on(running, "function-throttled", {"function": "Echo"}, times=1)
    assert (await _said(running))["message"] == "Internal server error"


@pytest.mark.parametrize(("outcome", "status"), [("unauthorized", 401), ("deny", 403), ("error", 500)])
async def test_an_authorizer_refuses_or_fails(running: Running, outcome: str, status: int) -> None:
    await switch_on(running, "authorizer-error", outcome=outcome, times=1)
    assert await running.refused() == status
    assert running.events == []
    await (await running.connect()).close()


async def test_other_functions_are_no_occasion_for_an_authorizers_failure(running: Running, functions: Any) -> None:
    fault = await switch_on(running, "authorizer-error")
    assert "FunctionError" not in await _invoke(functions, "Echo")
    assert await strikes(running, fault) == 0


async def test_the_first_call_of_each_function_is_cold(running: Running, functions: Any) -> None:
    fault = await switch_on(running, "cold-start", delayMs=1)
    for name in ("Echo", "Echo", "Disconnect", "Echo"):
        await _invoke(functions, name)
    assert await strikes(running, fault) == 2


async def test_every_nth_call_is_cold_and_loads_the_functions_modules_anew(running: Running, functions: Any) -> None:
    await switch_on(running, "cold-start", {"function": "Echo"}, delayMs=0, every=3, reload=True)
    for _ in range(6):
        await _invoke(functions, "Echo")
    seen = running.shared("processes")
    assert [seen.index(pid) for pid in seen] == [0, 0, 0, 3, 3, 3]


async def test_cleared_they_strike_no_more(running: Running, functions: Any) -> None:
    await switch_on(running, "function-throttled")
    await switch_on(running, "function-error")
    assert await clear_all(running) == 2
    assert "FunctionError" not in await _invoke(functions, "Echo")
