"""The authorizer with tokens of real issuers on loopback, set as docs/deploy.md says: `make issuers`, outside of CI."""

import base64
import json
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handlers import authorizer
from local_emulator.template.reader import read_template
from testing import gateway_events
from testing.aws_environment import ROOT, variables_of
from testing.stub_management import StubManagement

INSTALLED = ROOT / "artefacts" / "issuers"
PROGRAMS = Path(__file__).parent / "issuers"
PYTHON = INSTALLED / "venv" / "bin"
COGNITO = [PYTHON / "python", PROGRAMS / "cognito.py"]
ISSUERS = {
    "oidc-provider": ["node", INSTALLED / "oidc_provider.mjs"],
    "better-auth": ["node", INSTALLED / "better_auth.mjs"],
    "cognito-local": [*COGNITO, INSTALLED / "node_modules" / ".bin" / "cognito-local"],
    "moto": [*COGNITO, PYTHON / "moto_server", "-H", "127.0.0.1", "-p", "PORT"],
    "django-oauth-toolkit": [PYTHON / "python", PROGRAMS / "django_toolkit.py"],
    "authlib": [PYTHON / "python", PROGRAMS / "authlib_tokens.py"],
}


@dataclass(frozen=True)
class Issued:
    """Tokens of one user, the parameters that fit them, and by which reason other tokens are refused."""

    parameters: dict[str, str]
    user: str
    access: str
    refused: dict[str, str]


@pytest.fixture(scope="module", params=ISSUERS)
def issued(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    """Runs an issuer in an empty folder until its tests are done."""
    command = [str(argument) for argument in ISSUERS[request.param]]
    folder, pipe = tmp_path_factory.mktemp(request.param), subprocess.PIPE
    with (folder / "errors").open("w+") as errors:
        with subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=errors, text=True) as issuer:
            line = next((line for line in issuer.stdout if line.startswith("{")), "")  # warnings come first
            if line:
                yield Issued(**json.loads(line))
            issuer.stdin.close()
            issuer.wait(10)
        errors.seek(0)
        assert line, errors.read()


@pytest.fixture(autouse=True)
def _settings(issued: Issued, management: StubManagement) -> Iterator[None]:
    deployment = read_template(
        ROOT / "template.yaml", issued.parameters | {"AllowedOrigins": "https://app.example.com"}
    )
    with variables_of(deployment, management):
        yield


def ask(token: str) -> dict[str, Any]:
    event = gateway_events.connect("", "A=", headers={"Authorization": f"Bearer {token}"})
    del event["requestContext"]["authorizer"]
    arn = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/prod/$connect"
    return authorizer.handler(event | {"type": "REQUEST", "methodArn": arn}, None)


def shape(token: str) -> str:
    """Returns the token's header and the names of its claims, for the output of `pytest -rP`."""
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "===")) for part in token.split(".")[:2])
    return f"{header} {sorted(claims)}"


def test_a_token_of_a_user_opens_a_connection(issued: Issued) -> None:
    print(shape(issued.access))
    policy = ask(issued.access)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert policy["context"]["userId"] == issued.user


def test_other_tokens_of_the_issuer_are_refused_by_name(issued: Issued, caplog: pytest.LogCaptureFixture) -> None:
    for reason, token in issued.refused.items():
        with caplog.at_level(logging.INFO), pytest.raises(Exception, match=r"^Unauthorized$"):
            ask(token)
        [record] = [line for line in caplog.records if line.name == "upload_progress"]
        assert vars(record)["reason"] == reason
        caplog.clear()
