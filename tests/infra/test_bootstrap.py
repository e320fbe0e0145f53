"""When adapters are built, and what building them loads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bootstrap
from local_emulator.deployment import Deployment

ROOT = Path(__file__).parents[2]


def test_adapters_are_built_early_where_the_lambda_runtime_starts_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")

    bootstrap.build_early(lambda: built.append("connections"), lambda: built.append("management"))

    assert built == ["connections", "management"]


def test_adapters_wait_for_their_environment_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)

    bootstrap.build_early(lambda: pytest.fail("built"))


def loaded(deployment: Deployment, function: str) -> set[str]:
    """The packages that are there once the Lambda runtime has loaded a function's module."""
    declared = deployment.functions[function]
    environment = declared.environment | {
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PATH": os.environ["PATH"],
    }
    module = declared.handler.rpartition(".")[0]
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", code]
    return set(
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.split()
    )


@pytest.mark.parametrize("function", ["ConnectFunction", "DisconnectFunction", "DefaultFunction", "PushFunction"])
def test_functions_have_their_clients_before_the_first_event_and_need_no_boto3(
    deployment: Deployment, function: str
) -> None:
    packages = loaded(deployment, function)

    assert "botocore" in packages
    assert not packages & {"boto3", "jwt"}


def test_the_authorizer_loads_no_aws_sdk(deployment: Deployment) -> None:
    packages = loaded(deployment, "AuthorizerFunction")

    assert "jwt" in packages
    assert not packages & {"boto3", "botocore"}
