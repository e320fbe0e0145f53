"""What a browser may ask of the upload server, and what comes of it in S3 and at push."""

import asyncio
import io
from typing import Any

import pytest

from tests.integration.examples.conftest import Backend, Server, Start

MEBIBYTE = 1024 * 1024


@pytest.fixture
async def server(start: Start) -> Server:
    return await start("--bandwidth-mb", "0", "--max-upload-mb", "8")


async def test_a_file_goes_to_s3_and_its_progress_to_push(server: Server, backend: Backend, s3: Any) -> None:
    headers = await server.sign_in("alice")
    body = bytes(6 * MEBIBYTE)
    status, answer = await server.ask("PUT", "/uploads/u-1?name=a%20film.mp4", data=io.BytesIO(body), headers=headers)
    assert (status, answer) == (202, {"uploadId": "u-1", "attempt": 1})
    statuses = await backend.statuses_until("completed", "failed")
    assert statuses[0] in ("queued", "uploading") and statuses[-1] == "completed"
    assert s3.get_object(Bucket="uploads", Key="alice/u-1/a film.mp4")["Body"].read() == body
    last = backend.updates[-1]
    assert (last["userId"], last["uploadId"], last["fileName"]) == ("alice", "u-1", "a film.mp4")
    assert last["bytesUploaded"] == last["bytesTotal"] == len(body)


async def test_a_file_of_unannounced_size_has_one_once_it_has_arrived(server: Server, backend: Backend) -> None:
    async def chunks() -> Any:
        yield bytes(1000)
        yield bytes(234)

    headers = await server.sign_in("alice")
    await server.ask("PUT", "/uploads/u-1?name=a", data=chunks(), headers=headers)
    await backend.statuses_until("completed")
    assert backend.updates[0]["bytesTotal"] is None
    assert backend.updates[-1]["bytesTotal"] == 1234


async def test_an_empty_file_is_a_file(server: Server, backend: Backend, s3: Any) -> None:
    headers = await server.sign_in("alice")
    assert (await server.ask("PUT", "/uploads/u-0?name=empty", data=b"", headers=headers))[0] == 202
    assert (await backend.statuses_until("completed", "failed"))[-1] == "completed"
    assert s3.head_object(Bucket="uploads", Key="alice/u-0/empty")["ContentLength"] == 0


async def test_a_token_is_the_signed_in_user_s_and_fresh(server: Server) -> None:
    headers = await server.sign_in("bob")
    status, answer = await server.ask("GET", "/token", headers=headers)
    assert (status, answer) == (200, {"token": "token-of-bob", "expiresInSeconds": 60})


async def test_a_provider_that_gives_no_token_is_told_as_such(server: Server, backend: Backend) -> None:
    headers = await server.sign_in("bob")
    backend.provider_status = 500
    status, answer = await server.ask("GET", "/token", headers=headers)
    assert status == 502
    assert answer["error"]["field"] == "token"


async def test_a_file_over_the_limit_is_refused_and_told(server: Server, backend: Backend) -> None:
    async def chunks() -> Any:
        for _ in range(9):
            yield bytes(MEBIBYTE)

    headers = await server.sign_in("alice")
    status, answer = await server.ask("PUT", "/uploads/u-1?name=a", data=chunks(), headers=headers)
    assert (status, answer["error"]["field"]) == (413, "body")
    assert (await backend.statuses_until("failed"))[-1] == "failed"
    assert backend.updates[-1]["error"]["code"] == "not_received"


async def test_an_upload_is_not_begun_twice_and_tried_again_only_as_a_higher_attempt(
    server: Server, backend: Backend
) -> None:
    headers = await server.sign_in("alice")
    assert (await server.ask("PUT", "/uploads/u-1?name=a", data=b"x", headers=headers))[0] == 202
    await backend.statuses_until("completed")
    status, answer = await server.ask("PUT", "/uploads/u-1?name=a", data=b"x", headers=headers)
    assert (status, answer["error"]["field"]) == (409, "attempt")
    status, answer = await server.ask("PUT", "/uploads/u-1?name=a&attempt=2", data=b"x", headers=headers)
    assert (status, answer["attempt"]) == (202, 2)


async def test_the_same_id_is_another_upload_for_another_user(server: Server, backend: Backend) -> None:
    for user in ("alice", "bob"):
        headers = await server.sign_in(user)
        assert (await server.ask("PUT", "/uploads/u-1?name=a", data=b"x", headers=headers))[0] == 202


async def test_a_running_upload_can_be_called_off_by_its_user_alone(start: Start, backend: Backend) -> None:
    server = await start("--bandwidth-mb", "0.5")
    alice, bob = await server.sign_in("alice"), await server.sign_in("bob")
    await server.ask("PUT", "/uploads/u-1?name=a", data=io.BytesIO(bytes(6 * MEBIBYTE)), headers=alice)
    status, answer = await server.ask("PUT", "/uploads/u-1?name=a&attempt=2", data=b"x", headers=alice)
    assert (status, answer["error"]["field"]) == (409, "uploadId")
    assert (await server.ask("DELETE", "/uploads/u-1", headers=bob))[0] == 404
    assert (await server.ask("DELETE", "/uploads/u-1", headers=alice))[0] == 204
    assert (await backend.statuses_until("canceled", "failed"))[-1] == "canceled"
    assert (await server.ask("DELETE", "/uploads/u-1", headers=alice))[0] == 404


async def test_a_storage_that_is_away_fails_the_upload_in_words(start: Start, backend: Backend) -> None:
    server = await start(AWS_ENDPOINT_URL_S3="http://127.0.0.1:9")
    headers = await server.sign_in("alice")
    await server.ask("PUT", "/uploads/u-1?name=a", data=b"x", headers=headers)
    await backend.statuses_until("failed")
    assert backend.updates[-1]["error"]["message"] == "The storage could not be reached."


async def test_a_browser_that_goes_away_before_the_end_fails_the_upload(server: Server, backend: Backend) -> None:
    headers = await server.sign_in("alice")
    lines = [f"{name}: {value}" for name, value in {**headers, "Host": "localhost", "Content-Length": "9000"}.items()]
    port = int(server.url.rpartition(":")[2])
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join(["PUT /uploads/u-1?name=a HTTP/1.1", *lines, "", "part"]).encode())
    await backend.statuses_until("uploading")
    writer.transport.abort()
    await backend.statuses_until("failed")
    assert backend.updates[-1]["error"]["code"] == "not_received"


async def test_the_page_may_load_its_own_files_and_its_gateway_and_nothing_else(start: Start) -> None:
    server = await start("--websocket-url", "ws://localhost:4321/ws/upload-progress")
    async with server.http.get(server.url) as response:
        page, policy = await response.text(), response.headers["Content-Security-Policy"]
    assert 'content="ws://localhost:4321/ws/upload-progress"' in page
    assert "default-src 'none'" in policy and "connect-src 'self' ws://localhost:4321;" in policy
    assert "unsafe" not in policy
    for file in ("page.js", "page.css", "icon.svg", "upload-progress.js", "upload-progress-list.js"):
        async with server.http.get(f"{server.url}/{file}") as response:
            assert response.status == 200
            assert response.headers["X-Content-Type-Options"] == "nosniff"
