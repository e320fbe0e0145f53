import asyncio
import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local_emulator.conftest import Running, until


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
    body = json.dumps(payload if payload is not None else {}).encode()
    return await asyncio.to_thread(lambda: functions.invoke(FunctionName=name, Payload=body, **more))


async def test_a_request_is_answered_with_the_functions_result(functions: Any) -> None:
    answer = await _invoke(functions, "Echo", {"body": '{"result": {"it": "is"}}', "requestContext": {}})

    assert answer["StatusCode"] == 200
    assert json.loads(answer["Payload"].read()) == {"it": "is"}
    assert "FunctionError" not in answer


@pytest.mark.parametrize("name", ["Echo", "Echo:live", "arn:aws:lambda:us-east-1:123456789012:function:Echo"])
async def test_a_function_answers_to_its_name_and_its_arn(functions: Any, name: str) -> None:
    answer = await _invoke(functions, name, {"body": "{}"})
    assert answer["StatusCode"] == 200


async def test_a_function_that_raises_says_what_and_where(functions: Any) -> None:
    answer = await _invoke(functions, "Echo", {"body": '{"raise": true}'})

    assert answer["FunctionError"] == "Unhandled"
    error = json.loads(answer["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "as you wish")
    assert any("app.py" in frame for frame in error["stackTrace"])


async def test_a_function_over_its_time_is_answered_for(functions: Any) -> None:
    answer = await _invoke(functions, "Short")

    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in json.loads(answer["Payload"].read())["errorMessage"]


async def test_an_event_is_accepted_and_runs_later(functions: Any, running: Running) -> None:
    answer = await _invoke(functions, "Echo", {"body": "{}", "mark": 1}, InvocationType="Event")

    assert answer["StatusCode"] == 202
    await until(lambda: any(event.get("mark") == 1 for event in running.events))


async def test_a_dry_run_runs_nothing(functions: Any, running: Running) -> None:
    answer = await _invoke(functions, "Echo", {"mark": 2}, InvocationType="DryRun")

    assert answer["StatusCode"] == 204
    assert running.events == []


async def test_an_unknown_function_is_not_found(functions: Any) -> None:
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        await _invoke(functions, "Nobody")


async def test_an_event_over_1_mb_and_a_request_over_6_mb_are_too_large(functions: Any) -> None:
    with pytest.raises(functions.exceptions.RequestTooLargeException):
        await _invoke(functions, "Echo", "x" * 1024 * 1024, InvocationType="Event")
    with pytest.raises(functions.exceptions.RequestTooLargeException):
        await _invoke(functions, "Echo", "x" * 6 * 1024 * 1024)


async def test_what_is_no_json_is_refused(functions: Any) -> None:
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(lambda: functions.invoke(FunctionName="Echo", Payload=b"{nope"))
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"
