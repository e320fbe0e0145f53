"""A bundle's stubs: what they stand for is not loaded at a start, and all else of the packages works as ever."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import botocore
import pytest

from bundle.stubs import STUBS, replace_by_stubs
from testing.bundles import for_here

BOTOCORES_UNUSED = {"dateutil.parser._parser", "dateutil.tz.tz", "html.parser", "importlib.metadata", "jmespath.parser"}
SITE_PACKAGES = Path(botocore.__file__).parents[1]
MODULES = {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): stub for name, stub in STUBS.items()}


def printed(function: str, code: str) -> str:
    """Returns the output of code that can import only a function's bundle and the standard library."""
    program = f"import sys; sys.path.insert(0, {str(for_here() / function)!r})\n{code}"
    python = [getattr(sys, "_base_executable", sys.executable), "-I", "-S", "-c", program]
    return subprocess.run(python, env={}, check=True, capture_output=True, text=True).stdout.strip()


def imported_names(package: str) -> set[tuple[str, str]]:
    """The module and the name of each `from MODULE import NAME` in a package, outside the modules with stubs."""
    return {
        (node.module or "", one.name)
        for file in (SITE_PACKAGES / package).rglob("*.py")
        if file.relative_to(SITE_PACKAGES).as_posix() not in STUBS
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    }


@pytest.mark.parametrize("module", MODULES)
def test_a_stub_has_each_name_that_botocore_imports_from_its_module(module: str) -> None:
    wanted = {name for source, name in imported_names("botocore") if source == module}
    named: dict[str, object] = {}
    exec(MODULES[module], named)

    assert wanted <= named.keys() or "__getattr__" in named


def test_dates_in_text_are_read_as_ever() -> None:
    code = "from botocore.utils import parse_timestamp; print(parse_timestamp('2026-11-30T12:00:00Z').isoformat())"

    assert printed("ConnectFunction", code) == "2026-11-30T12:00:00+00:00"


def test_queries_of_paginators_are_read_as_ever() -> None:
    code = "import jmespath; print(jmespath.search('a.b', {'a': {'b': 1}}), jmespath.compile('c').search({'c': 2}))"

    assert printed("ConnectFunction", code) == "1 2"


@pytest.mark.parametrize(
    ("function", "package", "unused"),
    [
        ("ConnectFunction", "botocore.client", BOTOCORES_UNUSED),
        ("AuthorizerFunction", "jwt", {"urllib.request"}),
    ],
)
def test_a_start_does_not_load_what_no_function_uses(function: str, package: str, unused: set[str]) -> None:
    loaded = printed(function, f"import {package}; print(*sys.modules)").split()

    assert package in loaded and not unused & set(loaded)


def test_a_package_without_such_a_module_fails_the_build(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_by_stubs(tmp_path)
