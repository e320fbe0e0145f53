"""Nobody but this machine's own pages gets at the inspector; its page needs nothing from elsewhere."""

import re

import pytest

from local_emulator.inspector.page_files import FOLDER
from tests.integration.local_emulator.inspector.conftest import Inspected

PATHS = [
    ("GET", ""),
    ("GET", "page/inspector.js"),
    ("GET", "records"),
    ("DELETE", "records"),
    ("GET", "records/1"),
    ("GET", "stream"),
    ("GET", "connections"),
    ("POST", "connections/x/messages"),
    ("DELETE", "connections/x"),
    ("GET", "functions"),
    ("GET", "tables/Watchers"),
]


async def test_another_website_is_refused_everything(inspected: Inspected) -> None:
    for method, path in PATHS:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = await inspected.ask(path, 403, method, headers=headers)
            assert answer["message"] == "Forbidden"


async def test_the_page_is_served_under_a_policy_that_lets_nothing_else_in(inspected: Inspected) -> None:
    async with inspected.running.http.get(f"{inspected.running.base}/_emulator") as answer:
        assert (str(answer.url.path), answer.status, answer.content_type) == ("/_emulator/", 200, "text/html")
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        page = await answer.text()
    for name in re.findall(r'(?:href|src)="page/([\w.]+)"', page):
        await inspected.ask(f"page/{name}")
    await inspected.ask("page/..%2Fring.py", 404)
    await inspected.ask("page/nothing.js", 404)


@pytest.mark.parametrize("file", sorted(FOLDER.iterdir()), ids=lambda file: file.name)
def test_no_file_of_the_page_names_another_host(file) -> None:  # type: ignore[no-untyped-def]
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r"\w+://[^\s\"'`)]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "ws://${location.host}/_emulator/stream",
    }
    for module in re.findall(r'from "\./([\w.]+)"', text):
        assert (FOLDER / module).is_file()
