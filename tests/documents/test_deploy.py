"""docs/deploy.md says what the template really takes and allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from testing.translator import OWN, ROOT, translated

DOCUMENT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def template() -> Any:
    return translated(ROOT / "template.yaml", OWN)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    found = re.search(rf"^## {re.escape(heading)}\n.*?((?:^\|[^\n]*\n)+)", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found, f"no table under {heading}"
    lines = found[1].replace("`", "").splitlines()[2:]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def test_every_parameter_stands_in_the_table_with_its_default(template: Any) -> None:
    declared = {name: str(spec.get("Default", "required")) for name, spec in template["Parameters"].items()}

    assert {name: default for name, default, _ in rows("Parameters")} == declared
    assert all(what for *_, what in rows("Parameters"))


def test_every_role_stands_in_the_table_with_all_it_may_do_and_no_more(template: Any) -> None:
    allowed = set(grants(template))
    written: set[tuple[str, ...]] = set()
    for who, actions, resources in rows("Roles"):
        roles = functions(template) if who == "every function" else [who]
        written |= set(product(roles, actions.split(", "), resources.split(", ")))
    assert written == allowed


def functions(template: Any) -> list[str]:
    return [name for name, one in template["Resources"].items() if one["Type"] == "AWS::Lambda::Function"]


def grants(template: Any) -> Iterator[tuple[str, str, str]]:
    """Function (or policy), action and resource of every statement, whatever its condition."""
    by_role = {role_of(template["Resources"][name]): name for name in functions(template)}
    for name, one in template["Resources"].items():
        own = one.get("Properties", {})
        if one["Type"] == "AWS::IAM::Role" and name in by_role:
            assert "ManagedPolicyArns" not in own
            for policy in own["Policies"]:
                yield from statements(by_role[name], policy["PolicyDocument"])
        elif one["Type"] == "AWS::IAM::Policy":
            for role in own["Roles"]:
                yield from statements(by_role[role["Ref"]], own["PolicyDocument"])
        elif one["Type"] == "AWS::IAM::ManagedPolicy":
            yield from statements(name, own["PolicyDocument"])


def role_of(function: Any) -> str:
    role: str = function["Properties"]["Role"]["Fn::GetAtt"][0]
    return role


def statements(who: str, document: Any) -> Iterator[tuple[str, str, str]]:
    for statement in document["Statement"]:
        [statement] = [
            part for part in statement.get("Fn::If", [statement]) if isinstance(part, dict) and "Effect" in part
        ]
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield who, action, short(resource)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def short(resource: Any) -> str:
    """`X` for the resource X and for what the parameter X names; of an ARN what comes after the account."""
    if isinstance(resource, str):
        return resource
    [(kind, argument)] = resource.items()
    if kind == "Fn::GetAtt":
        return str(argument[0])
    if kind == "Ref":
        return str(argument)
    text = argument.split("${AWS::AccountId}:")[-1]
    return re.sub(r"\$\{(\w+)(\.Arn)?\}", r"\1", text)


def test_a_wildcard_is_never_all_of_a_service(template: Any) -> None:
    for who, action, resource in grants(template):
        assert "*" not in action, (who, action)
        assert resource != "*" or action.startswith("xray:"), (who, action)


def test_every_make_target_that_is_named_exists() -> None:
    for target in re.findall(r"(?:`|^    )make ([a-z-]+)", DOCUMENT, re.MULTILINE):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
