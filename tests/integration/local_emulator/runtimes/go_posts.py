"""A compiled Go program reaches the address in its event; `make test-go` runs this, CI does not."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.local_emulator.conftest import SIGNED
from tests.integration.local_emulator.emulating import emulating

SOURCE = Path(__file__).with_name("bootstrap.go")
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: dev
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: !GetAtt Say.Arn}}
  Say:
    Type: AWS::Serverless::Function
    Properties:
      {CodeUri: ., Runtime: provided.al2023, Handler: x, Timeout: 20, Environment: {Variables: {SIGNED: '%s'}}}
"""


@pytest.fixture
def built(tmp_path: Path) -> None:
    environment = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off"}
    subprocess.run(["go", "build", "-o", str(tmp_path / "bootstrap"), str(SOURCE)], check=True, env=environment)


@pytest.mark.usefixtures("built")
async def test_a_go_program_posts_by_net_http_to_the_address_in_its_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE % json.dumps({name: [value] for name, value in SIGNED.items()}))
    monkeypatch.setenv("no_proxy", ".amazonaws.com")  # of this machine
    async with emulating(tmp_path / "template.yaml") as emulated:
        assert await emulated.say("/dev", "from Go") == "from Go", emulated.lines
