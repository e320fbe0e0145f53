"""A template that changes while the emulator runs it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.local_emulator.conftest import until
from tests.integration.local_emulator.emulating import Emulated, emulating, write
from tests.integration.local_emulator.lambda_side import client

CODE = """
import os, time

STARTED = os.urandom(4).hex()

def hello(event, context): return {"statusCode": 200, "body": "hello"}
def other(event, context): return {"statusCode": 200, "body": "other"}
def variable(event, context): return {"statusCode": 200, "body": os.environ["WORD"]}
def started(event, context): return STARTED
def left(event, context): return context.get_remaining_time_in_millis()
def slow(event, context):
    open(os.path.join(os.environ["LAMBDA_TASK_ROOT"], "began"), "w").close()
    time.sleep(1)
    return {"statusCode": 200, "body": "slow"}
"""
TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, CodeUri: code, Timeout: 10}}
Resources:
  Fn: {Type: AWS::Serverless::Function, Properties: {Handler: app.hello, Environment: {Variables: {WORD: one}}}}
  Still: {Type: AWS::Serverless::Function, Properties: {Handler: app.started}}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Fn.Arn}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Fn, Principal: apigateway.amazonaws.com}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: $default, RouteResponseSelectionExpression: $default,
                 Target: !Sub "integrations/${Integration}"}
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: $default}
"""


class Project:
    """A template on disk and the emulator that runs it."""

    def __init__(self, emulated: Emulated, template: Path) -> None:
        self.emulated, self.template = emulated, template

    async def change(self, old: str = "", new: str = "", text: str | None = None, *, by_rename: bool = False) -> str:
        """Writes the template, and returns what the emulator says about it."""
        before = len(self.emulated.lines)
        text = self.template.read_text().replace(old, new) if text is None else text
        if by_rename:
            beside = self.template.with_suffix(".swp")
            beside.write_text(text)
            os.replace(beside, self.template)
        else:
            self.template.write_text(text)
        await until(lambda: "reload" in self.emulated.lines[before:])
        return self.emulated.lines[before:]

    async def send(self, path: str = "/dev") -> str:
        return await self.emulated.say(path, "{}")


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Project]:
    write(tmp_path / "code", app=CODE)
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    async with emulating(template) as emulated:
        yield Project(emulated, template)


async def test_functions_routes_and_variables_are_taken_while_connections_stay_open(project: Project) -> None:
    connection = await project.emulated.connect("/dev")
    started = await project.emulated.invoke("Still")
    assert "changed: Fn" in await project.change("app.hello", "app.other", by_rename=True)
    await connection.send_str("{}")
    assert (await connection.receive(timeout=10)).data == "other"

    await project.change("app.other", "app.variable")
    await project.change("WORD: one", "WORD: two")
    await connection.send_str("{}")
    assert (await connection.receive(timeout=10)).data == "two"

    added = "  New: {Type: AWS::Serverless::Function, Properties: {Handler: app.left, Timeout: 7}}\n"
    assert "added: New" in await project.change(text=project.template.read_text() + added)
    assert 6_000 < await project.emulated.invoke("New") <= 7_000
    await project.change("Timeout: 7", "Timeout: 9")
    assert 8_000 < await project.emulated.invoke("New") <= 9_000

    assert "Api route $default" in await project.change("RouteKey: $default,", "RouteKey: named,")
    await connection.send_str('{"action": "unknown"}')
    assert "Forbidden" in (await connection.receive(timeout=10)).data
    assert await project.emulated.status("GET", "/dev/@connections/AAAAAAAAAAAAAAA=") == 410
    assert await project.emulated.invoke("Still") == started, "a function that is as before keeps its environment"
    await connection.close()


async def test_a_broken_template_says_where_and_the_old_one_runs_on(project: Project) -> None:
    said = await project.change("StageName: dev", "StageName: [dev")
    assert f"{project.template}:" in said and "is not YAML" in said and "runs on" in said
    assert await project.send() == "hello"
    text = TEMPLATE.replace("CodeUri: code", "CodeUri: src")
    assert "the code src does not exist" in await project.change(text=text)
    assert await project.send() == "hello"

    before = len(project.emulated.lines)
    write(project.template.parent / "src", app=CODE.replace('"hello"', '"from src"'))
    await until(lambda: "changed: Fn" in project.emulated.lines[before:])
    assert await project.send() == "from src", "the folder alone came, and the template was read again"
    assert "nothing that runs has changed" in await project.change(text=text + "# a comment\n")


async def test_resources_come_at_once_and_go_with_a_restart(project: Project) -> None:
    table = "{AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, "
    table = f"  Rooms: {{Type: AWS::DynamoDB::Table, Properties: {table}KeyType: HASH}}], BillingMode: "
    assert "added: Rooms" in await project.change(text=TEMPLATE + table + "PAY_PER_REQUEST}}\n")
    url = f"{project.emulated.base}/_emulator/tables/Rooms"
    async with project.emulated.http.get(url) as answer:
        assert await answer.json() == {"rows": [], "next": None}
    said = await project.change(text=TEMPLATE)
    await until(lambda: "until a restart" in project.emulated.lines)
    assert "removed: Rooms" in said
    assert "Rooms (AWS::DynamoDB::Table) is no longer in the template" in project.emulated.lines


async def test_a_stage_that_is_gone_takes_its_connections_along_and_calls_end_in_the_old_code(
    project: Project,
) -> None:
    await project.change("app.hello", "app.slow")
    connection = await project.emulated.connect("/dev")
    other = await project.emulated.connect("/dev")
    await other.close()
    await connection.send_str("{}")
    began = project.template.parent / "code" / "began"
    await until(began.exists)
    await project.change("app.slow", "app.other")
    assert (await connection.receive(timeout=10)).data == "slow"
    await connection.send_str("{}")
    assert (await connection.receive(timeout=10)).data == "other"

    await project.change("StageName: dev", "StageName: live")
    closed = await connection.receive(timeout=10)
    assert (closed.data, connection.close_code) == (1001, 1001)
    assert await project.emulated.refused("/dev") == 403
    assert await project.send("/live") == "other"


async def test_a_nested_template_is_watched_too(project: Project) -> None:
    nested = project.template.with_name("nested.yaml")
    nested.write_text("Resources:\n  News: {Type: AWS::SQS::Queue}\n")
    more = "  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested.yaml}}\n"
    assert "added: News" in await project.change(text=TEMPLATE + more)
    before = len(project.emulated.lines)
    nested.write_text("Resources:\n  News: {Type: AWS::SQS::Queue}\n  More: {Type: AWS::SQS::Queue}\n")
    await until(lambda: "added: More" in project.emulated.lines[before:])
    nested.write_text("Resources: [")
    await until(lambda: f"{nested}:" in project.emulated.lines[before:])
    assert "nothing that runs" not in project.emulated.lines


RULE = """  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: changed
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: KEYS_ONLY}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Still, EventSourceArn: !GetAtt Table.StreamArn, StartingPosition: LATEST}
  Rule:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [first]}, Targets: [{Id: a, Arn: !GetAtt Still.Arn}]}
  Api:
"""


async def test_rules_and_streams_of_a_changed_template_invoke(project: Project) -> None:
    events, dynamodb = (client(service, project.emulated.settings.aws_port) for service in ("events", "dynamodb"))

    def put(source: str) -> None:
        events.put_events(Entries=[{"Source": source, "DetailType": "x", "Detail": "{}"}])

    said = await project.change("  Api:\n", RULE)
    assert "added: Table, Mapping, Rule" in said
    await asyncio.to_thread(put, "first")
    await until(lambda: "event        Still" in project.emulated.lines)
    await asyncio.to_thread(lambda: dynamodb.put_item(TableName="changed", Item={"id": {"S": "a"}}))
    await until(lambda: "stream       Still" in project.emulated.lines)

    await project.change("source: [first]", "source: [second]")
    await asyncio.to_thread(put, "second")
    await until(lambda: project.emulated.lines.count("event        Still") >= 2)

    rules = await asyncio.to_thread(events.list_rules)
    assert [rule["EventPattern"] for rule in rules["Rules"]] == ['{"source": ["second"]}']
