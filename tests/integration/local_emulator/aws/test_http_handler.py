"""A call of DynamoDB that bypasses moto's server is answered as that server answers it, on a kept connection."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.aws.http_handler import read_headers
from tests.integration.local_emulator.conftest import Running

SCOPE = "Credential=local/20251118/eu-west-1/dynamodb/aws4_request"
HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": f"AWS4-HMAC-SHA256 {SCOPE}, SignedHeaders=host, Signature=0",
}
TABLE = {
    "TableName": "t",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
KEY = {"id": {"S": "1"}}
CALLS: list[tuple[str, Any]] = [
    ("ListTables", {}),
    ("PutItem", {"TableName": "t", "Item": KEY | {"b": {"B": "AAE="}, "m": {"M": {"x": {"NULL": True}}}}}),
    ("GetItem", {"TableName": "t", "Key": KEY, "ReturnConsumedCapacity": "TOTAL"}),
    ("GetItem", {"TableName": "gone", "Key": KEY}),
    ("Scan", {"TableName": "t", "Limit": 1, "Segment": None}),
    ("UpdateItem", {"TableName": "t", "Key": KEY, "UpdateExpression": "SET a = "}),
    ("PutItem", {"TableName": "t", "Item": KEY, "ConditionExpression": "attribute_not_exists(id)"}),
    ("DescribeTable", {"TableName": "t"}),
    ("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": "t", "Key": KEY}}]}),
]


def _call(port: int, operation: str, asked: Any, **more: str) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    connection.request("POST", "/", body, {**HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}", **more})
    answer = connection.getresponse()
    read = answer.read()
    connection.close()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, headers, json.loads(read) if read.startswith(b"{") else read


async def test_it_is_answered_as_moto_s_server_answers_it(running: Running) -> None:
    def both() -> None:
        port = running.settings.aws_port
        assert _call(port, "CreateTable", TABLE)[0] == 200
        for operation, asked in CALLS:
            ours = _call(port, operation, asked)
            if operation == "TransactWriteItems":
                _call(port, "PutItem", {"TableName": "t", "Item": KEY})
            # Pages of this machine may call, and moto's server reads what they send.
            theirs = _call(port, operation, asked, Origin="http://127.0.0.1")
            assert (ours[0], ours[2]) == (theirs[0], theirs[2]), operation
            assert ours[1]["content-type"] == theirs[1]["content-type"]
            assert int(ours[1]["x-amz-crc32"]) == int(theirs[1]["x-amz-crc32"])

    await asyncio.to_thread(both)


async def test_a_region_has_its_own_tables(running: Running) -> None:
    port = running.settings.aws_port
    await asyncio.to_thread(_call, port, "CreateTable", TABLE)
    other = HEADERS["Authorization"].replace("eu-west-1", "us-east-2")
    found = await asyncio.to_thread(lambda: _call(port, "ListTables", {}, Authorization=other)[2])
    own = await asyncio.to_thread(lambda: _call(port, "ListTables", {})[2])
    assert (found["TableNames"], own["TableNames"]) == ([], ["t"])


async def test_one_connection_serves_many_calls_and_other_services_after_them(running: Running) -> None:
    def calls() -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", running.settings.aws_port, timeout=20)
        connection.connect()
        own = connection.sock
        statuses = []
        for _ in range(3):
            connection.request("POST", "/", b"{}", {**HEADERS, "X-Amz-Target": "DynamoDB_20120810.ListTables"})
            statuses.append(connection.getresponse().read() and 200)
            assert connection.sock is own
        form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": HEADERS["Authorization"]}
        form["Authorization"] = form["Authorization"].replace("dynamodb", "sqs")
        connection.request("POST", "/", b"Action=ListQueues&Version=2012-11-05", form)
        return [*statuses, connection.getresponse().status]

    assert await asyncio.to_thread(calls) == [200, 200, 200, 200]


async def test_a_head_that_comes_in_pieces_is_read_too(running: Running) -> None:
    def call() -> bytes:
        with socket.create_connection(("127.0.0.1", running.settings.aws_port), timeout=20) as connection:
            lines = [f"{name}: {value}" for name, value in HEADERS.items()]
            lines += ["X-Amz-Target: DynamoDB_20120810.ListTables", "Content-Length: 2", "Connection: close", "", "{}"]
            whole = "\r\n".join(["POST / HTTP/1.1", "Host: localhost", *lines]).encode()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in (whole[:40], whole[40:-1], whole[-1:]):
                connection.sendall(piece)
                time.sleep(0.05)
            return connection.makefile("rb").read()

    assert b" 200 " in (await asyncio.to_thread(call)).splitlines()[0]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3002"])
async def test_a_name_that_somebody_may_own_is_refused(running: Running, host: str) -> None:
    status, _, said = await asyncio.to_thread(lambda: _call(running.settings.aws_port, "ListTables", {}, Host=host))
    assert (status, "Host header" in said["message"]) == (403, True)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), st.from_regex(r"[!-~]{1,12}", fullmatch=True)
    )
)
def test_headers_are_read_by_name_in_lower_case(headers: dict[str, str]) -> None:
    lines = "".join(f"{name.title()}:  {value}\r\n" for name, value in headers.items()).encode()
    assert read_headers(lines) == headers


@pytest.mark.parametrize("lines", [b"a: 1\r\nA: 2\r\n", b"a: 1\r\n b\r\n", b"a : 1\r\n", b"a\r\n", b"a: 1\n\r\n"])
def test_what_is_no_plain_header_is_left_to_the_server(lines: bytes) -> None:
    assert read_headers(lines) is None
