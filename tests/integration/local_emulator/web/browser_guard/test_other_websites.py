"""No page of another website gets at AWS's APIs here; boto3 and pages of this machine do. Tried on a real emulator."""

import asyncio
from typing import Any

import boto3
import pytest

from tests.integration.local_emulator.conftest import SIGNED, Running

INVOKE = "/2015-03-31/functions/Echo/invocations"
FOREIGN = [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}]


def doors(running: Running) -> list[tuple[str, str]]:
    aws = f"http://127.0.0.1:{running.settings.aws_port}"
    return [
        ("POST", running.base + INVOKE),
        ("POST", f"{running.base}/dev/@connections/A="),
        ("DELETE", f"{running.base}/dev/@connections/A="),
        ("POST", f"{aws}/"),
        ("POST", f"{aws}/moto-api/reset"),
        ("GET", f"{aws}/?Action=ListQueues"),
        ("PUT", f"{aws}/bucket"),
    ]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: next(iter(headers)))
async def test_another_website_is_refused_at_every_door(running: Running, headers: dict[str, str]) -> None:
    for method, url in doors(running):
        async with running.http.request(method, url, headers=SIGNED | headers) as answer:
            assert (url, answer.status) == (url, 403)
            assert (await answer.json())["message"].startswith("Forbidden: the ")
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_refusal_is_told_on_the_console(running: Running) -> None:
    await running.http.post(running.base + INVOKE, headers={"Origin": "https://evil.example"})

    assert "403" in running.lines
    assert running.events == []


def client(service: str, url: str) -> Any:
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **keys)


async def test_boto3_sends_no_origin_and_is_let_in(running: Running) -> None:
    """By both names of this machine, on both ports."""
    for host in ("127.0.0.1", "localhost"):
        functions = client("lambda", f"http://{host}:{running.settings.port}")
        queues = client("sqs", f"http://{host}:{running.settings.aws_port}")
        answer = await asyncio.to_thread(functions.invoke, FunctionName="Echo", Payload=b'{"body": "{}"}')
        assert answer["StatusCode"] == 200
        assert (await asyncio.to_thread(queues.list_queues))["ResponseMetadata"]["HTTPStatusCode"] == 200


async def test_the_inspectors_own_form_invokes(running: Running) -> None:
    headers = {"Origin": running.base, "Sec-Fetch-Site": "same-origin"}
    async with running.http.post(running.base + INVOKE, headers=headers, json={"body": "{}"}) as answer:
        assert answer.status == 200


async def test_a_page_of_this_machine_uploads_straight_to_s3(running: Running) -> None:
    """From another port, to a URL that was signed for it, after a preflight."""
    aws = f"http://localhost:{running.settings.aws_port}"
    storage = client("s3", aws)
    await asyncio.to_thread(storage.create_bucket, Bucket="uploads")
    url = storage.generate_presigned_url("put_object", Params={"Bucket": "uploads", "Key": "a"})
    page = {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"}
    async with running.http.options(url, headers=page | {"Access-Control-Request-Method": "PUT"}) as preflight:
        assert preflight.status == 200
    async with running.http.put(url, headers=page, data=b"part") as put:
        assert put.status == 200


async def test_a_handshake_is_left_to_the_applications_own_rule(running: Running) -> None:
    connection = await running.connect(headers={"Origin": "https://app.example.com"})
    await connection.close()
