import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from local_emulator.activity_log import Journal
from local_emulator.aio.thread_pool import ThreadPool
from local_emulator.awslambda.async_queue import AsyncInvocations
from local_emulator.awslambda.destinations import Destinations
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.awslambda.sqs_client import Sqs
from local_emulator.cli.run_arguments import read_arguments
from local_emulator.deployment import Schedule
from local_emulator.event_patterns.input_transformer import TargetInput
from local_emulator.runtimes.selection import Environments
from local_emulator.scheduler.event import schedule_payload
from local_emulator.scheduler.scheduler import Schedules
from local_emulator.settings import Settings
from local_emulator.template.reader import read_template
from tests.integration.local_emulator import shared_state
from tests.integration.local_emulator.lambda_side import HEAD, IMPORTS, SHORT, Side, lambda_side, until
from tests.integration.local_emulator.shared_state import SharedList

RESOURCES = """
  Failed: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}
  Sweep:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      Events:
        Minute: {Type: Schedule, Properties: {Schedule: rate(1 minute), Name: every-minute}}
        Never: {Type: Schedule, Properties: {Schedule: rate(1 hour), Name: switched-off, Enabled: false}}
        Wrong: {Type: Schedule, Properties: {Schedule: rate(1 minutes), Name: misspelt}}
        Given: {Type: Schedule, Properties: {Schedule: cron(0 12 * * ? *), Name: noon, Input: '{"given": 1}'}}
  Nightly:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}
      Events:
        Night:
          Type: ScheduleV2
          Properties: {ScheduleExpression: cron(30 2 * * ? *), ScheduleExpressionTimezone: Europe/Berlin, Name: night}
        Soon: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour), Name: at-once}}
  Shaped:
    Type: AWS::Events::Rule
    Properties:
      Name: shaped
      ScheduleExpression: rate(1 day)
      Targets:
        - Id: nightly
          Arn: !GetAtt Nightly.Arn
          InputTransformer:
            InputPathsMap: {from: $.source}
            InputTemplate: '{"kind": <from>, "by": "<aws.events.rule-name>"}'
  Unsent:
    Type: AWS::Events::Rule
    Properties:
      Name: unsent
      ScheduleExpression: rate(1 day)
      Targets: [{Id: nightly, Arn: !GetAtt Nightly.Arn, InputPath: $.detail.nowhere}]
  Full:
    Type: AWS::Serverless::Function
    Properties:
      Handler: pipeline.work
      ReservedConcurrentExecutions: 0
      Events:
        Day: {Type: Schedule, Properties: {Schedule: rate(1 day), Name: full}}
"""

CODE = """
FAILURES = SharedList("failures")

def work(event, context):
    CALLS.append(event)
    if len(CALLS) <= len(FAILURES):
        raise ValueError("no")
    return {"swept": len(CALLS)}
"""


@pytest.fixture
def schedules() -> bool:
    return False


@pytest.fixture
async def side(tmp_path: Path, restored: None, schedules: bool) -> AsyncIterator[Side]:
    async with lambda_side(tmp_path, RESOURCES, CODE, SHORT, schedules) as running:
        yield running


async def _listed(side: Side) -> dict[str, dict[str, Any]]:
    async with side.http.get(f"{side.url}/_emulator/schedules") as answer:
        assert answer.status == 200
        return {one["name"]: one for one in (await answer.json())["schedules"]}


async def _run(side: Side, name: str, **more: Any) -> tuple[int, Any]:
    async with side.http.post(f"{side.url}/_emulator/schedules/{name}", **more) as answer:
        return answer.status, await answer.json()


async def test_a_schedule_that_is_told_to_run_answers_with_its_result(side: Side) -> None:
    status, answer = await _run(side, "every-minute")

    assert status == 200
    assert answer["failed"] is False
    assert answer["result"] == {"swept": 1}
    assert answer["durationMs"] >= 0
    last = (await _listed(side))["every-minute"]["last"]
    assert (last["condition"], last["requestId"], last["result"]) == ("Success", answer["requestId"], {"swept": 1})


async def test_the_event_of_a_rule_is_eventbridges(side: Side) -> None:
    await _run(side, "every-minute")

    [event] = side.calls
    event_id, time = event.pop("id"), event.pop("time")
    assert len(event_id) == 36
    assert datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/every-minute"],
        "detail": {},
    }


async def test_an_input_transformer_makes_the_event(side: Side) -> None:
    await _run(side, "shaped")

    assert side.calls == [{"kind": "aws.events", "by": "shaped"}]


async def test_an_input_path_that_leads_nowhere_sends_nothing(side: Side) -> None:
    status, answer = await _run(side, "unsent")

    assert (status, side.calls) == (409, [])
    assert "unsent sends nothing" in answer["message"]


async def test_the_event_of_a_schedule_is_schedulers(side: Side) -> None:
    await _run(side, "night")

    [event] = side.calls
    assert event["source"] == "aws.scheduler"
    assert event["detail"] == "{}"
    assert event["resources"] == ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/night"]


async def test_the_input_of_the_template_takes_the_events_place(side: Side) -> None:
    await _run(side, "noon")
    assert side.calls == [{"given": 1}]


async def test_a_failure_is_in_the_answer_and_not_tried_again(side: Side) -> None:
    side.shared("failures").append("the first call")
    status, answer = await _run(side, "every-minute")

    assert status == 200
    assert answer["failed"] is True
    assert answer["result"]["errorMessage"] == "no"
    assert len(side.calls) == 1


async def test_what_is_switched_off_or_refused_is_listed_and_can_be_run_by_hand(side: Side) -> None:
    listed = await _listed(side)

    assert listed["switched-off"]["enabled"] is False
    assert "singular" in listed["misspelt"]["problem"]
    for name in ("switched-off", "misspelt"):
        assert (await _run(side, name))[0] == 200


async def test_a_schedule_that_is_not_there_is_not_found(side: Side) -> None:
    status, answer = await _run(side, "nobody")

    assert status == 404
    assert "every-minute" in answer["schedules"]


async def test_a_function_that_is_switched_off_is_not_run_by_hand_either(side: Side) -> None:
    async with side.http.post(f"{side.url}/_emulator/schedules/full") as answer:
        assert answer.status == 429


async def test_another_websites_page_runs_nothing(side: Side) -> None:
    status, _ = await _run(side, "every-minute", headers={"Origin": "https://elsewhere.example"})

    assert status == 403
    assert side.calls == []


async def test_without_schedules_nothing_is_due(side: Side) -> None:
    assert all(one["next"] is None for one in (await _listed(side)).values())
    await asyncio.sleep(0.05)
    assert side.calls == []


@pytest.mark.parametrize("schedules", [True])
async def test_every_schedule_that_runs_tells_when_it_is_due(side: Side) -> None:
    due = {name: one["next"] is not None for name, one in (await _listed(side)).items()}

    assert due == {
        "every-minute": True,
        "switched-off": False,
        "misspelt": False,
        "noon": True,
        "night": True,
        "at-once": True,
        "full": True,
        "shaped": True,
        "unsent": True,
    }


@pytest.mark.parametrize("schedules", [True])
async def test_a_rate_of_scheduler_runs_at_once_and_is_retried_when_it_fails(
    tmp_path: Path, restored: None, schedules: bool
) -> None:
    code = CODE.replace('FAILURES = SharedList("failures")', "FAILURES = range(9)")
    async with lambda_side(tmp_path, RESOURCES, code, SHORT, schedules) as side:
        record = json.loads((await side.receive("failed"))["Body"])
        listed = await _listed(side)

    assert record["requestPayload"]["source"] == "aws.scheduler"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert listed["at-once"]["last"]["condition"] == "RetriesExhausted"
    assert listed["at-once"]["last"]["failed"] is True


class ConnectionTimeouts:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 13, 11, 59, 59, 900_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def watched(tmp_path: Path, restored: None) -> AsyncIterator[tuple[Schedules, ConnectionTimeouts, list[Any]]]:
    """The schedules under a clock that the test sets, and what their function was called with."""
    (tmp_path / "template.yaml").write_text(HEAD + RESOURCES)
    (tmp_path / "pipeline.py").write_text(IMPORTS + CODE)
    shutil.copy(shared_state.__file__, tmp_path)
    deployment = read_template(tmp_path / "template.yaml", {})
    clock, journal, workers = ConnectionTimeouts(), Journal(StringIO()), ThreadPool()
    environments = Environments(deployment, Settings(), journal)
    functions = Functions(deployment.functions, environments.start())
    destinations = Destinations(functions, Sqs("us-east-1"), workers, journal)
    events = AsyncInvocations(functions, destinations, LambdaLimits(), journal)
    schedules = Schedules(deployment, functions, events, journal, now=clock, max_sleep_seconds=0.01)
    schedules.start()
    yield schedules, clock, SharedList("calls", tmp_path)
    schedules.stop()
    events.stop()
    workers.stop()
    await environments.stop()


Watched = tuple[Schedules, ConnectionTimeouts, list[Any]]


async def test_a_schedule_is_due_when_the_clock_says_so(watched: Watched) -> None:
    schedules, clock, calls = watched
    await asyncio.sleep(0.05)
    before = calls.count({"given": 1})
    clock.now += timedelta(seconds=0.2)
    await until(lambda: {"given": 1} in calls)
    await asyncio.sleep(0.05)

    assert before == 0
    assert calls.count({"given": 1}) == 1
    assert schedules.find("noon").next == datetime(2026, 5, 14, 12, 0, tzinfo=UTC)


async def test_what_was_due_several_times_while_the_machine_slept_runs_once(watched: Watched) -> None:
    schedules, clock, calls = watched
    clock.now += timedelta(days=3)
    await until(lambda: {"given": 1} in calls)
    await asyncio.sleep(0.05)

    assert calls.count({"given": 1}) == 1
    assert schedules.find("noon").next == datetime(2026, 5, 16, 12, 0, tzinfo=UTC)


def _schedule(**more: Any) -> Schedule:
    return Schedule("n", "N", "F", "rate(1 hour)", arn="arn:aws:scheduler:x:1:schedule/default/n", **more)


def test_scheduler_fills_in_what_the_input_asks_for_and_a_rule_does_not() -> None:
    words = '"at": "<aws.scheduler.scheduled-time>", "arn": "<aws.scheduler.schedule-arn>"'
    text = f'{{{words}, "try": <aws.scheduler.attempt-number>}}'
    due = datetime(2026, 5, 13, 12, tzinfo=UTC)
    filled = schedule_payload(_schedule(input=TargetInput(text), source="scheduler"), due, "id", "1", "x")
    constant = schedule_payload(
        _schedule(input=TargetInput('{"a": "<aws.scheduler.execution-id>"}')), due, "id", "1", "x"
    )

    assert json.loads(filled) == {
        "at": "2026-05-13T12:00:00Z",
        "arn": "arn:aws:scheduler:x:1:schedule/default/n",
        "try": 1,
    }
    assert json.loads(constant) == {"a": "<aws.scheduler.execution-id>"}


def test_the_command_line_switches_schedules_off_and_shortens_retries() -> None:
    settings = read_arguments(["--no-schedules", "--retry-delay", "0.5"])

    assert settings.schedules is False
    assert settings.lambda_limits.retry_delay_seconds == 0.5
    assert read_arguments([]).schedules is True
    assert read_arguments([]).lambda_limits.retry_delay_seconds == 60


@pytest.mark.parametrize("delay", ["-1", "nan", "inf", "soon"])
def test_a_retry_delay_that_is_no_time_is_named(delay: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments([f"--retry-delay={delay}"])
    assert "--retry-delay" in capsys.readouterr().err
