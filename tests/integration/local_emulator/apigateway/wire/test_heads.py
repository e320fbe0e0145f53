"""The HTTP side, byte by byte: what no well-behaved client sends, and what comes after a refusal."""

import asyncio
import base64
import json
import os
from dataclasses import replace

import aiohttp
import pytest
from websockets.frames import Frame, Opcode

from local_emulator.apigateway.rules.limits import GatewayLimits
from tests.integration.local_emulator.conftest import SIGNED, Running, until

KEY = base64.b64encode(bytes(16)).decode()
ACCEPT = b"ICX+Yqv66kxgM0FcWaLWlFLwTAI="  # of sixteen zero bytes


def head(path: str = "/dev", version: str = "1.1", *lines: str) -> bytes:
    own = ["Host: h", "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13"]
    return "\r\n".join([f"GET {path} HTTP/{version}", *own, f"Sec-WebSocket-Key: {KEY}", *lines, "", ""]).encode()


async def exchange(running: Running, sent: bytes, until_seen: bytes = b"") -> bytes:
    """What comes back: until the gateway closes, or all of `until_seen` is there, or nothing comes for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.settings.port)
    writer.write(sent)
    received = b""
    while not (until_seen and until_seen in received):
        try:
            part = await asyncio.wait_for(reader.read(65536), 0.5 if received and not until_seen else 20)
        except TimeoutError:
            break
        if not part:
            break
        received += part
    writer.close()
    return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_the_key_is_answered(running: Running) -> None:
    answer = await exchange(running, head())

    assert status(answer) == 101
    assert b"sec-websocket-accept: " + ACCEPT.lower() in answer.lower()
    assert b"extensions" not in answer.lower()  # none was offered


async def test_frames_that_come_with_the_handshake_are_heard(running: Running) -> None:
    frame = Frame(Opcode.TEXT, b'{"action": "echo"}').serialize(mask=True)

    assert b'{"action": "echo"}' in await exchange(running, head() + frame, b'{"action": "echo"}')


async def test_frames_that_come_while_connect_runs_wait_for_it(running: Running) -> None:
    frame = Frame(Opcode.TEXT, b'{"action": "echo"}').serialize(mask=True)

    answer = b""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.settings.port)
    writer.write(head("/dev?connect=wait"))
    await asyncio.sleep(0.1)
    writer.write(frame)
    while not answer.endswith(b'{"action": "echo"}'):
        answer += await asyncio.wait_for(reader.read(4096), 20)
    assert status(answer) == 101
    writer.close()


async def test_names_of_headers_have_no_case(running: Running) -> None:
    sent = (
        head().replace(b"Upgrade: websocket", b"uPGRADE: WebSocket").replace(b"Sec-WebSocket-Key", b"sec-websocket-key")
    )

    assert status(await exchange(running, sent)) == 101


async def test_a_refused_handshake_ends_its_tcp_connection(running: Running) -> None:
    answer = await exchange(running, head("/nowhere") + head())

    assert answer.count(b"HTTP/1.1") == 1 and status(answer) == 403
    assert b"connection: close" in answer.lower()


async def test_calls_share_a_tcp_connection(running: Running) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in SIGNED.items())
    call = f"GET /dev/@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: h\r\n{lines}\r\n".encode()

    lines = lines + "Connection: close\r\n"
    last = f"GET /dev/@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: h\r\n{lines}\r\n".encode()
    assert (await exchange(running, call + last)).count(b"HTTP/1.1 410 Gone") == 2


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (head("/dev", "1.0"), 426),
        (b"GET /dev HTTP/1.0\r\n\r\n", 426),
        (b"GET /dev HTTP/1.1\r\nHost: h\r\n\r\n", 426),
        (head().replace(b"GET", b"POST"), 426),
        (head().replace(b"Version: 13", b"Version: 8"), 400),
        (head().replace(KEY.encode(), b"short"), 400),
        (head().replace(b"Sec-WebSocket-Key", b"X-Other"), 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET /dev\r\n\r\n", 426),
        (head().replace(b"keep-alive, Upgrade", b"keep-alive\r\nConnection: Upgrade"), 101),
        (head().replace(b"Upgrade: websocket", b"Upgrade: h2c, websocket"), 101),
    ],
)
async def test_what_is_no_handshake_is_refused(running: Running, sent: bytes, expected: int) -> None:
    assert status(await exchange(running, sent)) == expected


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "HTTPS traffic on an HTTP port"),
        (b"SSH-2.0-Client\r\n", "Invalid method encountered"),
        (b"GET /dev HTTP/1.1\r\n\r\n", "Missing 'Host' header"),
        (b"GET /dev HTTP/1.x\r\n\r\n", "Bad status line: Invalid minor version"),
        (head("/dev?key=quite-secret&\xe9=1"), "Invalid char in url query"),
    ],
)
async def test_what_is_no_http_is_a_line_on_the_console_that_shows_no_token(
    running: Running, sent: bytes, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert status(await exchange(running, sent)) == 400

    assert problem in running.lines
    assert "quite-secret" not in running.lines and not caplog.records


async def test_a_url_over_4096_characters_is_414(running: Running) -> None:
    longest = 4096 - len("wss://h/dev?x=")
    assert status(await exchange(running, head("/dev?x=" + "y" * longest))) == 101
    assert status(await exchange(running, head("/dev?x=" + "y" * (longest + 1)))) == 414
    assert status(await exchange(running, head("/dev?x=" + "y" * 60_000))) == 414


async def test_headers_over_10_kb_are_431(running: Running) -> None:
    assert status(await exchange(running, head("/dev", "1.1", "X-Large: " + "y" * 9_800))) == 101
    assert status(await exchange(running, head("/dev", "1.1", "X-Large: " + "y" * 10_240))) == 431


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("a", b"\r\nsec-websocket-protocol: a\r\n"), ("a,%20b", b": a, b\r\n"), ("b%22%7D", b': b"}\r\n')],
)
async def test_a_subprotocol_goes_out_as_connect_names_it(running: Running, chosen: str, expected: bytes) -> None:
    answer = await exchange(running, head(f"/dev?subprotocol={chosen}"))

    assert status(answer) == 101 and expected in answer.lower()


@pytest.mark.parametrize("chosen", ["a%0D%0AX-Evil:%201", "%00", "caf%C3%A9"])
async def test_a_subprotocol_that_no_header_can_hold_is_502(running: Running, chosen: str) -> None:
    answer = await exchange(running, head(f"/dev?subprotocol={chosen}"))

    assert status(answer) == 502 and b"evil" not in answer.lower()


@pytest.mark.parametrize("interim", [100, 101, 199])
async def test_an_interim_status_of_connect_is_502(running: Running, interim: int) -> None:
    assert status(await exchange(running, head(f"/dev?status={interim}"))) == 502


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "OPTIONS"])
async def test_connections_knows_three_methods(running: Running, method: str) -> None:
    assert await running.status(method, "/dev/@connections/AAAAAAAAAAAAAAA=") == 403


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/dev/@connections/AAAAAAAAAAAAAAA%3D", 410),
        ("/dev/%40connections/AAAAAAAAAAAAAAA%3d", 410),
        ("/dev/@connections/AAAAAAAAAAAAAAA%253D", 400),
        ("/dev/@connections/AAAAAAAAAAAAAAA=/", 400),
        ("/dev/@connections/", 403),
        ("/dev/@connections", 403),
        ("/other/@connections/AAAAAAAAAAAAAAA=", 403),
        ("//dev/@connections/AAAAAAAAAAAAAAA=", 403),
    ],
)
async def test_paths_of_connections(running: Running, path: str, expected: int) -> None:
    assert await running.status("GET", path) == expected


async def test_a_gzipped_post_is_sent_as_it_came(running: Running) -> None:
    connection = await running.connect()
    path = f"/dev/@connections/{running.connection_id}"
    headers = {**SIGNED, "Content-Encoding": "gzip"}
    async with running.http.post(running.base + path, data=b"no gzip", headers=headers) as answer:
        assert answer.status == 200
    assert (await connection.receive()).data == "no gzip"
    await connection.close()


async def test_an_empty_post_is_an_empty_message(running: Running) -> None:
    connection = await running.connect()
    assert await running.status("POST", f"/dev/@connections/{running.connection_id}", data=b"") == 200
    assert (await connection.receive()).data == ""
    await connection.close()


async def test_every_answer_has_request_ids(running: Running) -> None:
    async with running.http.get(f"{running.base}/dev/@connections/x", headers=SIGNED) as answer:
        assert answer.status == 400
        assert len(answer.headers["x-amzn-RequestId"]) == 36 and answer.headers["x-amz-apigw-id"].endswith("=")


class TestRates:
    @pytest.fixture
    def limits(self) -> GatewayLimits:
        return replace(
            GatewayLimits(), enforce_rates=True, connects_per_second=3, requests_per_second=0, requests_burst=8
        )

    async def test_the_accounts_rates_are_429_and_frames(self, running: Running) -> None:
        # At once: the rate lets more through while a busy machine starts functions.
        opened = await asyncio.gather(*(running.connect() for _ in range(12)), return_exceptions=True)
        refusals = [one for one in opened if isinstance(one, aiohttp.WSServerHandshakeError)]
        connections = [one for one in opened if isinstance(one, aiohttp.ClientWebSocketResponse)]
        assert {refusal.status for refusal in refusals} == {429}
        first = connections[-1]
        for _ in range(4):
            await first.send_str('{"action": "echo"}')
            assert (await first.receive()).data == '{"action": "echo"}'
        assert await running.status("GET", f"/dev/@connections/{running.connection_id}") == 200
        assert await running.status("GET", f"/dev/@connections/{running.connection_id}") == 429
        await first.send_str('{"action": "echo"}')
        assert '"Too Many Requests"' in (await first.receive()).data
        for connection in connections:
            await connection.close()


class TestReadings:
    @pytest.fixture
    def limits(self) -> GatewayLimits:
        return replace(
            GatewayLimits(),
            answers_pings=False,
            ping_resets_idle=True,
            idle_seconds=0.6,
            outbound_opcode="binary",
            binary_close_reason="so",
            compression=False,
            request_head_seconds=0.5,
            empty_route_response_is_sent=False,
            failing_status_is_error_frame=True,
            extra_keys_are_malformed=False,
            messages_run_concurrently=False,
            requires_signature=False,
            none_connect_status=418,
        )

    async def test_each_reading_can_be_the_other(self, running: Running) -> None:
        assert await running.refused("/dev?connect=none") == 418
        assert await running.status_unsigned("GET", "/dev/@connections/AAAAAAAAAAAAAAA=") == 410
        connection = await running.connect(autoping=False)
        for _ in range(5):
            await asyncio.sleep(0.2)
            await connection.ping()
        await connection.send_str('{"action": "slow"}')
        await connection.send_str('{"action": "echo"}')
        answers = [(await connection.receive()).data for _ in range(2)]
        assert b"timed out" in answers[0] and answers[1] == b'{"action": "echo"}'
        for result in ({"statusCode": 200, "more": 1}, {"statusCode": 500, "body": "x"}):
            await connection.send_str(json.dumps({"action": "echo", "result": result}))
        assert b"Internal server error" in (await connection.receive()).data  # of the second alone
        await connection.send_bytes(b"")
        closed = await connection.receive()
        assert (closed.data, closed.extra) == (1003, "so")

    async def test_without_compression_no_extension_is_taken(self, running: Running) -> None:
        answer = await exchange(running, head("/dev", "1.1", "Sec-WebSocket-Extensions: permessage-deflate"))
        assert status(answer) == 101 and b"extensions" not in answer.lower()

    @pytest.mark.parametrize("first", [b"", b"GET /dev HTTP/1.1\r\nHost: h\r\n\r\n"], ids=["first", "later"])
    async def test_half_a_request_head_ends_its_tcp_connection(self, running: Running, first: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.settings.port)
        writer.write(first + b"GET /dev HTTP/1.1\r\nHost")
        answer = await asyncio.wait_for(reader.read(), 20)
        assert answer.count(b"HTTP/1.1 426") == bool(first)
        writer.close()

    async def test_without_pings_it_ends(self, running: Running) -> None:
        connection = await running.connect()
        assert (await connection.receive()).data == 1001
        await until(lambda: len(running.of_kind("DISCONNECT")) == 1)


async def test_what_came_before_a_close_in_one_piece_is_heard(running: Running) -> None:
    frames = [(Opcode.TEXT, b'{"action": "quiet"}'), (Opcode.TEXT, b'{"action": "quiet"}'), (Opcode.CLOSE, b"\x0f\xa0")]
    await exchange(running, head() + b"".join(Frame(*frame).serialize(mask=True) for frame in frames))

    await until(lambda: len(running.of_kind("MESSAGE")) == 2 and len(running.of_kind("DISCONNECT")) == 1)
    [told] = running.of_kind("DISCONNECT")
    assert told["requestContext"]["disconnectStatusCode"] == 4000


async def test_nothing_is_heard_behind_a_binary_frame(running: Running) -> None:
    frames = [(Opcode.BINARY, os.urandom(8)), (Opcode.TEXT, b'{"action": "quiet"}'), (Opcode.CLOSE, b"\x03\xe8")]
    await exchange(running, head() + b"".join(Frame(*frame).serialize(mask=True) for frame in frames))

    await until(lambda: len(running.of_kind("DISCONNECT")) == 1)
    assert running.of_kind("MESSAGE") == []
