"""Several tabs that share one connection, in a real browser with a real SharedWorker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from testing.chromium import in_chromium
from testing.node import run
from tests.integration.clients.browser.sharing import SHARED, Site

pytestmark = [pytest.mark.browser, pytest.mark.node]
in_a_browser = pytest.mark.asyncio(loop_scope="session")

LIVE = "progress.connection.state === 'live'"
NAMES = "progress.uploads.map(({uploadId, percent}) => `${uploadId} ${percent}`).join()"


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with Site.started() as site:
        yield site


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def are(tabs: list[Page], condition: str) -> None:
    for tab in tabs:
        await tab.wait_for_function(condition)


async def set_visibility(tab: Page, state: str) -> None:
    await tab.evaluate(
        """(state) => {
          Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


@in_a_browser
async def test_three_tabs_have_one_connection_and_the_same_uploads(site: Site, context: BrowserContext) -> None:
    await site.push("alice", "old", percent=10)
    tabs = [await site.tab(context) for _ in range(2)]
    await are(tabs, LIVE)
    await site.push("alice", "film", percent=40)
    await are(tabs, f"{NAMES} === 'film 40,old 10'")
    tabs.append(await site.tab(context))
    await are(tabs, f"{NAMES} === 'film 40,old 10'")
    await site.push("alice", "film", percent=100, status="completed")
    await are(tabs, f"{NAMES} === 'film 100,old 10'")
    assert (len(site.open), site.accepted) == (1, 1)
    assert await tabs[0].evaluate("asked") == ["connect"]
    assert await tabs[2].evaluate("asked") == []
    for tab in tabs:
        assert await tab.evaluate("progress.getSnapshot() === progress.getSnapshot()")
        assert await tab.evaluate("progress.connection.ageMs") == 0
        assert await tab.evaluate("progress.ended('film').then(({percent}) => percent)") == 100


@in_a_browser
async def test_events_are_those_of_a_client_of_the_tab_alone(site: Site, context: BrowserContext) -> None:
    await site.push("alice", "old")
    tab = await site.tab(context)
    await are([tab], LIVE)
    await site.push("alice", "film", percent=1)
    await site.push("alice", "film", percent=2)
    await site.send("alice", {"type": "error", "name": "rate_limited", "code": 4429})
    await tab.wait_for_function("events.some(({type}) => type === 'warning' || type === 'error')")
    told = await tab.evaluate(
        "events.map((event) => event.state ?? (event.upload ? `${event.upload.uploadId} ${event.previous?.percent}`"
        " : event.uploads?.length ?? event.name))"
    )
    assert told == ["connecting", "connecting", "live", 1, "film undefined", 2, "film 1", "rate_limited"]


@in_a_browser
async def test_the_connection_ends_with_the_last_tab_however_each_tab_ends(site: Site, context: BrowserContext) -> None:
    tabs = [await site.tab(context) for _ in range(4)]
    await are(tabs, LIVE)
    await tabs[0].close()
    await tabs[1].goto("about:blank")
    await tabs[2].evaluate("progress.close()")
    assert await tabs[2].evaluate("[progress.connection.state, progress.connection.reason]") == [
        "closed",
        "application",
    ]
    await site.push("alice", "film", percent=5)
    await are(tabs[3:], f"{NAMES} === 'film 5'")
    assert await tabs[2].evaluate("progress.uploads.length") == 0
    assert (len(site.open), site.accepted) == (1, 1)
    await tabs[3].close()
    await until(lambda: not site.open)
    await tabs[2].evaluate("progress.connect()")
    await are(tabs[2:3], f"{LIVE} && {NAMES} === 'film 5'")
    assert (len(site.open), site.accepted) == (1, 2)


@in_chromium
@in_a_browser
async def test_a_tab_that_crashes_takes_part_no_longer(site: Site, context: BrowserContext) -> None:
    other = await site.tab(context)
    await are([other], LIVE)
    crashed = await site.tab(context)
    await are([crashed], LIVE)
    await set_visibility(other, "hidden")
    session = await context.new_cdp_session(crashed)
    async with crashed.expect_event("crash"):
        crash = asyncio.ensure_future(session.send("Page.crash"))
    crash.cancel()
    await site.send("alice", {"type": "warning", "reason": "idle"})
    await other.wait_for_function("events.some(({reason}) => reason === 'idle')")
    assert "keepalive" not in site.open[0].received
    await set_visibility(other, "visible")
    await until(lambda: "keepalive" in site.open[0].received)


@in_a_browser
async def test_a_warning_of_idleness_is_answered_while_one_tab_is_visible(site: Site, context: BrowserContext) -> None:
    tabs = [await site.tab(context) for _ in range(2)]
    await are(tabs, LIVE)
    await set_visibility(tabs[0], "hidden")
    await site.send("alice", {"type": "warning", "reason": "idle"})
    await until(lambda: "keepalive" in site.open[0].received)
    await set_visibility(tabs[1], "hidden")
    await site.send("alice", {"type": "warning", "reason": "idle"})
    await are(tabs, "events.filter(({reason}) => reason === 'idle').length === 2")
    assert site.open[0].received.count("keepalive") == 1
    await set_visibility(tabs[0], "visible")
    await until(lambda: site.open[0].received.count("keepalive") == 2)


@in_a_browser
async def test_another_tab_is_asked_for_the_token_when_the_asked_one_is_closed(
    site: Site, context: BrowserContext
) -> None:
    first = await site.tab(context, options={"autoConnect": False})
    await first.evaluate("() => { window.token = new Promise(() => {}); progress.connect(); }")
    await first.wait_for_function("asked.length === 1")
    second = await site.tab(context)
    await first.close()
    await are([second], LIVE)
    assert await second.evaluate("asked") == ["connect"]


@in_a_browser
async def test_a_visible_tab_is_asked_for_the_token(site: Site, context: BrowserContext) -> None:
    tabs = [await site.tab(context) for _ in range(3)]
    await are(tabs, LIVE)
    for hidden in (tabs[0], tabs[2]):
        await set_visibility(hidden, "hidden")
    await site.send("alice", {"type": "warning", "reason": "token_expiring"})
    await tabs[1].wait_for_function("asked.includes('expiring')")
    await until(lambda: "refresh" in site.open[0].received)


@in_a_browser
@pytest.mark.parametrize(
    "sign_out",
    [
        "window.token = null",
        "window.token = Promise.reject(Object.assign(new Error('ended'), {name: 'UnauthorizedError'})), 0",
    ],
)
async def test_a_tab_that_is_signed_out_ends_the_connection_of_all(
    site: Site, context: BrowserContext, sign_out: str
) -> None:
    tabs = [await site.tab(context) for _ in range(2)]
    await are(tabs, LIVE)
    await tabs[1].evaluate(sign_out)
    await set_visibility(tabs[0], "hidden")
    await site.send("alice", {"type": "warning", "reason": "token_expiring"})
    await are(tabs, "progress.connection.state === 'unauthorized'")
    await until(lambda: not site.open)
    await tabs[1].evaluate("window.token = 'alice'")
    await tabs[0].evaluate("progress.connect()")
    await are(tabs, LIVE)
    assert len(site.open) == 1


@in_a_browser
async def test_an_error_of_get_token_reaches_every_tab_with_one_warning(site: Site, context: BrowserContext) -> None:
    tabs = []
    warnings: list[str] = []
    for _ in range(2):
        tab = await site.tab(context, options={"autoConnect": False})
        await tab.evaluate("window.token = Promise.reject({status: 502, json() {}}), 0")
        tab.on("console", lambda said: warnings.append(said.text) if said.type == "warning" else None)
        tabs.append(tab)
    for tab in tabs:
        await tab.evaluate("progress.connect()")
    await are(tabs, "events.filter(({reason, cause}) => reason === 'no_token' && cause).length > 1")
    assert [text.split(":")[0] for text in warnings] == ["upload-progress, no_token"] * len(warnings)
    assert len(warnings) <= 2


@in_a_browser
async def test_users_and_servers_and_versions_have_connections_of_their_own(
    site: Site, context: BrowserContext
) -> None:
    tabs = [await site.tab(context, user) for user in ("alice", "bob", "alice", "bob")]
    await are(tabs, LIVE)
    assert sorted(one.user for one in site.open) == ["alice", "bob"]
    await site.push("alice", "secret")
    await site.push("bob", "photo")
    await are(tabs[::2], f"{NAMES} === 'secret 0'")
    await are(tabs[1::2], f"{NAMES} === 'photo 0'")
    await are([await site.tab(context, options={"url": "/ws2"})], LIVE)
    assert len(site.open) == 3
    newer = await context.new_page()
    await newer.goto(site.origin)
    await newer.evaluate("""async () => {
      const {SharedUploadProgress} = await import("/next-version.js");
      window.progress = new SharedUploadProgress({url: "/ws", user: "alice", getToken: () => "alice",
        workerUrl: "/client/upload-progress-worker.js"});
    }""")
    await are([newer], LIVE)
    assert sorted(one.user for one in site.open) == ["alice", "alice", "alice", "bob"]


@in_a_browser
async def test_the_token_of_another_user_shows_none_of_that_users_uploads(site: Site, context: BrowserContext) -> None:
    await site.push("bob", "secret")
    tabs = [await site.tab(context) for _ in range(2)]
    await are(tabs, LIVE)
    for tab in tabs:
        await tab.evaluate("token = 'bob'")
    await site.open[0].socket.close()
    await are(tabs, "progress.connection.reason === 'forbidden'")
    await until(lambda: not site.open)
    for tab in tabs:
        assert await tab.evaluate("events.filter(({type, uploads}) => uploads?.length || type === 'upload')") == []
        assert await tab.evaluate("progress.connection.state") == "closed"
    await tabs[0].evaluate("token = 'alice'")
    await tabs[1].evaluate("token = 'alice'")
    await tabs[1].evaluate("progress.connect()")
    await are(tabs, LIVE)


@in_a_browser
@pytest.mark.parametrize(
    "fault",
    ["no SharedWorker", "no locks", "csp", "no script", "constructor", "broken script"],
)
async def test_each_tab_connects_alone_where_there_is_no_worker(
    site: Site, context: BrowserContext, fault: str
) -> None:
    options: dict[str, Any] = {}
    if fault == "no SharedWorker":
        await context.add_init_script("delete window.SharedWorker")
    if fault == "no locks":
        await context.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    if fault == "csp":
        site.policy = "default-src 'self' 'unsafe-eval'; worker-src 'none'"
    if fault == "no script":
        options["workerUrl"] = "/gone.js"
    if fault == "broken script":
        options["workerUrl"] = "/"
    if fault == "constructor":
        options["workerUrl"] = "https://other.example/worker.js"
    tabs = [await site.tab(context, options=options) for _ in range(2)]
    await are(tabs, LIVE)
    await site.push("alice", "film", percent=3)
    await are(tabs, f"{NAMES} === 'film 3' && progress.getSnapshot().uploads === progress.uploads")
    assert len(site.open) == 2
    await tabs[0].evaluate("progress.close()")
    await until(lambda: len(site.open) == 1)
    await tabs[0].evaluate("progress.connect()")
    await are(tabs, LIVE)


@in_a_browser
async def test_a_page_of_the_back_forward_cache_joins_again_and_is_told_what_it_missed(
    site: Site, context: BrowserContext
) -> None:
    tab = await site.tab(context)
    await are([tab], LIVE)
    await site.push("alice", "film", percent=10)
    await site.push("alice", "lost", percent=10)
    await are([tab], "progress.uploads.length === 2")
    await tab.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    await until(lambda: not site.open)
    await site.push("alice", "film", percent=100, status="completed")
    del site.uploads["alice"]["lost"]
    await tab.evaluate("events.length = 0; dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    await are([tab], f"{LIVE} && {NAMES} === 'film 100'")
    changes = (
        "events.filter(({type}) => type === 'upload').map(({upload, previous}) => [upload.uploadId, upload.percent,"
    )
    assert await tab.evaluate(f"{changes} upload.gone ?? false, previous.percent])") == [
        ["film", 100, False, 10],
        ["lost", 10, True, 10],
    ]
    assert await tab.evaluate("events.find(({type}) => type === 'connection').state") == "reconnecting"


@in_chromium
@in_a_browser
async def test_tabs_start_another_worker_when_theirs_ends(site: Site, context: BrowserContext) -> None:
    tabs = [await site.tab(context) for _ in range(2)]
    await are(tabs, LIVE)
    assert context.browser is not None
    session = await context.browser.new_browser_cdp_session()
    targets = (await session.send("Target.getTargets"))["targetInfos"]
    [worker] = [one for one in targets if one["type"] == "shared_worker"]
    await session.send("Target.closeTarget", {"targetId": worker["targetId"]})
    await until(lambda: site.accepted == 2)
    await are(tabs, LIVE)
    await site.push("alice", "film", percent=1)
    await are(tabs, f"{NAMES} === 'film 1'")
    assert len(site.open) == 1


@in_a_browser
async def test_the_list_shows_what_the_tabs_share(site: Site, context: BrowserContext) -> None:
    tab = await site.tab(context)
    await tab.evaluate("""async () => {
      await import("/client/upload-progress-list.js");
      document.querySelector("upload-progress-list").source = progress;
    }""")
    await are([tab], LIVE)
    await site.push("alice", "film", fileName="film.mp4", percent=40)
    await tab.get_by_role("progressbar", name="film.mp4").wait_for()


def test_a_server_imports_it_and_renders_without_a_connection(node: str) -> None:
    said = run(
        node,
        "--input-type=module",
        "--eval",
        f"""
        const {{SharedUploadProgress}} = await import("./{SHARED}");
        const progress = new SharedUploadProgress({{url: "/ws", user: "u", getToken: () => "t", autoConnect: false}});
        console.log(progress.connection.state, progress.getSnapshot().uploads.length);
        """,
    )
    assert said.strip() == "closed 0"
