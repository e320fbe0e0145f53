"""A bundle brings all that its function needs: here it starts where nothing else is installed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from local_emulator.deployment import Deployment
from testing.bundles import SENDERS, TOKEN_READERS, for_here

# As the Lambda runtime does it, with every adapter of the function built (handlers/bootstrap.py, build_early).
START = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
importlib.import_module(sys.argv[2])
from handlers import bootstrap
for adapter in sys.argv[3:]:
    getattr(bootstrap, adapter)()
print(json.dumps({name: getattr(module, "__file__", None) for name, module in sys.modules.items()}))
"""


def started(deployment: Deployment, function: str, *adapters: str, **variables: str) -> dict[str, Any]:
    """The modules, with their files, of a process that has loaded a function and built more of its adapters."""
    declared = deployment.functions[function]
    lambdas = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "AWS_DEFAULT_REGION": "us-east-1"}
    python = [getattr(sys, "_base_executable", sys.executable), "-I", "-S", "-c", START]
    command = [*python, str(for_here() / function), declared.handler.rpartition(".")[0], *adapters]
    environment = {**declared.environment, **lambdas, **variables}
    printed = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    modules: dict[str, Any] = json.loads(printed)
    return modules


@pytest.mark.parametrize(
    "function",
    ["ConnectFunction", "DisconnectFunction", "DefaultFunction", "PushFunction", "SweepFunction", "WebhookFunction"],
)
def test_a_function_starts_with_its_bundle_alone(deployment: Deployment, function: str) -> None:
    modules = started(deployment, function)
    folder = str(for_here() / function)

    assert modules["botocore.client"].startswith(folder)
    assert modules["handlers.bootstrap"].startswith(folder)
    assert "boto3" not in modules


@pytest.mark.parametrize("function", sorted(SENDERS))
def test_who_sends_can_load_the_engine(deployment: Deployment, function: str) -> None:
    modules = started(deployment, function, "management")

    assert modules["httptools.parser.parser"].startswith(str(for_here() / function))


@pytest.mark.parametrize("function", sorted(TOKEN_READERS))
@pytest.mark.parametrize("shares_secrets", [False, True])
def test_tokens_can_be_read_with_either_kind_of_keys(
    deployment: Deployment, function: str, shares_secrets: bool
) -> None:
    shared = {"JWKS_URL": "", "JWT_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}

    modules = started(deployment, function, "tokens", **(shared if shares_secrets else {}))

    assert "cryptography.hazmat.bindings._rust" in modules
    assert ("botocore" in modules) is (shares_secrets or function == "DefaultFunction")
