"""A cancel ends an attempt wherever its bytes are and leaves nothing in S3; a retry after it ends right."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.examples.conftest import Backend, Server, Start

MEBIBYTE = 1024 * 1024
KEY = "alice/u-1/film.mp4"
WHOLE = bytes(12 * MEBIBYTE)
ANOTHER = b"another try"
ENDED = ("completed", "failed", "canceled")
Headers = dict[str, str]


class SlowStore:
    """A way to the real S3 on which answers to chosen requests are held: S3 has acted, and nobody knows yet."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http
        self.held, self.release = asyncio.Event(), asyncio.Event()
        self.holds: Callable[[web.Request], bool] = lambda _: False

    async def pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        async with self._http.request(
            request.method,
            self._url + request.path_qs,
            headers=request.headers,
            data=io.BytesIO(body),
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
        if self.holds(request):
            self.held.set()
            await self.release.wait()
        kept = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "Date")}
        return web.Response(status=answer.status, body=content, headers=kept)


@pytest.fixture
async def store(s3_url: str) -> AsyncIterator[SlowStore]:
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        yield SlowStore(s3_url, http)


@pytest.fixture
async def store_url(store: SlowStore) -> AsyncIterator[str]:
    app = web.Application(client_max_size=64 * MEBIBYTE)
    app.router.add_route("*", "/{path:.*}", store.pass_on)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    store.release.set()
    await server.close()


@pytest.fixture(autouse=True)
def empty_bucket(s3: Any) -> None:
    """Every test finds the bucket without objects."""
    if any(bucket["Name"] == "uploads" for bucket in s3.list_buckets()["Buckets"]):
        for key in keys(s3):
            s3.delete_object(Bucket="uploads", Key=key)


def keys(s3: Any) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket="uploads").get("Contents", [])]


def content(s3: Any, key: str = KEY) -> bytes:
    body: bytes = s3.get_object(Bucket="uploads", Key=key)["Body"].read()
    return body


def parts_left(s3: Any) -> list[Any]:
    return list(s3.list_multipart_uploads(Bucket="uploads").get("Uploads", []))


async def put(server: Server, headers: Headers, body: bytes, attempt: int = 1, upload_id: str = "u-1") -> Any:
    path = f"/uploads/{upload_id}?name=film.mp4&attempt={attempt}"
    return await server.ask("PUT", path, data=io.BytesIO(body), headers=headers)


async def cancel(server: Server, headers: Headers, upload_id: str = "u-1") -> int:
    status, _ = await server.ask("DELETE", f"/uploads/{upload_id}", headers=headers)
    return int(status)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


def statuses(backend: Backend, attempt: int, upload_id: str = "u-1") -> list[str]:
    """What was pushed of an attempt, each status once."""
    of_it = [one for one in backend.updates if (one["uploadId"], one["attempt"]) == (upload_id, attempt)]
    return list(dict.fromkeys(one["status"] for one in of_it))


async def end(backend: Backend, attempt: int, upload_id: str = "u-1") -> str:
    """How an attempt ended, as push was told."""
    await until(lambda: set(statuses(backend, attempt, upload_id)) & set(ENDED))
    return statuses(backend, attempt, upload_id)[-1]


async def retry(server: Server, headers: Headers) -> None:
    """Send a second attempt, with another body."""
    assert (await put(server, headers, ANOTHER, attempt=2))[0] == 202


async def second_completes(backend: Backend, s3: Any) -> None:
    """The second attempt completes, and S3 has its body and nothing of the first."""
    assert await end(backend, 2) == "completed"
    assert await asyncio.to_thread(content, s3) == ANOTHER
    assert await asyncio.to_thread(parts_left, s3) == []
    assert statuses(backend, 1)[-1] == "canceled"
    assert {one["attempt"] for one in backend.updates if one["uploadId"] == "u-1"} == {1, 2}


async def test_while_the_body_arrives_the_request_ends_with_the_cancel(start: Start, backend: Backend, s3: Any) -> None:
    server = await start("--bandwidth-mb", "0")
    headers = await server.sign_in("alice")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    lines = [f"{name}: {value}" for name, value in {**headers, "Host": "localhost", "Content-Length": "9000"}.items()]
    writer.write("\r\n".join(["PUT /uploads/u-1?name=film.mp4 HTTP/1.1", *lines, "", "part"]).encode())
    await backend.statuses_until("uploading")

    assert await cancel(server, headers) == 204

    assert await end(backend, 1) == "canceled"
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)  # though the body has not come, nor a broken line
    assert b" 409 " in answer
    writer.close()
    await retry(server, headers)
    await second_completes(backend, s3)


async def test_an_attempt_that_waits_for_its_turn_never_begins(start: Start, backend: Backend, s3: Any) -> None:
    server = await start("--bandwidth-mb", "0.1")
    headers = await server.sign_in("alice")
    before = [f"before-{number}" for number in range(8)]  # all that are brought into S3 at once
    for upload_id in before:
        assert (await put(server, headers, bytes(MEBIBYTE), upload_id=upload_id))[0] == 202
    assert (await put(server, headers, WHOLE))[0] == 202

    assert await cancel(server, headers) == 204

    assert await end(backend, 1) == "canceled"
    assert "processing" not in statuses(backend, 1)
    for upload_id in before:
        await cancel(server, headers, upload_id)
    await retry(server, headers)
    await second_completes(backend, s3)


async def test_a_transfer_that_runs_is_aborted_and_leaves_no_parts(start: Start, backend: Backend, s3: Any) -> None:
    server = await start("--bandwidth-mb", "1")
    headers = await server.sign_in("alice")
    assert (await put(server, headers, WHOLE))[0] == 202
    await until(lambda: any(one["bytesUploaded"] for one in backend.updates))

    assert await cancel(server, headers) == 204

    assert await end(backend, 1) == "canceled"
    await until(lambda: not parts_left(s3))
    assert keys(s3) == []
    await retry(server, headers)
    await second_completes(backend, s3)


@pytest.mark.parametrize(("body", "method"), [(WHOLE, "POST"), (b"small", "PUT")], ids=["multipart", "at-once"])
@pytest.mark.parametrize("retries_at_once", [False, True])
async def test_an_attempt_that_s3_completes_in_this_moment_leaves_no_object(
    start: Start,
    backend: Backend,
    s3: Any,
    store: SlowStore,
    store_url: str,
    body: bytes,
    method: str,
    retries_at_once: bool,
) -> None:
    server = await start("--bandwidth-mb", "0", AWS_ENDPOINT_URL_S3=store_url)
    headers = await server.sign_in("alice")
    store.holds = lambda request: (
        not store.held.is_set()
        and request.method == method
        and request.path.endswith(KEY)
        and (method == "PUT" or "uploadId" in request.query)
    )
    assert (await put(server, headers, body))[0] == 202
    await asyncio.wait_for(store.held.wait(), 20)
    assert await asyncio.to_thread(content, s3) == body

    assert await cancel(server, headers) == 204

    assert await end(backend, 1) == "canceled"
    if retries_at_once:
        await retry(server, headers)
    store.release.set()
    if not retries_at_once:
        await until(lambda: keys(s3) == [])
        await retry(server, headers)
    await second_completes(backend, s3)


async def test_what_has_completed_is_canceled_no_more(start: Start, backend: Backend, s3: Any) -> None:
    server = await start("--bandwidth-mb", "0")
    headers = await server.sign_in("alice")
    await put(server, headers, ANOTHER)
    assert await end(backend, 1) == "completed"

    assert await cancel(server, headers) == 404

    assert await asyncio.to_thread(content, s3) == ANOTHER


@pytest.mark.parametrize("seed", range(12))
async def test_at_any_moment_an_attempt_is_either_completed_or_gone(
    start: Start, backend: Backend, s3: Any, seed: int
) -> None:
    server = await start("--bandwidth-mb", "0")
    headers = await server.sign_in("alice")
    sending = asyncio.ensure_future(put(server, headers, WHOLE))
    await asyncio.sleep(random.Random(seed).uniform(0, 0.5))

    while (status := await cancel(server, headers)) == 404 and not backend.updates:
        await asyncio.sleep(0)  # the request has not arrived

    ended = await end(backend, 1)
    assert ended == ("canceled" if status == 204 else "completed")
    assert (await sending)[0] in ((202,) if ended == "completed" else (202, 409))
    if ended == "completed":
        assert await asyncio.to_thread(content, s3) == WHOLE
    else:
        await until(lambda: not parts_left(s3))
        await retry(server, headers)
        await second_completes(backend, s3)
