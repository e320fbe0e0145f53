"""Reads the examples of the browser client's README, which tests check and run as they stand."""

import re

from testing.node import CLIENT

README = CLIENT / "README.md"
GET_TOKEN = re.compile(r"^async function getToken.*?^}$", re.MULTILINE | re.DOTALL)


def examples(language: str) -> list[str]:
    """Returns the code blocks of a language, in their order."""
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def get_token() -> str:
    """Returns the example of `getToken`, as a function."""
    found = GET_TOKEN.search(examples("js")[0])
    assert found
    return found[0]
