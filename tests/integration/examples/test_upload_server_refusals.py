"""Requests that the upload server refuses; one server answers them all."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from tests.integration.examples.conftest import KEYS, Backend, Server, run, started

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> Backend:
    return Backend()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server(backend: Backend) -> AsyncIterator[Server]:
    async with TestServer(backend.app(), host="127.0.0.1") as calls, aiohttp.ClientSession() as http:
        process = await run("--port", "0", AWS_ENDPOINT_URL_LAMBDA=str(calls.make_url("")).rstrip("/"), **KEYS)
        yield await started(process, http)
        process.kill()
        await process.communicate()


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer guess", "Basic YWxpY2U6"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/token"), ("PUT", "/uploads/u-1?name=a"), ("DELETE", "/uploads/u-1")]
)
async def test_nothing_is_given_to_who_is_not_signed_in(
    server: Server, method: str, path: str, authorization: str
) -> None:
    status, answer = await server.ask(method, path, headers={"Authorization": authorization})
    assert (status, answer["error"]["field"]) == (401, "Authorization")


@pytest.mark.parametrize("user", ["", "-alice", "a b", "a/b", "x" * 65, "ä", None, 7, ["alice"]])
async def test_a_user_that_cannot_be_one_is_refused_by_name(server: Server, user: object) -> None:
    status, answer = await server.ask("POST", "/sign-in", json={"user": user})
    assert (status, answer["error"]["field"]) == (400, "user")


@pytest.mark.parametrize(
    ("body", "kind", "status", "field"),
    [
        (b"", "application/json", 400, "body"),
        (b"[]", "application/json", 400, "body"),
        (b"[" * 4000, "application/json", 400, "body"),
        (b"x" * 5000, "application/json", 413, "body"),
        (b"user=alice", "application/x-www-form-urlencoded", 415, "Content-Type"),
    ],
)
async def test_a_sign_in_that_is_not_json_is_refused(
    server: Server, body: bytes, kind: str, status: int, field: str
) -> None:
    answer = await server.ask("POST", "/sign-in", data=body, headers={"Content-Type": kind})
    assert (answer[0], answer[1]["error"]["field"]) == (status, field)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/uploads/u-1", "name"),
        ("/uploads/u-1?name=", "name"),
        ("/uploads/u-1?name=..%2Fsecret", "name"),
        ("/uploads/u-1?name=a%5Cb", "name"),
        ("/uploads/u-1?name=a%0Ab", "name"),
        ("/uploads/u-1?name=" + "x" * 256, "name"),
        ("/uploads/u%201?name=a", "uploadId"),
        ("/uploads/" + "u" * 65 + "?name=a", "uploadId"),
        ("/uploads/u-1?name=a&attempt=0", "attempt"),
        ("/uploads/u-1?name=a&attempt=1001", "attempt"),
        ("/uploads/u-1?name=a&attempt=one", "attempt"),
    ],
)
async def test_an_upload_with_a_bad_field_is_refused_by_its_name(
    server: Server, backend: Backend, path: str, field: str
) -> None:
    headers = await server.sign_in("alice")
    status, answer = await server.ask("PUT", path, data=b"x", headers=headers)
    assert (status, answer["error"]["field"]) == (400, field)
    assert backend.updates == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "uploads.example.com"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
    ],
)
async def test_other_sites_get_nothing(server: Server, headers: dict[str, str]) -> None:
    status, answer = await server.ask("POST", "/sign-in", json={"user": "alice"}, headers=headers)
    assert status == 403
    assert answer["error"]["field"] == "Host or Origin"


@pytest.mark.parametrize("path", ["/nothing", "/nothing.js", "/../settings.py", "/uploads"])
async def test_an_unknown_path_is_answered_in_json(server: Server, path: str) -> None:
    status, answer = await server.ask("GET", path)
    assert (status, answer["error"]["field"]) == (404, "path")
