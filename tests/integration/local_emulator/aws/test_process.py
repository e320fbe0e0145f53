"""AWS's services in a process of their own: reached over HTTP, ended with the gateway, named when they end alone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_emulator.settings import Settings
from local_emulator.template.reader import read_template
from testing.running import ROOT, free_port
from tests.integration.local_emulator.conftest import ECHO, Running, until
from tests.integration.local_emulator.emulating import emulating
from tests.integration.local_emulator.faulty import switch_on

KEYS = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
ONCE = Config(retries={"total_max_attempts": 1})


def _client(running: Running, service: str, **config: Any) -> Any:
    url = f"http://127.0.0.1:{running.settings.aws_port}"
    return boto3.client(service, endpoint_url=url, config=Config(**config), **KEYS)


def _children(pid: int) -> list[int]:
    # Without -ww, ps cuts lines at 80 columns.
    command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in found.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == pid and "local_emulator.aws.server" in row[2]]


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(400):
        if condition():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def _started(aws_port: int) -> Iterator[subprocess.Popen[str]]:
    """The emulator as a process of its own, ready."""
    ports = ["--port", str(free_port()), "--aws-port", str(aws_port)]
    command = [sys.executable, "-u", "-m", "local_emulator", "--template", str(ECHO / "template.yaml"), *ports]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            while "AWS_ENDPOINT_URL_LAMBDA" not in process.stdout.readline():
                assert process.poll() is None
            yield process
        finally:
            process.kill()


def test_the_process_of_the_gateway_does_not_load_moto() -> None:
    code = "import sys, local_emulator.__main__; sys.exit('moto' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_services_end_with_the_emulator_however_it_ends(number: signal.Signals) -> None:
    port = free_port()
    with _started(port) as process:
        [child] = _children(process.pid)
        assert _is_listening(port)
        process.send_signal(number)
        process.wait(20)
        assert _eventually(lambda: not _is_listening(port))
        assert _eventually(lambda: not Path(f"/proc/{child}").exists() or not _alive(child))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_services_that_end_alone_are_named_on_the_console_and_the_gateway_serves_on(running: Running) -> None:
    [child] = _children(os.getpid())
    os.kill(child, signal.SIGKILL)
    await until(lambda: "AWS services" in running.lines)
    assert "have ended (signal SIGKILL)" in running.lines
    connection = await running.connect()
    await connection.close()


def test_a_port_that_is_taken_leaves_no_process_behind() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "local_emulator", "--template", str(ECHO / "template.yaml")]
        ended = subprocess.run(
            [*command, "--port", port, "--aws-port", str(free_port())], cwd=ROOT, capture_output=True, timeout=60
        )
        assert ended.returncode == 2


async def test_a_database_of_ones_own_takes_the_tables_and_what_functions_write(
    running: Running, tmp_path: Path
) -> None:
    """Another emulator's AWS port stands for a real server."""
    (tmp_path / "says.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  Notes:\n"
        "    Type: AWS::DynamoDB::Table\n"
        "    Properties:\n"
        "      TableName: notes\n"
        "      BillingMode: PAY_PER_REQUEST\n"
        "      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
        "      KeySchema: [{AttributeName: id, KeyType: HASH}]\n"
        "  Api:\n"
        "    Type: AWS::Serverless::WebSocketApi\n"
        "    Properties:\n"
        "      RouteSelectionExpression: $request.body.action\n"
        "      Routes: {$default: {FunctionArn: !GetAtt Say.Arn}}\n"
        "  Say:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: python3.13, CodeUri: ., Handler: says.handler}\n"
    )
    real = f"http://127.0.0.1:{running.settings.aws_port}"
    async with emulating(tmp_path / "template.yaml", dynamodb_endpoint=real) as emulated:
        there = await asyncio.to_thread(_client(running, "dynamodb").list_tables)
        own = await asyncio.to_thread(_client(emulated, "dynamodb").list_tables)
        assert ("notes" in there["TableNames"], own["TableNames"]) == (True, [])
        async with emulated.http.get(f"{emulated.base}/_emulator/tables") as answer:
            assert "notes" in await answer.text()
        for _ in range(2):
            await switch_on(emulated, "dynamodb-throttled")
        await switch_on(emulated, "dynamodb-down")
        told = [line for line in emulated.lines.splitlines() if f"no effect on {real}" in line]
        assert [line.partition(":")[0] for line in told] == ["dynamodb-throttled", "dynamodb-down"]


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        ("bedrock-runtime", "converse", {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "?"}]}]}),
        ("dynamodb", "list_contributor_insights", {}),
        ("sns", "list_origination_numbers", {}),
        ("ce", "list_cost_allocation_tags", {}),
    ],
)
async def test_an_action_that_is_not_emulated_fails_once_as_the_sdk_has_errors_and_is_named(
    running: Running, service: str, operation: str, asked: dict[str, Any]
) -> None:
    client = _client(running, service, retries={"mode": "standard", "total_max_attempts": 3})
    with pytest.raises(ClientError) as refused:
        await asyncio.to_thread(lambda: getattr(client, operation)(**asked))
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
    await until(lambda: "is not emulated" in running.lines)
    assert running.lines.count("is not emulated") == 1


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:3002"), ("0.0.0.0", "http://127.0.0.1:3002"), ("::1", "http://[::1]:3002")],
)
def test_its_endpoint_is_an_address_so_that_no_sdk_puts_a_bucket_before_it(host: str, url: str) -> None:
    assert Settings(host=host).aws_url == url


async def test_the_url_of_a_queue_names_the_emulator_wherever_it_comes_from(running: Running) -> None:
    """AWS's SDK for JavaScript sends to the host in the URL."""
    sqs, url = _client(running, "sqs"), running.settings.aws_url
    made = (await asyncio.to_thread(sqs.create_queue, QueueName="jobs"))["QueueUrl"]
    told = (await asyncio.to_thread(sqs.get_queue_url, QueueName="jobs"))["QueueUrl"]
    assert made == told == f"{url}/123456789012/jobs"
    deployment = read_template(ROOT / "template.yaml", {"JwtIssuer": "i", "JwtAudience": "a"}, sqs_url=url)
    assert {queue.physical_id.rpartition("/")[0] for queue in deployment.queues.values()} == {f"{url}/123456789012"}


async def test_schedules_that_calls_make_are_named_once(running: Running) -> None:
    client = _client(running, "scheduler")
    for _ in range(2):
        assert (await asyncio.to_thread(client.list_schedules))["Schedules"] == []
    await until(lambda: "schedules that calls make are recorded, and do not run" in running.lines)
    assert running.lines.count("schedules that calls make") == 1
