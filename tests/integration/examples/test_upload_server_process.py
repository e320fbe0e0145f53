"""How the upload server starts and stops."""

import asyncio
import io
import signal
import socket

import pytest

from examples.upload_server.settings import LOCAL_AWS, local_aws, parse
from tests.integration.examples.conftest import KEYS, Backend, Start, run

MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_it_at_once_and_tells_what_was_running(
    start: Start, backend: Backend, number: signal.Signals
) -> None:
    server = await start("--bandwidth-mb", "0.1")
    headers = await server.sign_in("alice")
    await server.ask("PUT", "/uploads/u-1?name=a", data=io.BytesIO(bytes(20 * MEBIBYTE)), headers=headers)
    await backend.statuses_until("uploading")
    server.process.send_signal(number)
    _out, err = await asyncio.wait_for(server.process.communicate(), 10)
    assert server.process.returncode == 0
    assert b"Traceback" not in err
    assert backend.updates[-1]["error"]["code"] == "server_stopped"


async def test_a_port_in_use_is_one_clear_line_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await run("--port", str(port), **KEYS)
        _out, err = await process.communicate()
    assert process.returncode == 2
    assert (
        err.decode()
        == f"Port {port} is in use. Stop the program that listens on it, or choose another port with --port.\n"
    )


async def test_an_address_of_another_machine_is_one_clear_line_and_status_2() -> None:
    process = await run("--port", "0", "--host", "192.0.2.1", **KEYS)
    _out, err = await process.communicate()
    assert process.returncode == 2
    assert err.decode().startswith("Cannot listen on 192.0.2.1:0: ") and err.count(b"\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "70000"],
        ["--port", "x"],
        ["--max-upload-mb", "0"],
        ["--bandwidth-mb", "-1"],
        ["--bandwidth-mb", "nan"],
    ],
)
def test_a_bad_option_is_refused_by_its_name(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments, {})
    assert ended.value.code == 2
    assert f"argument {arguments[0]}" in capsys.readouterr().err


def test_the_environment_is_the_default_and_the_command_line_wins() -> None:
    environ = {"UPLOAD_BUCKET": "mine", "WEBSOCKET_URL": "wss://example.com/ws", "IDENTITY_URL": "https://id"}
    settings = parse(["--bucket", "other", "--bandwidth-mb", "0"], environ)
    assert (settings.bucket, settings.websocket_url, settings.identity_url) == (
        "other",
        "wss://example.com/ws",
        "https://id",
    )
    assert settings.max_bandwidth is None


def test_without_an_endpoint_the_emulator_is_meant_and_with_one_nothing_is_changed() -> None:
    assert local_aws({}) == LOCAL_AWS
    assert local_aws({"AWS_ENDPOINT_URL": "http://localhost:9"}) == {}
    assert local_aws({"AWS_PROFILE": "production"}) == {}
