"""The doors between the rooms, kept by reading the imports; and the size of what stands in them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "application", "infra", "handlers", "local_emulator", "bundle", "clients", "examples")
OURS = {"domain", "application", "infra", "handlers"}
HOUSE = {*OURS, "local_emulator", "bundle", "examples", "tests", "benchmarks"}

# Names that say nothing of what is inside.
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "manager", "service", "misc"}

LONGEST_FUNCTION = 30  # lines, docstring apart
LONGER_FOR_A_REASON = {
    "local_emulator/template/reader.py:read_template": "one argument for each kind of resource",
    "clients/python/src/upload_progress_reporter/reporter.py:__init__": "one argument for each option of the reporter",
    "examples/upload_server/settings.py:_parser": "one statement for each option of the command line",
}


@dataclass(frozen=True)
class Source:
    """One module: its path from the root, and what it imports, however deep inside."""

    path: Path
    text: str

    @property
    def room(self) -> str:
        return self.path.parts[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def imports(self) -> set[str]:
        """Dotted names; `from a import b` opens the door to both a and a.b."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                module = self._absolute(node)
                found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        return found

    @property
    def packages(self) -> set[str]:
        return {name.split(".")[0] for name in self.imports}

    @property
    def strings(self) -> set[str]:
        nodes = ast.walk(self.tree)
        return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    @property
    def reads_environment(self) -> bool:
        """Whether it names `os.environ` or `getenv`, imported or as an attribute."""
        named = {node.attr for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)}
        return bool((named | {name.rpartition(".")[2] for name in self.imports}) & {"environ", "environb", "getenv"})

    def functions(self) -> Iterator[tuple[str, int]]:
        """Each function with its number of lines, docstring apart."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                documented = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) is not None else 0
                yield node.name, (node.end_lineno or 0) - node.lineno + 1 - documented

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.path.with_suffix("").parts[: -node.level]
        return ".".join([*package, *([node.module] if node.module else [])])


Rule = Callable[[Source], object]


def opens(source: Source, *forbidden: str) -> set[str]:
    return source.packages & set(forbidden)


def domain_knows_the_standard_library_alone(source: Source) -> object:
    return source.room == "domain" and source.packages - sys.stdlib_module_names - {"domain"}


def domain_has_no_clock_no_io_and_no_chance(source: Source) -> object:
    return source.room == "domain" and opens(
        source, "os", "time", "random", "secrets", "socket", "threading", "logging"
    )


def infra_knows_domain_alone(source: Source) -> object:
    return source.room == "infra" and opens(source, *HOUSE - {"domain", "infra"})


def handlers_know_domain_and_infra_alone(source: Source) -> object:
    return source.room == "handlers" and opens(source, *HOUSE - OURS)


def the_emulator_reaches_handlers_through_handler_strings_alone(source: Source) -> object:
    """Nor does it know any of them by name: such a string comes from a template."""
    named = {text for text in source.strings if re.fullmatch(r"(handlers|domain|infra)(\.\w+)+", text)}
    return source.room == "local_emulator" and opens(source, *HOUSE - {"local_emulator"}) | named


def clients_know_nothing_of_the_house(source: Source) -> object:
    return source.room == "clients" and opens(source, *HOUSE - {"tests"})


def examples_speak_through_apis_alone(source: Source) -> object:
    """They stand for an application of its own, in a process of its own."""
    return source.room == "examples" and opens(source, *OURS)


def the_environment_is_read_in_bootstrap_alone(source: Source) -> object:
    return source.room in OURS and source.path != Path("handlers/bootstrap.py") and source.reads_environment


def the_bundle_is_built_with_the_standard_library_alone(source: Source) -> object:
    """SAM runs it with whatever Python is there, in its build container too."""
    return source.room == "bundle" and source.packages - sys.stdlib_module_names - {"bundle"}


def an_http_server_runs_in_the_emulator_and_the_examples_alone(source: Source) -> object:
    return source.room not in ("local_emulator", "examples") and "aiohttp.web" in source.imports


def moto_stands_behind_its_doors(source: Source) -> object:
    """And a few more, which mend what moto lacks: they reach into its own classes."""
    return Path("local_emulator/aws") not in source.path.parents and opens(source, "moto")


def the_aws_sdk_stands_behind_one_door_per_room(source: Source) -> object:
    """In infra, adapters are given their clients; who builds them can leave botocore out of a cold start.

    The emulator has four more: Lambda's own calls to queues, what the inspector reads of tables, what tries the changes
    to moto, and what leads handlers' own clients to the emulator by botocore's list of hooks.
    """
    doors = {
        Path("handlers/bootstrap.py"),
        Path("local_emulator/aws/resources.py"),
        Path("local_emulator/awslambda/sqs_client.py"),
        Path("local_emulator/runtimes/bootstrap/redirection.py"),
        Path("local_emulator/aws/moto_patches/probe.py"),
        Path("local_emulator/inspector/table_rows.py"),
    }
    rooms = ("clients", "examples")
    return source.path not in doors and source.room not in rooms and opens(source, "boto3", "botocore", "s3transfer")


def the_engine_stands_behind_management_and_its_library_behind_the_engine(source: Source) -> object:
    engine = Path("infra/gateway/sender")
    if engine in source.path.parents:
        return False
    known = {name for name in source.imports if name.startswith("infra.gateway.sender")}
    return opens(source, "httptools") | (set() if source.path == Path("infra/gateway/management_api.py") else known)


def tokens_are_read_in_infra_alone(source: Source) -> object:
    """The emulator's identity provider signs with the same library."""
    return source.room not in ("infra", "local_emulator") and opens(source, "jwt", "cryptography")


def modules_are_named_for_what_they_hold(source: Source) -> object:
    return {*source.path.with_suffix("").parts} & EMPTY_NAMES


def functions_are_short(source: Source) -> object:
    named = {f"{source.path.as_posix()}:{name}": lines for name, lines in source.functions()}
    return {name for name, lines in named.items() if lines > LONGEST_FUNCTION} - LONGER_FOR_A_REASON.keys()


RULES: list[Rule] = [
    domain_knows_the_standard_library_alone,
    domain_has_no_clock_no_io_and_no_chance,
    infra_knows_domain_alone,
    handlers_know_domain_and_infra_alone,
    the_emulator_reaches_handlers_through_handler_strings_alone,
    clients_know_nothing_of_the_house,
    examples_speak_through_apis_alone,
    the_environment_is_read_in_bootstrap_alone,
    the_bundle_is_built_with_the_standard_library_alone,
    an_http_server_runs_in_the_emulator_and_the_examples_alone,
    moto_stands_behind_its_doors,
    the_aws_sdk_stands_behind_one_door_per_room,
    the_engine_stands_behind_management_and_its_library_behind_the_engine,
    tokens_are_read_in_infra_alone,
    modules_are_named_for_what_they_hold,
    functions_are_short,
]


def sources(root: Path) -> list[Source]:
    """Every module of the rooms but their tests, which may open any door."""
    paths = [path.relative_to(root) for room in ROOMS for path in sorted((root / room).rglob("*.py"))]
    shipped = [path for path in paths if not {"tests", "node_modules", "build"} & {*path.parts}]
    return [Source(path, (root / path).read_text(encoding="utf-8")) for path in shipped]


OURSELVES = sources(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_room_keeps_its_doors(rule: Rule) -> None:
    broken = {source.path.as_posix(): rule(source) for source in OURSELVES}

    assert {path: found for path, found in broken.items() if found} == {}


def test_every_room_was_looked_into() -> None:
    assert {source.room for source in OURSELVES} == set(ROOMS)
    assert {source.path.name for source in OURSELVES if source.room == "handlers"} >= {"authorizer.py", "push.py"}


def test_every_long_function_has_its_reason_and_every_reason_its_function() -> None:
    named = {f"{source.path.as_posix()}:{name}": lines for source in OURSELVES for name, lines in source.functions()}

    assert {name for name in LONGER_FOR_A_REASON if named.get(name, 0) <= LONGEST_FUNCTION} == set()
    assert all(LONGER_FOR_A_REASON.values())


LONG = "def f():\n" + "    pass\n" * 30
BREACHES: list[tuple[Rule, str, str]] = [
    (domain_knows_the_standard_library_alone, "domain/x.py", "import jwt"),
    (domain_knows_the_standard_library_alone, "domain/x.py", "from infra.dynamodb.attribute_values import to_item"),
    (domain_knows_the_standard_library_alone, "domain/x.py", "def f():\n    from handlers import push"),
    (domain_has_no_clock_no_io_and_no_chance, "domain/x.py", "from time import time"),
    (infra_knows_domain_alone, "infra/x.py", "from handlers.gateway_event import now_ms"),
    (infra_knows_domain_alone, "infra/x.py", "from ..local_emulator import ids"),
    (handlers_know_domain_and_infra_alone, "handlers/x.py", "import local_emulator.apigateway.rules.ids as ids"),
    (the_emulator_reaches_handlers_through_handler_strings_alone, "local_emulator/x.py", "import domain"),
    (the_emulator_reaches_handlers_through_handler_strings_alone, "local_emulator/x.py", "f('handlers.push.handler')"),
    (clients_know_nothing_of_the_house, "clients/python/src/p/x.py", "from domain.update import STATUSES"),
    (examples_speak_through_apis_alone, "examples/x.py", "if TYPE_CHECKING:\n    from infra import tokens"),
    (the_environment_is_read_in_bootstrap_alone, "handlers/x.py", "import os\nos.environ.get('A')"),
    (the_environment_is_read_in_bootstrap_alone, "infra/x.py", "from os import environ as e"),
    (the_environment_is_read_in_bootstrap_alone, "domain/x.py", "from os import getenv"),
    (the_bundle_is_built_with_the_standard_library_alone, "bundle/x.py", "import yaml"),
    (an_http_server_runs_in_the_emulator_and_the_examples_alone, "infra/x.py", "from aiohttp import web"),
    (an_http_server_runs_in_the_emulator_and_the_examples_alone, "clients/x.py", "import aiohttp.web"),
    (moto_stands_behind_its_doors, "local_emulator/x.py", "from moto.server import ThreadedMotoServer"),
    (the_aws_sdk_stands_behind_one_door_per_room, "handlers/x.py", "import boto3"),
    (the_aws_sdk_stands_behind_one_door_per_room, "infra/x.py", "from botocore.exceptions import ClientError"),
    (the_engine_stands_behind_management_and_its_library_behind_the_engine, "infra/x.py", "import httptools"),
    (
        the_engine_stands_behind_management_and_its_library_behind_the_engine,
        "handlers/bootstrap.py",
        "def f():\n    from infra.gateway.sender.engine import Engine",
    ),
    (tokens_are_read_in_infra_alone, "handlers/x.py", "import jwt"),
    (modules_are_named_for_what_they_hold, "infra/utils.py", ""),
    (modules_are_named_for_what_they_hold, "local_emulator/common/x.py", ""),
    (functions_are_short, "domain/x.py", LONG),
    (functions_are_short, "domain/x.py", "class A:\n    async " + LONG.replace("\n", "\n    ").rstrip()),
]


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES)
def test_a_door_that_is_opened_is_noticed(tmp_path: Path, rule: Rule, path: str, text: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)

    [source] = sources(tmp_path)

    assert rule(source)


def test_every_rule_is_known_to_be_breakable() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("handlers/bootstrap.py", "import boto3, os\nos.environ['A']"),
        ("handlers/x.py", "from domain.update import Update\nfrom handlers import bootstrap"),
        ("local_emulator/aws/server.py", "from moto import mock_aws\nfrom aiohttp import web"),
        ("infra/gateway/management_api.py", "from infra.gateway.sender.engine import Engine"),
        ("infra/gateway/sender/x.py", "import httptools\nfrom infra.gateway.sender.batch import SendBatch"),
        ("domain/x.py", "import json\nfrom domain.upload import judge\n" + LONG.replace("    pass\n", "", 1)),
        ("domain/y.py", LONG.replace("    pass\n", '    """One\n    two\n    """\n', 1)),
        ("clients/python/tests/test_x.py", "import moto, domain.update"),
    ],
)
def test_doors_that_are_open_stay_open(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)

    assert not [rule.__name__ for source in sources(tmp_path) for rule in RULES if rule(source)]
