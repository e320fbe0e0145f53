"""`make benchmark-aws`: the CPU of a call of DynamoDB on the AWS port, beside moto's own server in the same run."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from benchmarks.harness import processes
from benchmarks.harness.report import Report, benchmark_parser, machine
from benchmarks.harness.section import write_section
from local_emulator.aws.process import SERVER
from testing.running import System, free_port, running_system

HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20251118/us-east-1/dynamodb/aws4_request, Signature=0",
}
KEYS = {"userId": "HASH", "connectionId": "RANGE"}
TABLE = {
    "TableName": "connections",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in KEYS.items()],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in KEYS],
}
KEY = {"userId": {"S": "ann"}, "connectionId": {"S": "one"}}
ROW = KEY | {f"heardAt{number}": {"N": "1700000000000"} for number in range(38)}
CALLS: dict[str, dict[str, Any]] = {
    "PutItem": {"Item": ROW},
    "GetItem": {"Key": KEY, "ConsistentRead": True},
    "UpdateItem": {
        "Key": KEY,
        "UpdateExpression": "SET heardAt1 = :now, heardAt2 = if_not_exists(heardAt3, :now) ADD heardAt4 :one",
        "ConditionExpression": "attribute_exists(userId) AND heardAt5 < :now",
        "ExpressionAttributeValues": {":now": {"N": "1800000000000"}, ":one": {"N": "1"}},
        "ReturnValues": "ALL_NEW",
    },
    "Query": {"KeyConditionExpression": "userId = :user", "ExpressionAttributeValues": {":user": {"S": "ann"}}},
}
COUNTED = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "TransactWriteItems")


def main() -> int:
    parser = benchmark_parser("benchmarks.aws", __doc__)
    parser.add_argument("--calls", type=int, default=500, help="of each operation in a round")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    report = Report(("process CPU", "emulator", "moto's server", "ratio", "goal"), f"{machine()}; medians")
    with running_system("--no-schedules") as system, moto_server() as moto:
        compare(system, moto, given.calls, given.rounds, report)
        counts = asyncio.run(count(system, given.calls))
    for name, calls, cpu in counts:
        print(f"{name}: {calls} calls, {cpu} us", flush=True)
    if given.write:
        lines = [f"| {name} | {calls} | {cpu} us |" for name, calls, cpu in counts]
        counted = "\n".join(["| behind | calls of DynamoDB | CPU |", "| --- | --: | --: |", *lines])
        write_section("performance.md", "aws", f"{report.markdown()}\n\n{counted}")
    return 0


@contextmanager
def moto_server() -> Iterator[processes.Server]:
    port = free_port()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # it prints a line for each call
    started = time.perf_counter()
    with processes.started_process(["-m", "moto.server", "-p", str(port)], processes.SERVERS, **quiet) as process:
        while call(port, "ListTables", {}, True) is None:
            time.sleep(0.05)
        yield processes.Server(port, process, time.perf_counter() - started)


def call(port: int, operation: str, asked: Any, may_fail: bool = False) -> http.client.HTTPConnection | None:
    """One call on a connection of its own, which is returned for more."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        send(connection, operation, asked)
    except OSError:
        if may_fail:
            return None
        raise
    return connection


def send(connection: http.client.HTTPConnection, operation: str, asked: Any) -> None:
    headers = {**HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    connection.request("POST", "/", json.dumps(asked), headers)
    answer = connection.getresponse()
    if (read := answer.read()) and answer.status != 200:
        raise RuntimeError(f"{operation}: {read.decode()}")


def compare(system: System, moto: processes.Server, calls: int, rounds: int, report: Report) -> None:
    ours, theirs = (system.aws_port, aws_pid(system)), (moto.port, moto.process.pid)
    for port, _ in (ours, theirs):
        call(port, "CreateTable", TABLE)
    for operation, asked in CALLS.items():
        full = asked | {"TableName": "connections"}
        a, b = (
            median(per_call(port, pid, lambda one: send(one, operation, full), calls) for _ in range(rounds))  # noqa: B023
            for port, pid in (ours, theirs)
        )
        report.row(operation, f"{a:.0f} us", f"{b:.0f} us", a / b)


def aws_pid(system: System) -> int:
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in processes.descendants(system.pid)}
    [pid] = (pid for pid, command in commands.items() if f"\0{SERVER}\0" in command)
    return pid


def per_call(port: int, pid: int, send_one: Callable[[http.client.HTTPConnection], None], calls: int) -> float:
    """Microseconds of CPU of the server's process."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    before = processes.cpu_seconds(pid)
    for _ in range(calls):
        send_one(connection)
    return (processes.cpu_seconds(pid) - before) / calls * 1e6


async def count(system: System, times: int) -> list[tuple[str, str, int]]:
    """By name: the calls of each operation behind one, and microseconds of CPU. A fault that delays nothing counts."""
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        headers = {"Authorization": f"Bearer {system.token('ann')}"}
        watchers = [await http.ws_connect(system.url, headers=headers) for _ in range(5)]
        reading = [group.create_task(_read(one)) for one in watchers]

        turns = itertools.cycle(watchers)  # each may send so many in ten seconds

        async def pong() -> None:
            await next(turns).send_json({"action": "pong"})
            await asyncio.sleep(0.1)

        actions = {
            "a push to five connections": lambda: asyncio.to_thread(system.push, update()),
            "a pong": pong,
            "a sweep with nothing due": lambda: asyncio.to_thread(sweep, system),
        }
        found = [
            (name, await counted(system, act), await cpu(system, act, min(times // 5, 100)))
            for name, act in actions.items()
        ]
        for one, task in zip(watchers, reading, strict=True):
            await one.close()
            task.cancel()
        return found


async def _read(watcher: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in watcher:
        pass


def update() -> dict[str, Any]:
    about = {"uploadId": "u1", "userId": "ann", "filename": "f", "size": 100}
    return {**about, "bytes": 1, "status": "uploading", "rev": int(time.time() * 1000)}


def sweep(system: System) -> None:
    system.client("lambda").invoke(FunctionName="SweepFunction", Payload=b"{}")["Payload"].read()


async def counted(system: System, act: Callable[[], Any]) -> str:
    system.faults("DELETE")
    for operation in COUNTED:
        system.faults("POST", kind="dynamodb-latency", target={"operation": operation}, delayMs=0)
    await act()
    await asyncio.sleep(0.5)
    faults = system.faults("GET")["faults"]
    system.faults("DELETE")
    return ", ".join(f"{one['strikes']} {one['target']['operation']}" for one in faults if one["strikes"])


async def cpu(system: System, act: Callable[[], Any], times: int) -> int:
    pid = aws_pid(system)
    before = processes.cpu_seconds(pid)
    for _ in range(times):
        await act()
    return round((processes.cpu_seconds(pid) - before) / times * 1e6)


if __name__ == "__main__":
    sys.exit(main())
