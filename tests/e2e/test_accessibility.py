"""axe-core on every state of the example page, light and dark, at 320 and 960 pixels."""

import json
import time
from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.async_api import WebSocketRoute

from testing.axe import violations
from tests.e2e.backstage import Backstage
from tests.e2e.product import Product
from tests.e2e.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEGABYTE = 1_000_000
SOCKET = "**/ws/upload-progress"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HOURS_AGO = int((time.time() - 6 * 3600) * 1000)
UPLOADS: dict[str, dict[str, Any]] = {
    "queued": {"status": "queued"},
    "uploading": {"bytesUploaded": 40, "bytesPerSecond": 10, "etaSeconds": 6},
    "unknown size": {"bytesUploaded": 40, "bytesTotal": None},
    "paused": {"status": "paused", "bytesUploaded": 40},
    "processing": {"status": "processing", "bytesUploaded": 100, "message": "Looking for viruses"},
    "transcoding": {"status": "processing", "bytesUploaded": 100, "phase": "transcoding", "phasePercent": 40},
    "failed": {"status": "failed", "bytesUploaded": 40, "error": {"code": "no_space", "message": "The disk is full."}},
    "canceled": {"status": "canceled", "bytesUploaded": 40},
    "completed": {"status": "completed", "bytesUploaded": 100},
    "stalled": {"bytesUploaded": 57, "rev": HOURS_AGO, "updatedAt": "2025-01-01T00:00:00Z"},
    f"{'long-name-' * 20}.tar.gz": {"bytesUploaded": 40, "message": "Unbreakable" * 20},
}


async def axe(tab: Tab) -> list[str]:
    """The violations of the page as it is now, each with its colour scheme and width."""
    found = []
    for scheme in SCHEMES:
        for width in (320, 960):
            await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await tab.page.set_viewport_size({"width": width, "height": 720})
            assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width
            found += [f"{scheme} {width}: {one}" for one in await violations(tab.page)]
    return found


async def test_axe_finds_nothing_wrong_with_an_upload_of_any_state(
    product: Product, tab: Tab, backstage: Backstage
) -> None:
    await tab.open(product, "axe-uploads")
    assert await axe(tab) == []  # empty
    for number, (name, fields) in enumerate(UPLOADS.items()):
        await backstage.push("axe-uploads", f"upload-{number}", fileName=name, **fields)
    await tab.page.get_by_text("1 stalled").wait_for()
    bars = tab.page.get_by_role("progressbar")
    await bars.nth(len(UPLOADS) - 1).wait_for()  # the page draws rows later than the summary
    assert await bars.count() == len(UPLOADS)
    assert await axe(tab) == []


async def test_axe_finds_nothing_wrong_with_what_this_tab_sends(product: Product, tab: Tab) -> None:
    await tab.open(product, "axe-sender")
    await tab.send_at(MEGABYTE // 4)
    await tab.choose("film.bin", 3 * MEGABYTE)
    await tab.reaches("film.bin", 1)
    await tab.page.route("**/uploads/*", lambda route: route.abort())
    await tab.click("Cancel", "film.bin")
    await tab.says("film.bin could not be canceled: no connection.")
    await tab.page.evaluate("document.querySelector('#drop').classList.add('over')")
    assert await axe(tab) == []


async def test_axe_finds_nothing_wrong_with_signing_in(product: Product, tab: Tab) -> None:
    await tab.page.goto(product.page_url)
    await tab.page.get_by_role("button", name="Sign in").wait_for()
    assert await axe(tab) == []
    await tab.page.keyboard.press("Enter")
    await tab.page.get_by_text("That name cannot be used").wait_for()
    assert await axe(tab) == []


def disconnect(code: int, reason: str, **fields: Any) -> Callable[[WebSocketRoute], None]:
    """A server that lets the page in, and says at once that it closes the connection."""
    return says(type="disconnect", code=code, reason=reason, message="A message for people.", **fields)


def says(**message: Any) -> Callable[[WebSocketRoute], None]:
    """The real server, which sends this message after its snapshot."""

    def serve(page: WebSocketRoute) -> None:
        def forward(text: str | bytes) -> None:
            page.send(text)
            if json.loads(text)["type"] == "snapshot":
                page.send(json.dumps(message))

        page.connect_to_server().on_message(forward)

    return serve


CONNECTIONS: dict[str, tuple[Callable[[WebSocketRoute], Any], str]] = {
    "connecting": (lambda page: None, "Connecting…"),
    "lost": (disconnect(4500, "internal", reconnect=True, retryAfterMs=60_000), "Reconnecting…"),
    "refused": (lambda page: page.close(), "Connecting…"),
    "idle": (disconnect(4408, "idle_timeout", reconnect=False), "Not connected"),
    "too many": (disconnect(4426, "connection_limit", reconnect=False), "Not connected"),
    "replaced": (disconnect(4427, "replaced", reconnect=False), "Not connected"),
    "forbidden": (disconnect(4403, "forbidden", reconnect=False), "Not connected"),
    "warned as idle": (says(type="warning", reason="idle", closesAt="2100-01-01T00:00:00Z"), "Live"),
}


@pytest.mark.parametrize("state", CONNECTIONS)
async def test_axe_finds_nothing_wrong_with_a_connection_of_any_state(
    product: Product, tab: Tab, backstage: Backstage, state: str
) -> None:
    serve, text = CONNECTIONS[state]
    user = f"axe-{state.replace(' ', '-')}"
    await backstage.push(user, "film", fileName="film.bin", bytesUploaded=40)
    await tab.page.route_web_socket(SOCKET, serve)
    await tab.page.goto(f"{product.page_url}/?user={user}")
    await tab.is_(text)
    assert await axe(tab) == []


async def test_axe_finds_nothing_wrong_with_a_token_that_is_refused(product: Product, tab: Tab) -> None:
    await tab.page.route("**/token", lambda route: route.fulfill(status=403, json={}))
    await tab.page.goto(f"{product.page_url}/?user=axe-refused")
    await tab.is_("Not signed in")
    assert await axe(tab) == []
