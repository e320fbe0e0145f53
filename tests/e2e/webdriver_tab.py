"""A tab of WebKitGTK's MiniBrowser, which Debian's WebKitWebDriver drives. Playwright drives its own WebKit alone."""

import asyncio
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from tests.e2e.tab import ARTEFACTS, PATIENCE_MS, Tab

Answer = TypeVar("Answer")

ELEMENTS = """
const list = document.querySelector("upload-progress-list")?.shadowRoot;
const all = (selector) => [document, list].flatMap((root) => [...(root?.querySelectorAll(selector) ?? [])]);
const nameOf = (bar) => list.getElementById(bar.getAttribute("aria-labelledby")).textContent;
const plain = (text) => text.replaceAll(/\\s+/g, " ").trim();
const bars = all("[role=progressbar]");
"""
TEXT = ELEMENTS + 'return plain(all("body, :host > *, ul, [role=status]").map((one) => one.innerText).join(" "));'
BUTTON = ELEMENTS + 'return all("button").find((one) => (one.ariaLabel ?? plain(one.innerText)) === arguments[0]);'
BAR = (
    ELEMENTS
    + """const bar = bars.find((bar) => plain(nameOf(bar)) === plain(arguments[0]));
return bar && [bar.getAttribute(arguments[1]) ?? ""];"""
)


@contextmanager
def webkit() -> Iterator[WebDriver]:
    """A running MiniBrowser."""
    [browser] = Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Selenium's own class uses what Selenium has deprecated
        driver = webdriver.WebKitGTK(options=options)
    try:
        yield driver
    finally:
        driver.quit()


class WebDriverTab(Tab):
    """A window of one session. The commands of a session go one after the other, each to its window."""

    lock = asyncio.Lock()

    def __init__(self, driver: WebDriver, folder: Path) -> None:
        self._driver, self._folder = driver, folder
        driver.switch_to.new_window("window")
        self._window = driver.current_window_handle
        self.complaints = []  # WebDriver does not tell what the browser complains of

    @property
    def page(self) -> NoReturn:
        pytest.skip("WebDriver has no command for it in WebKitGTK")

    async def go(self, url: str) -> None:
        await self._do(lambda driver: driver.get(url))

    async def back(self) -> None:
        await self._do(lambda driver: driver.back())

    async def reload(self) -> None:
        await self._do(lambda driver: driver.refresh())

    async def says(self, text: str) -> None:
        await self._until(lambda driver: text in driver.execute_script(TEXT))

    async def is_(self, state: str) -> None:
        await self._until(lambda driver: driver.find_element("id", "connection").text.strip() == state)

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        return await self._do(lambda driver: driver.execute_script(f"return ({function})(arguments[0])", argument))

    async def press(self, name: str) -> None:
        button = await self._until(lambda driver: driver.execute_script(BUTTON, name))
        await self._do(lambda driver: button.click())

    async def bars(self) -> int:
        return int(await self._do(lambda driver: driver.execute_script(f"{ELEMENTS} return bars.length")))

    async def bar(self, name: str, attribute: str) -> str:
        [value] = await self._until(lambda driver: driver.execute_script(BAR, name, attribute))
        return str(value)

    async def choose(self, name: str, size: int) -> None:
        file = self._folder / name
        file.write_bytes(bytes(size))
        await self._do(lambda driver: driver.find_element("id", "files").send_keys(str(file)))

    async def keep(self, name: str, folder: Path = ARTEFACTS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        await self._do(lambda driver: driver.save_screenshot(str(folder / f"webkit-{name}.png")))

    async def _do(self, command: Callable[[WebDriver], Answer]) -> Answer:
        def run() -> Answer:
            self._driver.switch_to.window(self._window)
            return command(self._driver)

        async with self.lock:
            return await asyncio.to_thread(run)

    async def _until(self, command: Callable[[WebDriver], Answer]) -> Answer:
        """The first answer of a command that is true; an element may not be there yet, or be drawn anew."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while True:
                try:
                    if answer := await self._do(command):
                        return answer
                except WebDriverException:
                    pass
                await asyncio.sleep(0.05)


@pytest.fixture
def driver() -> Iterator[WebDriver]:
    with webkit() as driver:
        yield driver


@pytest.fixture
def tab(driver: WebDriver, tmp_path: Path) -> Tab:
    return WebDriverTab(driver, tmp_path)


@pytest.fixture
def tabs(driver: WebDriver, tmp_path: Path) -> list[Tab]:
    return [WebDriverTab(driver, tmp_path) for _ in range(3)]


@pytest.fixture
def context() -> NoReturn:
    pytest.skip("WebDriver has no browser profiles in WebKitGTK")
