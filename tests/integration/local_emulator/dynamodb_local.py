"""The emulator on AWS's DynamoDB Local: `make dynamodb-local` runs this, since it needs Java."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_emulator import Emulator
from local_emulator.control import EmulatorStartError

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true}}
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Copies:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
  Copy:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Environment: {Variables: {COPIES: !Ref Copies}}
      Events: {Changes: {Type: DynamoDB, Properties: {Stream: !GetAtt Rows.StreamArn, StartingPosition: LATEST}}}
"""

CODE = """
import os
import boto3

def handler(event, context):
    for record in event["Records"]:
        boto3.client("dynamodb").put_item(TableName=os.environ["COPIES"], Item=record["dynamodb"]["NewImage"])
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "app.py").write_text(CODE)
    return folder / "template.yaml"


@pytest.fixture(scope="module")
def emulator(template: Path) -> Iterator[Emulator]:
    with Emulator(template, arguments=["--dynamodb", "local"]) as running:
        yield running


def ids(emulator: Emulator, table: str) -> set[str]:
    return {item["id"]["S"] for item in emulator.client("dynamodb").scan(TableName=table)["Items"]}


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_tables_and_streams_are_those_of_the_other_engine(emulator: Emulator) -> None:
    rows = emulator.client("dynamodb").describe_table(TableName="local-Rows")["Table"]
    assert rows["TableArn"].startswith("arn:aws:dynamodb:ddblocal:")
    emulator.client("dynamodb").put_item(TableName="local-Rows", Item={"id": {"S": "first"}})
    until(lambda: ids(emulator, "local-Copies") == {"first"})


def test_a_reset_empties_its_tables_and_streams_go_on(emulator: Emulator) -> None:
    emulator.client("dynamodb").put_item(TableName="local-Rows", Item={"id": {"S": "gone"}})
    emulator.reset()
    assert ids(emulator, "local-Rows") == ids(emulator, "local-Copies") == set()
    emulator.client("dynamodb").put_item(TableName="local-Rows", Item={"id": {"S": "later"}})
    until(lambda: ids(emulator, "local-Copies") == {"later"})


def test_no_engine_is_left_after_the_end(template: Path) -> None:
    with Emulator(template, arguments=["--dynamodb", "local"]) as running:
        url = running.client("dynamodb").meta.endpoint_url
        port = url.rpartition(":")[2]
        assert engines(port)
    until(lambda: not engines(port))


def engines(port: str) -> list[str]:
    """Returns the processes of DynamoDB Local with that port."""
    commands = (Path("/proc", pid, "cmdline") for pid in os.listdir("/proc") if pid.isdigit())
    return [str(file) for file in commands if file.exists() and f"-port\0{port}\0".encode() in file.read_bytes()]


def test_without_java_the_start_fails_and_says_what_is_missing(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EmulatorStartError, match="Java 17 or newer"):
        Emulator(template, arguments=["--dynamodb", "local"]).start()
