"""Each function's role allows what the function does (testing/role_check.py watches that everywhere).

That it allows no more is tests/integration/test_rights_used.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from handlers import bootstrap, disconnect
from local_emulator.deployment import Deployment
from testing import gateway_events
from testing.aws_environment import aws_environment
from testing.role_check import GATEWAY
from testing.roles import REQUIRED, TEMPLATE, Call, Roles, listed, our_roles
from testing.stub_management import StubManagement
from testing.translator import translated

CONNECTIONS, UPLOADS = "<ConnectionsTable.Arn>", "<UploadsTable.Arn>"


@pytest.mark.parametrize(
    ("function", "action", "resource", "allowed"),
    [
        ("ConnectFunction", "dynamodb:PutItem", CONNECTIONS, True),
        ("ConnectFunction", "dynamodb:PutItem", UPLOADS, False),
        ("ConnectFunction", "dynamodb:Scan", CONNECTIONS, False),
        ("SweepFunction", "dynamodb:Query", f"{CONNECTIONS}/index/due", True),
        ("PushFunction", "dynamodb:Query", f"{CONNECTIONS}/index/due", False),
        ("SweepFunction", "lambda:InvokeFunction", "<SweepFunction.Arn>", True),
        ("SweepFunction", "lambda:InvokeFunction", "<PushFunction.Arn>", False),
        ("DisconnectFunction", "execute-api:ManageConnections", f"{GATEWAY}/prod/POST/@connections/A=", False),
        ("PushFunction", "execute-api:ManageConnections", f"{GATEWAY}/prod/POST/@connections/A=", True),
        ("PushFunction", "execute-api:ManageConnections", f"{GATEWAY}/prod/GET/@connections/A=", False),
        ("PushFunction", "execute-api:ManageConnections", f"{GATEWAY}/beta/POST/@connections/A=", False),
        ("AuthorizerFunction", "secretsmanager:GetSecretValue", "<JwtSecretArn>", True),
        ("ConnectFunction", "secretsmanager:GetSecretValue", "<JwtSecretArn>", False),
        ("WebhookFunction", "secretsmanager:GetSecretValue", "<WebhookSecretArn>", True),
        ("WebhookFunction", "secretsmanager:GetSecretValue", "<JwtSecretArn>", False),
        ("WebhookFunction", "sqs:ReceiveMessage", "<ProgressQueue.Arn>", False),
    ],
)
def test_a_role_allows_what_it_names_where_it_names_it(
    function: str, action: str, resource: str, allowed: bool
) -> None:
    assert our_roles().allow(function, Call(action, resource)) is allowed


def test_every_function_has_a_role_of_its_own(deployment: Deployment) -> None:
    roles = our_roles()

    assert set(roles.functions) == deployment.functions.keys()
    assert all(list(roles.statements(function)) for function in roles.functions)
    assert len({roles.role(function) for function in roles.functions}) == len(roles.functions)


def test_a_call_that_aws_would_refuse_does_not_pass_unnoticed(
    deployment: Deployment, management: StubManagement, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the function takes it for a failure like any other and goes on."""

    def scan(user_id: str, connection_id: str) -> None:
        bootstrap._dynamodb().scan(TableName=deployment.tables["ConnectionsTable"].name)

    with (
        pytest.raises(AssertionError, match=r"DisconnectFunction.*dynamodb:Scan"),
        aws_environment(deployment, management),
    ):
        monkeypatch.setattr(bootstrap.connections(), "remove", scan)
        disconnect.handler(gateway_events.disconnect("alice", "A="), None)


def wildcards(function: str) -> Iterator[str]:
    for statement in our_roles().statements(function):
        for pattern in listed(statement["Action"]) + listed(statement["Resource"]):
            if "*" in pattern and not pattern.endswith("/@connections/*"):
                yield f"{statement['Action']} on {pattern}"


@pytest.mark.parametrize("function", our_roles().functions)
def test_nothing_is_left_open_that_has_a_name(function: str) -> None:
    """Connections have none until they open, and X-Ray knows no resources (Service Authorization Reference)."""
    traced = "['xray:PutTraceSegments', 'xray:PutTelemetryRecords'] on *"

    assert set(wildcards(function)) <= {traced}


def test_client_messages_write_no_upload_unless_clients_may_report() -> None:
    parameters = REQUIRED | {"JwtSecretArn": "<JwtSecretArn>"}
    roles = Roles(translated(TEMPLATE, parameters), parameters)
    writes = [Call(f"dynamodb:{action}", "<UploadsTable.Arn>") for action in ("BatchGetItem", "UpdateItem")]

    assert [roles.allow("DefaultFunction", one) for one in writes] == [False, False]
    assert [our_roles().allow("DefaultFunction", one) for one in writes] == [True, True]
