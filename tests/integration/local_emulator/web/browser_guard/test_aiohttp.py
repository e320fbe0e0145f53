"""Other websites cannot reach the emulator's own interfaces, tried over real sockets."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from local_emulator.web.browser_guard.aiohttp import same_origin

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> Client:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="reached")

    app = web.Application(middlewares=[same_origin()])
    for path in ("/_emulator/", "/_emulator", "/_emulator/identity/token", "/prod"):
        app.router.add_route("*", path, answer)
    return await aiohttp_client(app)


async def status(client: Client, path: str = "/_emulator/identity/token", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await client.post(path, headers=named)).status


async def test_a_terminal_sends_no_origin_and_is_let_in(client: Client) -> None:
    assert await status(client) == 200


async def test_its_own_page_is_let_in(client: Client) -> None:
    own = f"http://127.0.0.1:{client.port}"

    assert await status(client, Origin=own, Sec_Fetch_Site="same-origin") == 200


async def test_the_address_bar_is_let_in(client: Client) -> None:
    assert await status(client, Sec_Fetch_Site="none") == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://127.0.0.1:1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://evil.example@127.0.0.1:{port}",
        "file://",
    ],
)
async def test_another_origin_is_refused(client: Client, origin: str) -> None:
    assert await status(client, Origin=origin.format(port=client.port)) == 403


async def test_one_foreign_origin_among_several_is_enough_to_refuse(client: Client) -> None:
    own = f"http://127.0.0.1:{client.port}"
    headers = [("Origin", own), ("Origin", "https://evil.example")]

    assert (await client.post("/_emulator/identity/token", headers=headers)).status == 403


async def test_a_cross_site_request_without_origin_is_refused(client: Client) -> None:
    assert await status(client, Sec_Fetch_Site="cross-site") == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "10.0.0.1:3001", "0.0.0.0:3001", "", "[::"])
async def test_a_host_that_is_not_this_machine_is_dns_rebinding(client: Client, host: str) -> None:
    assert await status(client, Host=host) == 403
    assert await status(client, Host=host, Origin=f"http://{host}") == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:3001", "127.0.0.1:3001", "127.1.2.3", "[::1]:3001"])
async def test_every_name_of_this_machine_is_let_in(client: Client, host: str) -> None:
    assert await status(client, Host=host) == 200
    assert await status(client, Host=host, Origin=f"http://{host}") == 200


@pytest.mark.parametrize("path", ["/_emulator/", "/_emulator", "/%5Femulator/", "/_emulator/nowhere"])
async def test_everything_under_the_prefix_is_guarded(client: Client, path: str) -> None:
    assert await status(client, path, Origin="https://evil.example") == 403


async def test_a_handshake_is_left_to_its_own_rules(client: Client) -> None:
    headers = {"Origin": "https://evil.example", "Host": "evil.example", "Upgrade": "websocket"}

    assert (await client.get("/prod", headers=headers)).status == 200


async def test_the_refusal_says_which_header_was_wrong(client: Client) -> None:
    answer = await client.get("/_emulator/", headers={"Origin": "https://evil.example"})

    assert await answer.json() == {
        "message": "Forbidden",
        "problem": "the Origin header is another website's",
    }
