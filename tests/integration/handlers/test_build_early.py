"""When adapters are built, and what building them loads."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import bootstrap
from local_emulator.deployment import Deployment

ROOT = Path(__file__).parents[3]


@pytest.fixture
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("in_lambda")
def test_adapters_are_built_early_where_the_lambda_runtime_starts_a_function() -> None:
    built: list[str] = []

    bootstrap.build_early(lambda: built.append("connections"), lambda: built.append("management"))

    assert built == ["connections", "management"]


@pytest.mark.usefixtures("in_lambda")
def test_no_garbage_is_looked_for_while_they_are_built() -> None:
    looked: list[bool] = []

    bootstrap.build_early(lambda: looked.append(gc.isenabled()))

    assert (looked, gc.isenabled()) == ([False], True)
    assert gc.get_freeze_count() > 0


@pytest.mark.usefixtures("in_lambda")
def test_a_function_that_cannot_start_says_why() -> None:
    def broken() -> None:
        raise KeyError("CONNECTIONS_TABLE")

    with pytest.raises(KeyError, match="CONNECTIONS_TABLE"):
        bootstrap.build_early(broken)

    assert gc.isenabled()


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
    printed = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    return set(printed.split())


@pytest.mark.parametrize("function", ["ConnectFunction", "DisconnectFunction", "DefaultFunction", "PushFunction"])
def test_functions_have_their_clients_before_the_first_event_and_need_no_boto3(
    deployment: Deployment, function: str
) -> None:
    packages = loaded(deployment, function)

    assert "botocore" in packages
    assert not packages & {"boto3", "jwt"}
    assert ("httptools" in packages) is (function in ("DefaultFunction", "PushFunction"))


def test_the_authorizer_loads_no_aws_sdk(deployment: Deployment) -> None:
    packages = loaded(deployment, "AuthorizerFunction")

    assert "jwt" in packages
    assert not packages & {"boto3", "botocore"}
