"""Rules about modules that import-linter does not keep: libraries, the environment, names, and lengths of functions."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "infra", "handlers", "local_emulator", "bundle", "clients", "examples")
FUNCTIONS = ("domain", "application", "infra", "handlers")

# The paths that may import a library or package; in infra, adapters are given their clients of AWS.
AWS_SDK = (
    "handlers/bootstrap.py",
    "local_emulator/aws/resources.py",
    "local_emulator/aws/fixed_answers.py",
    "local_emulator/aws/moto_patches/probe.py",
    "local_emulator/aws/server.py",
    "local_emulator/awslambda/service_clients.py",
    "local_emulator/control/aws_clients.py",
    "local_emulator/event_sources/stream_client.py",
    "local_emulator/inspector/table_rows.py",
    "local_emulator/runtimes/api_hosts.py",
    "local_emulator/runtimes/bootstrap/redirection.py",
    "clients",
    "examples",
)
IMPORTERS = {
    "aiohttp.web": ("local_emulator", "examples"),
    "moto": ("local_emulator/aws",),
    "boto3": AWS_SDK,
    "botocore": AWS_SDK,
    "s3transfer": AWS_SDK,
    "jwt": ("infra/tokens", "local_emulator/identity"),
    "cryptography": ("infra/tokens", "local_emulator/identity", "local_emulator/web/certificates.py"),
    "httptools": ("infra/gateway/sender", "local_emulator/runtimes/runtime_api.py"),
    "infra.gateway.sender": ("infra/gateway/sender", "infra/gateway/management_api.py"),
}

# Names that say nothing of the content.
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "manager", "service", "misc"}

# The reporter builds the updates that the functions read; it is a distribution of its own.
SHARED_CLASS_NAMES = {"Update"}

MAX_FUNCTION_LINES = 30  # docstring apart
LONGER_FOR_A_REASON = {
    "local_emulator/template/reader.py:read_template": "one argument for each kind of resource",
    "clients/python/src/upload_progress_reporter/reporter.py:__init__": "one argument for each option of the reporter",
    "examples/upload_server/settings.py:_parser": "one statement for each option of the command line",
}


@dataclass(frozen=True)
class Source:
    """One module: its path from the root and its text."""

    path: Path
    text: str

    @property
    def package(self) -> str:
        return self.path.parts[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> set[str]:
        """Dotted names, at any depth; `from a import b` gives both a and a.b."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        return found

    @property
    def imported_packages(self) -> set[str]:
        return {name.split(".")[0] for name in self.imports}

    @property
    def strings(self) -> set[str]:
        nodes = ast.walk(self.tree)
        return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    @property
    def reads_environment(self) -> bool:
        """True if it names `os.environ` or `getenv`, imported or as an attribute."""
        named = {node.attr for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)}
        return bool((named | {name.rpartition(".")[2] for name in self.imports}) & {"environ", "environb", "getenv"})

    def functions(self) -> Iterator[tuple[str, int]]:
        """Yields each function with its number of lines, docstring apart."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                documented = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) is not None else 0
                yield f"{self.path.as_posix()}:{node.name}", (node.end_lineno or 0) - node.lineno + 1 - documented

    def stands_in(self, *paths: str) -> bool:
        return any(self.path.is_relative_to(path) for path in paths)

    def opens(self, library: str) -> bool:
        return any(name == library or name.startswith(f"{library}.") for name in self.imports)


Rule = Callable[[Source], object]


def domain_and_bundle_import_the_standard_library_alone(source: Source) -> object:
    """SAM runs bundle with any Python that it finds, in its build container too."""
    own = {source.package}
    return source.package in ("domain", "bundle") and source.imported_packages - sys.stdlib_module_names - own - {""}


def domain_has_no_clock_no_io_and_no_chance(source: Source) -> object:
    outside = {"os", "time", "random", "secrets", "socket", "threading", "logging"}
    return source.package == "domain" and source.imported_packages & outside


def the_emulator_names_no_handler(source: Source) -> object:
    """Handler strings come from a template."""
    named = {text for text in source.strings if re.fullmatch(r"(handlers|application|domain|infra)(\.\w+)+", text)}
    return source.package == "local_emulator" and named


def the_environment_is_read_in_bootstrap_alone(source: Source) -> object:
    return source.package in FUNCTIONS and not source.stands_in("handlers/bootstrap.py") and source.reads_environment


def libraries_are_imported_in_their_packages_alone(source: Source) -> object:
    return {library for library, paths in IMPORTERS.items() if source.opens(library) and not source.stands_in(*paths)}


def modules_are_named_for_their_content(source: Source) -> object:
    return {*source.path.with_suffix("").parts} & EMPTY_NAMES


def functions_are_short(source: Source) -> object:
    return {name for name, lines in source.functions() if lines > MAX_FUNCTION_LINES} - LONGER_FOR_A_REASON.keys()


RULES: list[Rule] = [
    domain_and_bundle_import_the_standard_library_alone,
    domain_has_no_clock_no_io_and_no_chance,
    the_emulator_names_no_handler,
    the_environment_is_read_in_bootstrap_alone,
    libraries_are_imported_in_their_packages_alone,
    modules_are_named_for_their_content,
    functions_are_short,
]


def sources(root: Path) -> list[Source]:
    """Returns every module of the packages but their tests, which may import anything."""
    paths = [path.relative_to(root) for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    shipped = [path for path in paths if not {"tests", "node_modules", "build"} & {*path.parts}]
    return [Source(path, (root / path).read_text(encoding="utf-8")) for path in shipped]


SOURCES = sources(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    broken = {source.path.as_posix(): rule(source) for source in SOURCES}

    assert {path: found for path, found in broken.items() if found} == {}


def test_every_package_is_read() -> None:
    assert {source.package for source in SOURCES} == set(PACKAGES)
    assert {source.path.name for source in SOURCES if source.package == "handlers"} >= {"authorizer.py", "push.py"}


def test_every_long_function_has_its_reason_and_every_reason_its_function() -> None:
    lines_of = dict(function for source in SOURCES for function in source.functions())

    assert {name for name in LONGER_FOR_A_REASON if lines_of.get(name, 0) <= MAX_FUNCTION_LINES} == set()
    assert all(LONGER_FOR_A_REASON.values())


def test_a_class_name_means_one_thing() -> None:
    names = Counter(node.name for source in SOURCES for node in source.tree.body if isinstance(node, ast.ClassDef))

    assert {name for name, count in names.items() if count > 1} == SHARED_CLASS_NAMES


LONG = "def f():\n" + "    pass\n" * 30
BREACHES: list[tuple[Rule, str, str]] = [
    (domain_and_bundle_import_the_standard_library_alone, "domain/x.py", "import jwt"),
    (domain_and_bundle_import_the_standard_library_alone, "domain/x.py", "def f():\n    from yaml import load"),
    (domain_and_bundle_import_the_standard_library_alone, "bundle/x.py", "import yaml"),
    (domain_has_no_clock_no_io_and_no_chance, "domain/x.py", "from time import time"),
    (the_emulator_names_no_handler, "local_emulator/x.py", "f('handlers.push.handler')"),
    (the_environment_is_read_in_bootstrap_alone, "handlers/x.py", "import os\nos.environ.get('A')"),
    (the_environment_is_read_in_bootstrap_alone, "infra/x.py", "from os import environ as e"),
    (the_environment_is_read_in_bootstrap_alone, "domain/x.py", "from os import getenv"),
    (libraries_are_imported_in_their_packages_alone, "infra/x.py", "from aiohttp import web"),
    (libraries_are_imported_in_their_packages_alone, "clients/x.py", "import aiohttp.web"),
    (libraries_are_imported_in_their_packages_alone, "local_emulator/x.py", "from moto.server import main"),
    (libraries_are_imported_in_their_packages_alone, "handlers/x.py", "import boto3"),
    (libraries_are_imported_in_their_packages_alone, "infra/x.py", "from botocore.exceptions import ClientError"),
    (libraries_are_imported_in_their_packages_alone, "infra/x.py", "import httptools"),
    (libraries_are_imported_in_their_packages_alone, "handlers/x.py", "from infra.gateway.sender.engine import Engine"),
    (libraries_are_imported_in_their_packages_alone, "handlers/x.py", "import jwt"),
    (modules_are_named_for_their_content, "infra/utils.py", ""),
    (modules_are_named_for_their_content, "local_emulator/common/x.py", ""),
    (functions_are_short, "domain/x.py", LONG),
    (functions_are_short, "domain/x.py", "class A:\n    async " + LONG.replace("\n", "\n    ").rstrip()),
]


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_a_breach_is_found(tmp_path: Path, rule: Rule, path: str, text: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)

    [source] = sources(tmp_path)

    assert rule(source)


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("handlers/bootstrap.py", "import boto3, os\nos.environ['A']"),
        ("handlers/x.py", "from domain.update import Update\nfrom handlers import bootstrap"),
        ("local_emulator/aws/server.py", "from moto import mock_aws\nfrom aiohttp import web"),
        ("infra/gateway/management_api.py", "from infra.gateway.sender.engine import Engine"),
        ("infra/gateway/sender/x.py", "import httptools\nfrom infra.gateway.sender.batch import SendBatch"),
        ("infra/x.py", "import jwtools"),
        ("domain/x.py", "import json\nfrom domain.upload import judge\n" + LONG.replace("    pass\n", "", 1)),
        ("domain/y.py", LONG.replace("    pass\n", '    """One\n    two\n    """\n', 1)),
        ("clients/python/tests/test_x.py", "import moto, domain.update"),
    ],
)
def test_a_module_within_the_rules_is_accepted(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)

    assert not [rule.__name__ for source in sources(tmp_path) for rule in RULES if rule(source)]
