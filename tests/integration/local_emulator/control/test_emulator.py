"""Tests of other projects start the emulator, drive it and reset it, and keep their own process as it was."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local_emulator import Emulator
from local_emulator.control import (
    EmulatorHttpError,
    EmulatorStartError,
    FunctionError,
    HandshakeRefusedError,
    WebSocketClosedError,
)
from testing.running import ROOT

TEMPLATE = Path(__file__).parent / "app" / "template.yaml"


@pytest.fixture(scope="module")
def started() -> Iterator[Emulator]:
    with Emulator(TEMPLATE, parameters={"Greeting": "hi, {name} at {emulator_url}"}) as emulator:
        yield emulator


@pytest.fixture
def emulator(started: Emulator) -> Emulator:
    started.reset()
    return started


def rows(emulator: Emulator) -> set[str]:
    found = emulator.client("dynamodb").scan(TableName="local-Rows", ConsistentRead=True)["Items"]
    return {item["id"]["S"] for item in found}


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_client_connects_with_a_token_sends_receives_and_is_listed(emulator: Emulator) -> None:
    with emulator.connect(token="ann") as client:
        client.send_json({"action": "anything"})

        answer = client.receive_json()
        [connection] = emulator.connections
    assert answer["body"] == '{"action": "anything"}'
    assert (connection.user, connection.api, connection.stage) == ("ann", "Api", "dev")
    assert f"$connect {connection.id}" in rows(emulator)


def test_the_emulators_url_stands_in_the_value_of_a_parameter(emulator: Emulator) -> None:
    with emulator.connect(token="ann") as client:
        client.send("{}")
        greeting = client.receive_json()["greeting"]
    assert greeting == f"hi, {{name}} at http://localhost:{emulator.http_url.rpartition(':')[2]}"


def test_urls_have_paths_stages_tokens_and_queries(emulator: Emulator) -> None:
    base = emulator.http_url.replace("http", "ws")
    assert emulator.url() == emulator.url("/dev") == emulator.url(api="Api", stage="dev") == f"{base}/dev"
    assert emulator.url(token="a b", query={"room": "1&2"}) == f"{base}/dev?room=1%262&token=a+b"
    with pytest.raises(ValueError, match="Api/dev"):
        emulator.url(stage="prod")
    with emulator.connect(query={"token": "ben"}):
        assert [one.user for one in emulator.connections] == ["ben"]


def test_a_refused_handshake_has_its_status(emulator: Emulator) -> None:
    with pytest.raises(HandshakeRefusedError) as refused:
        emulator.connect(token="wrong")
    assert (refused.value.status, "not authorized" in refused.value.body) == (403, True)


def test_subprotocols_and_headers_are_sent(emulator: Emulator) -> None:
    with emulator.connect(subprotocols=["chat.v1"], headers={"Authorization": "Bearer eve"}) as client:
        assert client.subprotocol == "chat.v1"
        assert [one.user for one in emulator.connections] == ["eve"]


def test_a_close_by_the_server_is_expected_with_the_messages_before_it(emulator: Emulator) -> None:
    management = emulator.client("apigatewaymanagementapi")
    with emulator.connect(token="ann") as client:
        [connection] = emulator.connections
        management.post_to_connection(ConnectionId=connection.id, Data=b"bye")
        management.delete_connection(ConnectionId=connection.id)

        closed = client.expect_close()

        assert (closed.code, closed.messages) == (1000, ("bye",))
        with pytest.raises(WebSocketClosedError):
            client.receive()
        with pytest.raises(WebSocketClosedError):
            client.send("too late")


def test_waits_for_what_does_not_come_end_with_a_time_out(emulator: Emulator) -> None:
    with emulator.connect(token="ann") as client:
        with pytest.raises(TimeoutError, match="no message came"):
            client.receive(timeout=0.01)
        client.send("{}")
        with pytest.raises(TimeoutError, match=r"still open.*greeting"):
            client.expect_close(timeout=0.5)


def test_functions_are_invoked_and_their_errors_raised_with_log(emulator: Emulator) -> None:
    assert emulator.invoke("Nightly", {"any": 1}) == {"night": True}
    with pytest.raises(FunctionError) as failed:
        emulator.invoke("Fail")
    assert (failed.value.error_type, failed.value.error_message) == ("ValueError", "no such room")
    assert "about to fail" in failed.value.log
    with pytest.raises(EmulatorHttpError, match="Function not found") as unknown:
        emulator.invoke("Nobody")
    assert unknown.value.status == 404


def test_the_only_schedule_runs_by_no_name_and_an_unknown_one_is_named(emulator: Emulator) -> None:
    assert emulator.run_schedule() == emulator.run_schedule("night") == {"night": True}
    with pytest.raises(EmulatorHttpError, match="There is no schedule day"):
        emulator.run_schedule("day")


def test_faults_are_added_listed_and_cleared(emulator: Emulator) -> None:
    added = emulator.faults.add("management-error", status=410, user="ann", times=1)
    late = emulator.faults.add("late-delivery", delay_ms=1)
    assert [one["target"] for one in emulator.faults.list()] == [{"operation": "post", "user": "ann"}, {}]
    emulator.faults.clear(added)
    assert [one["id"] for one in emulator.faults.list()] == [late]
    emulator.faults.clear()
    assert emulator.faults.list() == []
    with pytest.raises(EmulatorHttpError, match="status"):
        emulator.faults.add("management-error", status=418)


def test_a_reset_empties_tables_and_queues_and_closes_connections_without_a_disconnect(emulator: Emulator) -> None:
    emulator.client("dynamodb").create_table(
        TableName="mine",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    emulator.faults.add("lost-disconnect")
    with emulator.connect(token="ann") as client:
        emulator.reset()
        assert client.expect_close().code == 1001

    assert rows(emulator) == set()
    assert emulator.client("dynamodb").list_tables()["TableNames"] == ["local-Rows"]
    assert (emulator.connections, emulator.faults.list()) == ([], [])


def test_a_reset_ends_functions_at_work_which_then_write_nothing(emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "written"
    client = emulator.connect(token="ann")
    client.send_json({"action": "write", "file": str(file)})
    until(file.exists)

    emulator.reset()

    length = len(file.read_text())
    assert rows(emulator) == set()
    time.sleep(0.05)
    assert (len(file.read_text()), rows(emulator)) == (length, set())


def test_a_reset_leaves_tables_on_another_server_of_dynamodb_alone(emulator: Emulator) -> None:
    with Emulator(TEMPLATE, arguments=["--dynamodb-endpoint", emulator.aws_endpoint]) as other:
        with other.connect(token="ann"):
            kept = rows(other)
        other.reset()

        assert kept <= rows(other) == rows(emulator)
        assert other.client("sqs").list_queues()["QueueUrls"]


def test_queues_work_after_resets(emulator: Emulator) -> None:
    sqs = emulator.client("sqs")
    for number in range(3):
        emulator.reset()
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="local-Jobs")["QueueUrl"], MessageBody=str(number))
        until(lambda number=number: rows(emulator) == {f"job {number}"})  # type: ignore[misc]


def test_records_have_what_happened_since_a_number(emulator: Emulator) -> None:
    before = emulator.last_record
    with emulator.connect(token="ann") as client:
        client.send("{}")
        client.receive()
    until(lambda: "$disconnect" in [one["what"] for one in emulator.records(before)])
    kinds = [(one["kind"], one["what"]) for one in emulator.records(before)]
    assert kinds[:4] == [("call", "authorizer"), ("call", "$connect"), ("open", "dev"), ("in", "$default")]


def test_clients_reach_it_inside_moto_and_with_any_variables(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_PROFILE": "missing",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "AWS_USE_FIPS_ENDPOINT": "true",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws(), emulator.connect(token="ann"):
        assert len(rows(emulator)) == 1
        assert emulator.invoke("Nightly") == {"night": True}
        assert emulator.resource("dynamodb").Table("local-Rows").item_count == 1
        emulator.client("s3").create_bucket(Bucket="films")
        assert emulator.client("lambda").invoke(FunctionName="Nightly")["StatusCode"] == 200
        assert len(emulator.client("sqs").list_queues()["QueueUrls"]) == 1


def state_of_this_process() -> list[Any]:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]
    threads = [thread.name for thread in threading.enumerate()]
    return [dict(os.environ), list(sys.path), os.getcwd(), handlers, threads]


def test_two_under_a_running_loop_see_nothing_of_each_other_and_leave_this_process_as_it_was() -> None:
    async def use() -> None:
        before = state_of_this_process()[:4]
        async with AsyncExitStack() as stack:
            both = [stack.enter_async_context(Emulator(TEMPLATE)) for _ in range(2)]
            emulator, other = await asyncio.gather(*both)  # each starts in a thread
            async with emulator.connect_async(token="ann") as client:
                await client.send_json({"action": "anything"})
                assert (await client.receive_json())["greeting"] == "hello"
                assert ([one.user for one in emulator.connections], other.connections) == (["ann"], [])
                with pytest.raises(TimeoutError, match="still open"):
                    await client.expect_close(timeout=0.01)
                emulator.reset()
                assert (await client.expect_close()).code == 1001
            with pytest.raises(HandshakeRefusedError):
                await emulator.connect_async(token="wrong")
            assert state_of_this_process()[:4] == before

    with mock_aws():
        before = state_of_this_process()
        asyncio.run(use())
        assert state_of_this_process() == before


async def test_a_start_that_is_cancelled_leaves_no_process() -> None:
    emulator = Emulator(TEMPLATE)
    starting = asyncio.create_task(emulator.__aenter__())
    await asyncio.sleep(0.1)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    with pytest.raises(RuntimeError, match="does not run"):
        emulator.url()


def test_it_starts_and_stops_repeatedly_keeps_its_output_and_says_if_it_has_ended(tmp_path: Path) -> None:
    emulator = Emulator("template.yaml", folder=TEMPLATE.parent)
    with pytest.raises(RuntimeError, match="does not run"):
        emulator.url()
    emulator.stop()
    first = emulator.start().pid
    assert emulator.start().pid == first
    file = tmp_path / "written"
    emulator.connect(token="ann").send_json({"action": "write", "file": str(file)})
    until(file.exists)

    emulator.stop()

    length = len(file.read_text())
    emulator.stop()
    assert "$connect" in emulator.output
    with emulator:
        assert emulator.pid != first
        assert len(file.read_text()) == length  # no function runs after stop
        os.kill(emulator.pid, signal.SIGKILL)
        with pytest.raises(EmulatorHttpError, match=r"the emulator has ended \(exit status -9\)"):
            until(lambda: emulator.invoke("Nightly") is None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"template": "nowhere.yaml"}, "nowhere.yaml: cannot be read"),
        ({"template": TEMPLATE, "parameters": {"Colour": "red"}}, "Colour"),
        ({"template": TEMPLATE, "arguments": ["--no-such-option"]}, "--no-such-option"),
        ({}, "template.yaml: cannot be read"),
        ({"folder": "/nowhere"}, "cannot be started"),
    ],
)
def test_a_start_that_fails_raises_the_emulators_own_message(
    options: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EmulatorStartError) as failed:
        Emulator(**options).start()
    assert message in str(failed.value)
    assert "Traceback" not in str(failed.value)


def test_a_port_that_is_taken_is_named(started: Emulator) -> None:
    port = started.http_url.rpartition(":")[2]
    with pytest.raises(EmulatorStartError, match=f"127.0.0.1:{port}: Address already in use") as failed:
        Emulator(TEMPLATE, arguments=["--port", port]).start()
    assert failed.value.exit_status == 2


def test_a_start_that_takes_too_long_ends_the_process(tmp_path: Path) -> None:
    with pytest.raises(EmulatorStartError, match=r"not ready after 0\.01 s"):
        Emulator(TEMPLATE, start_timeout=0.01).start()


KILLED = """
import sys, time
from local_emulator import Emulator
emulator = Emulator(sys.argv[1]).start()
emulator.connect(token="ann").send_json({"action": "write", "file": sys.argv[2]})
print(emulator.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a process that is not a child, as Linux can")
def test_it_ends_with_its_functions_when_the_callers_process_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "written"
    command = [sys.executable, "-c", KILLED, str(TEMPLATE), str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        process = os.pidfd_open(int(caller.stdout.readline()))
        until(file.exists)
        caller.kill()
    ended, _, _ = select.select([process], [], [], 20)
    os.close(process)
    assert ended
    length = len(file.read_text())
    time.sleep(0.05)
    assert len(file.read_text()) == length


def test_importing_the_package_loads_nothing_of_it() -> None:
    code = "import sys, local_emulator; print([one for one in sys.modules if one.startswith('local_emulator.')])"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "['local_emulator.version']"
