"""Who may do what, in every policy and every branch of template.yaml as AWS's translator reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from testing.roles import REQUIRED, TEMPLATE, listed
from testing.translator import translated

# Services that know no resources (Service Authorization Reference: X-Ray).
NAMELESS = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
FUNCTIONS = "AWS::Lambda::Function"


@pytest.fixture(scope="module")
def document() -> Any:
    """Both branches of every Fn::If are in it, and resources whose condition is false."""
    return translated(TEMPLATE, REQUIRED)


def of_type(document: Any, kind: str) -> dict[str, Any]:
    found = {name: one.get("Properties", {}) for name, one in document["Resources"].items() if one["Type"] == kind}
    assert found, f"no {kind} to look at"
    return found


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in it, however deep."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from parts(inner)


def statements(document: Any) -> list[dict[str, Any]]:
    found = [part for part in parts(document) if part.keys() >= {"Effect", "Action"}]
    assert len(found) > 10
    return found


def text_of(value: Any) -> str:
    """A text or an Fn::Sub; of other references, nothing, since they name one thing."""
    if isinstance(value, dict):
        value = value.get("Fn::Sub", "")
    return value if isinstance(value, str) else str(value[0])


def test_what_no_queue_can_deliver_goes_to_one_that_keeps_it(document: Any) -> None:
    queues = of_type(document, "AWS::SQS::Queue")
    dead = {redrive["deadLetterTargetArn"]["Fn::GetAtt"][0] for redrive in redrives(queues)}

    assert dead
    assert {name for name, queue in queues.items() if "RedrivePolicy" not in queue} == dead


def redrives(queues: dict[str, Any]) -> list[Any]:
    return [queue["RedrivePolicy"] for queue in queues.values() if "RedrivePolicy" in queue]


def test_every_function_logs_as_json_where_logs_end_some_day(document: Any) -> None:
    groups = of_type(document, "AWS::Logs::LogGroup")

    for function in of_type(document, FUNCTIONS).values():
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups


def test_nobody_is_let_in_who_has_no_name(document: Any) -> None:
    """No policy is for everybody, and only the webhook, which verifies signatures, has a URL beside the gateway."""
    allowed = [part for part in parts(document) if "Principal" in part and part.get("Effect") != "Deny"]

    assert allowed
    public = [one for one in allowed if "*" in str(one["Principal"])]
    assert [one.get("FunctionName") for one in public] == [{"Ref": "WebhookFunction"}] * 2
    assert [*of_type(document, "AWS::Lambda::Url")] == ["WebhookFunctionUrl"]
    assert document["Resources"]["WebhookFunctionUrl"]["Condition"] == "UseWebhook"


def test_who_may_invoke_a_function_may_do_so_for_one_source(document: Any) -> None:
    permissions = of_type(document, "AWS::Lambda::Permission")
    public = {name for name, one in permissions.items() if "SourceArn" not in one}
    assert public == {"WebhookFunctionUrlPublicPermissions", "WebhookFunctionURLInvokeAllowPublicAccess"}
    assert all(document["Resources"][name]["Condition"] == "UseWebhook" for name in public)


def test_no_policy_says_star_where_there_is_a_name(document: Any) -> None:
    """But for connections, which have no name before they open."""
    for statement in statements(document):
        if statement["Effect"] == "Deny":
            continue
        actions = [text_of(action) for action in listed(statement["Action"])]
        assert not [action for action in actions if "*" in action]
        resources = [text_of(resource) for resource in listed(statement.get("Resource", []))]
        open_ended = [one for one in resources if "*" in one.removesuffix("/@connections/*")]
        assert not open_ended or (open_ended == ["*"] and set(actions) <= NAMELESS)


def test_no_policy_allows_all_but_something(document: Any) -> None:
    assert not [part for part in parts(document) if part.keys() & {"NotAction", "NotResource", "NotPrincipal"}]


def test_no_secret_stands_in_a_variable(document: Any) -> None:
    """Where it lies may be named; what it is may not."""
    for function in of_type(document, FUNCTIONS).values():
        variables = function["Environment"]["Variables"]
        secret = {name for name in variables if re.search("SECRET|PASSWORD|TOKEN|KEY$", name)}
        assert secret <= {"JWT_SECRET_ARN", "ALLOW_QUERY_TOKEN", "WEBHOOK_SECRET_ARN"}
        assert "resolve:secretsmanager" not in str(variables)


def test_every_function_is_built_alike_for_the_same_python_and_machine(document: Any) -> None:
    functions = of_type(document, FUNCTIONS).values()

    assert {(one["Runtime"], *one["Architectures"]) for one in functions} == {("python3.14", "arm64")}
    written = TEMPLATE.read_text(encoding="utf-8")
    assert written.count("Metadata: {BuildMethod: makefile}") == len(functions)
