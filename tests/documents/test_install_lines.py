"""No install line of a document names a package of this repository as if a registry had it."""

import json
import re
import tomllib

import pytest

from testing.running import ROOT
from tests.documents.test_words import DOCUMENTS

INSTALLERS = re.compile(
    r"\b(?:pip3? install|pipx (?:install|run)|uv (?:add|pip install|tool install)|uvx|poetry add"
    r"|npm (?:install|i|add|exec)|npx|pnpm (?:add|dlx)|yarn add|bun add)\b([^\n`#|&;)]*)"
)


def own_names() -> set[str]:
    toml = [ROOT / "pyproject.toml", ROOT / "clients/python/pyproject.toml"]
    packages = [ROOT / "clients/browser/package.json", ROOT / "clients/node/package.json"]
    named = [tomllib.loads(path.read_text(encoding="utf-8"))["project"]["name"] for path in toml]
    return {*named, *(json.loads(path.read_text(encoding="utf-8"))["name"] for path in packages)}


def bare_names(text: str) -> set[str]:
    """Returns the packages of this repository that an install line takes from a registry, with or without a version."""
    words = {word.strip("'\"") for line in INSTALLERS.findall(text) for word in line.split()}
    return {word for word in words if re.split(r"[\[@=<>~!]", word)[0] in own_names()}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_install_line_takes_a_package_of_this_repository_from_a_registry(path: object) -> None:
    assert bare_names(path.read_text(encoding="utf-8")) == set()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "line",
    [
        "pip install apigw-emulator",
        "npm i 'upload-progress@0.2.0'",
        "uv add apigw-emulator[cognito]",
        "npx upload-progress",
    ],
)
def test_a_bare_name_is_found(line: str) -> None:
    assert bare_names(f"Text.\n\n    {line}   # comment\n")


def test_paths_and_archives_are_no_bare_names() -> None:
    assert not bare_names(
        "npm install path/to/upload-progress-reporter-0.2.0.tgz; pip install './clients/python[boto3]'"
    )
