import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from yarl import URL

from tests.integration.local_emulator.conftest import Running
from tests.integration.local_emulator.lambda_side import Side, lambda_side, until


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


@pytest.mark.parametrize(
    "name",
    [
        "Echo",
        "Echo:live",
        "function:Echo",
        "123456789012:function:Echo",
        "arn:aws:lambda:us-east-1:123456789012:function:Echo",
    ],
)
async def test_a_function_answers_to_its_name_and_its_arn(functions: Any, name: str) -> None:
    answer = await _invoke(functions, name, {"body": "{}"})
    assert answer["StatusCode"] == 200


async def test_a_function_that_raises_says_what_and_where(functions: Any) -> None:
    answer = await _invoke(functions, "Echo", {"body": '{"raise": true}'})

    assert answer["FunctionError"] == "Unhandled"
    error = json.loads(answer["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "as you wish")
    assert any("app.py" in frame for frame in error["stackTrace"])


async def test_the_client_context_is_in_the_context(functions: Any) -> None:
    event, given = {"body": '{"custom": true}'}, base64.b64encode(b'{"custom": {\n"who": "\xc3\xa9"}}').decode()

    answers = [await _invoke(functions, "Echo", event, ClientContext=given), await _invoke(functions, "Echo", event)]
    assert [json.loads(answer["Payload"].read()) for answer in answers] == [{"who": "é"}, None]
    for wrong in ("no base64", base64.b64encode(b"[1]").decode(), base64.b64encode(b"{").decode()):
        with pytest.raises(functions.exceptions.InvalidRequestContentException, match="Client context must be"):
            await _invoke(functions, "Echo", event, ClientContext=wrong)


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
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as refused:
        await _invoke(functions, "Nobody")

    error = refused.value.response
    assert error["Type"] == "User"
    assert error["Error"]["Message"] == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:Nobody"


@pytest.mark.parametrize("name", ["no name", "arn:aws:lambda:Echo:", "a" * 257])
async def test_a_name_that_no_function_can_have_is_refused(running: Running, name: str) -> None:
    url = URL(f"{running.base}/2015-03-31/functions/{quote(name)}/invocations", encoded=True)
    async with running.http.post(url, data=b"{}") as answer:
        assert answer.status == 400
        assert answer.headers["x-amzn-ErrorType"] == "ValidationException"
        assert "at 'functionName' failed to satisfy constraint" in (await answer.json())["message"]


async def test_an_event_over_1_mb_and_a_request_over_6_mb_are_too_large(functions: Any) -> None:
    with pytest.raises(ClientError) as event:
        await _invoke(functions, "Echo", "x" * 1024 * 1024, InvocationType="Event")
    with pytest.raises(ClientError) as request:
        await _invoke(functions, "Echo", "x" * 6 * 1024 * 1024)

    for refused, kind, limit in ((event, "Event", 1048576), (request, "RequestResponse", 6291456)):
        error = refused.value.response
        assert error["Error"]["Code"] == "RequestEntityTooLargeException"
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 413
        wording = f"{limit + 2} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        assert error["Error"]["Message"] == wording


async def test_a_request_of_exactly_6_mb_is_run(functions: Any) -> None:
    answer = await _invoke(functions, "Short", "x" * (6 * 1024 * 1024 - 2))
    assert answer["StatusCode"] == 200


@pytest.mark.parametrize("payload", [b"{nope", b'{"n": NaN}', b"-Infinity", b"\xff"])
async def test_what_is_no_json_is_refused(functions: Any, payload: bytes) -> None:
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(lambda: functions.invoke(FunctionName="Echo", Payload=payload))
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"


TALKATIVE = """
  Talk: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.talk, MemorySize: 256}}
  Late: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.late, Timeout: 1}}
  Large: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.large}}
  Time: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.remaining, Timeout: 7}}
  One: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.wait, ReservedConcurrentExecutions: 1}}
  Off: {Type: AWS::Serverless::Function, Properties: {Handler: pipeline.wait, ReservedConcurrentExecutions: 0}}
"""

TALKATIVE_CODE = """
import logging, sys, time


def talk(event, context):
    meet = event.get("meet")
    print("hello", event.get("name"))
    print("oh", file=sys.stderr)
    logging.getLogger("pipeline").warning("watch out, %s", event.get("name"))
    if meet:
        CALLS.append(event)
        while len(CALLS) < meet:
            time.sleep(0.001)
        print("goodbye", event.get("name"))
    print("x" * event.get("chars", 0))
    if event.get("raise"):
        raise KeyError("nothing there")

def late(event, context):
    print("still here")
    time.sleep(1.3)

def large(event, context):
    return event["text"] * event["times"]

def remaining(event, context):
    before = context.get_remaining_time_in_millis()
    time.sleep(0.2)
    return [before, context.get_remaining_time_in_millis(), context.aws_request_id]

def wait(event, context):
    CALLS.append(event)
    GO.wait(5)
    return "waited"
"""


@pytest.fixture
async def side(tmp_path: Path, restored: None) -> AsyncIterator[Side]:
    async with lambda_side(tmp_path, TALKATIVE, TALKATIVE_CODE) as running:
        yield running


def _log(answer: Any) -> str:
    return base64.b64decode(answer["LogResult"]).decode()


async def test_the_log_tail_is_what_the_function_printed_and_logged_between_lambdas_lines(side: Side) -> None:
    answer = await side.invoke("Talk", {"name": "Ann"}, LogType="Tail")

    request_id = answer["ResponseMetadata"]["RequestId"]
    lines = _log(answer).splitlines()
    assert lines[0] == f"START RequestId: {request_id} Version: $LATEST"
    assert lines[1:3] == ["hello Ann", "oh"]
    level, moment, logged_id, message = lines[3].split("\t")
    assert (level, logged_id, message) == ("[WARNING]", request_id, "watch out, Ann")
    assert moment.endswith("Z")
    assert f"END RequestId: {request_id}" in lines
    report = lines[-1].split("\t")
    assert report[0] == f"REPORT RequestId: {request_id}"
    assert [part.split(":")[0] for part in report[1:5]] == [
        "Duration",
        "Billed Duration",
        "Memory Size",
        "Max Memory Used",
    ]
    assert report[3] == "Memory Size: 256 MB"
    assert "Talk               hello Ann\n" in side.lines
    assert "Talk               oh\n" in side.lines


async def test_without_a_wish_for_it_there_is_no_log(side: Side) -> None:
    assert "LogResult" not in await side.invoke("Talk")


async def test_calls_at_the_same_time_keep_their_logs_apart(side: Side) -> None:
    names = [f"caller{number}" for number in range(4)]
    answers = await asyncio.gather(*(side.invoke("Talk", {"name": name, "meet": 4}, LogType="Tail") for name in names))

    for name, answer in zip(names, answers, strict=True):
        log = _log(answer)
        assert f"goodbye {name}" in log
        assert not [other for other in names if other != name and other in log]


async def test_the_log_tail_is_the_last_4_kb(side: Side) -> None:
    answer = await side.invoke("Talk", {"chars": 100_000}, LogType="Tail")

    log = base64.b64decode(answer["LogResult"])
    assert len(log) == 4096
    assert log.startswith(b"xxx")
    assert log.splitlines()[-1].startswith(b"REPORT")


async def test_the_log_of_a_function_that_raises_has_its_traceback(side: Side) -> None:
    log = _log(await side.invoke("Talk", {"raise": True}, LogType="Tail"))

    assert "[ERROR] KeyError: 'nothing there'\rTraceback (most recent call last):\r" in log
    assert "Talk               Traceback (most recent call last):\n" in side.lines
    assert "pipeline.py" in log


async def test_the_log_of_a_function_over_its_time_says_so_after_what_it_wrote(side: Side) -> None:
    log = _log(await side.invoke("Late", LogType="Tail"))
    assert log.index("still here") < log.index("Task timed out after 1.00 seconds") < log.index("END RequestId")
    assert "Task timed out after 1.00 seconds" in side.lines


async def test_a_response_over_6_mb_is_a_function_error(side: Side) -> None:
    limit = 6 * 1024 * 1024 + 100
    fits = await side.invoke("Large", {"text": "x", "times": limit - 2})
    over = await side.invoke("Large", {"text": "x", "times": limit - 1})
    wide = await side.invoke("Large", {"text": "\u00e9", "times": limit // 2})

    assert "FunctionError" not in fits
    for answer in (over, wide):
        assert answer["FunctionError"] == "Unhandled"
        assert json.load(answer["Payload"]) == {
            "errorMessage": f"Response payload size exceeded maximum allowed payload size ({limit} bytes).",
            "errorType": "Function.ResponseSizeTooLarge",
        }


async def test_the_remaining_time_begins_with_the_timeout_and_runs_out(side: Side) -> None:
    answer = await side.invoke("Time")

    before, after, request_id = json.load(answer["Payload"])
    assert before <= 7000
    assert before - after >= 200
    assert request_id == answer["ResponseMetadata"]["RequestId"]


async def test_beyond_the_reserved_concurrency_a_request_is_throttled_until_a_call_ends(side: Side) -> None:
    first = asyncio.ensure_future(side.invoke("One", {"call": 1}))
    await until(lambda: side.calls)
    with pytest.raises(side.functions.exceptions.TooManyRequestsException) as refused:
        await side.invoke("One", {"call": 2})
    side.go.set()

    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert json.load((await first)["Payload"]) == "waited"
    assert (await side.invoke("One", {"call": 3}))["StatusCode"] == 200
    assert side.calls == [{"call": 1}, {"call": 3}]


async def test_a_reserved_concurrency_of_none_stops_a_function(side: Side) -> None:
    with pytest.raises(side.functions.exceptions.TooManyRequestsException):
        await side.invoke("Off")


async def test_functions_in_processes_of_their_own_have_logs_and_limits_too(tmp_path: Path, restored: None) -> None:
    async with lambda_side(tmp_path, TALKATIVE, TALKATIVE_CODE) as side:
        log = _log(await side.invoke("Talk", {"name": "Ann"}, LogType="Tail"))
        over = await side.invoke("Large", {"text": "x", "times": 6 * 1024 * 1024 + 100})
        with pytest.raises(side.functions.exceptions.TooManyRequestsException):
            await side.invoke("Off")

    assert log.index("START RequestId") < log.index("hello Ann") < log.index("REPORT RequestId")
    assert log.count("START RequestId") == log.count("REPORT RequestId") == 1
    assert json.load(over["Payload"])["errorType"] == "Function.ResponseSizeTooLarge"
