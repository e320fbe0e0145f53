"""`make conformance-aws` against an emulator, with a stack in moto."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local_emulator import Emulator
from testing.conformance_aws.__main__ import PAGE, TEMPLATE
from testing.conformance_aws.deployment import Deployment
from testing.conformance_aws.plan import TAG, deployable, template_body
from testing.running import ROOT

REGION = "eu-central-1"
API_KEY = "the-key-of-the-emulator-of-this-test"
SHORT, WAITING = "answers_no_proxy_result or offered_compression", "answered_first"


@dataclass(frozen=True)
class Account:
    """An account in moto, whose stack has the URLs of an emulator as outputs."""

    endpoint: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        mine = {"AWS_ENDPOINT_URL": self.endpoint, "AWS_CONFIG_FILE": str(self.folder / "config")}
        return {name: text for name, text in os.environ.items() if name != "CI"} | mine

    def begin(self, *arguments: str, ci: bool = False) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "testing.conformance_aws", *arguments, "--folder", str(self.folder / "report")]
        environment = self.environment | ({"CI": "true"} if ci else {})
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes)

    def command(self, *arguments: str, answers: str = "", **more: bool) -> tuple[int, str]:
        running = self.begin(*arguments, **more)
        output = running.communicate(answers, timeout=120)[0]
        return running.returncode, output

    def run(self, select: str, *more: str) -> list[str]:
        template = str(self.folder / "template.json")
        return ["run", "--profile", "test", "--template", template, "--select", select, *more]

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, REGION, endpoint_url=self.endpoint, **keys)

    def stacks(self) -> list[dict[str, Any]]:
        return list(self.client("cloudformation").describe_stacks()["Stacks"])

    def report(self) -> Any:
        return json.loads((self.folder / "report" / "report.json").read_text())


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The suite's stage, from the very template that is deployed; without compression, so one row differs."""
    path = tmp_path_factory.mktemp("deployed") / "template.json"
    path.write_text(template_body(deployable(TEMPLATE)))
    with Emulator(path, parameters={"ApiKey": API_KEY}, arguments=("--limit", "compression=false")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def account(endpoint: str, emulator: Emulator, tmp_path: Path) -> Iterator[Account]:
    stage = emulator.http_url + "/Main/live"
    outputs = {"Target": {"Value": stage.replace("http", "ws", 1)}, "Endpoint": {"Value": stage}}
    key = {"AttributeName": "who", "AttributeType": "S"}
    table = {"AttributeDefinitions": [key], "KeySchema": [{"AttributeName": "who", "KeyType": "HASH"}]}
    document = {
        "Parameters": {"ApiKey": {"Type": "String", "NoEcho": True}},
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {**table, "BillingMode": "PAY_PER_REQUEST"}}
        },
        "Outputs": outputs,
    }
    (tmp_path / "template.json").write_text(json.dumps(document))
    keys = "aws_access_key_id = test\naws_secret_access_key = test"
    (tmp_path / "config").write_text(f"[profile test]\nregion = {REGION}\n{keys}\n")
    account = Account(endpoint, tmp_path)
    yield account
    for stack in account.stacks():
        account.client("cloudformation").delete_stack(StackName=stack["StackName"])


def until_created(account: Account, running: subprocess.Popen[str]) -> str:
    while not (stacks := account.stacks()):
        assert running.poll() is None
        time.sleep(0.05)
    return str(stacks[0]["StackName"])


def test_a_run_deploys_tests_removes_and_reports(account: Account) -> None:
    status, output = account.command(*account.run(SHORT), answers="y\n")

    report = account.report()
    assert status == 1, output
    assert report["rows"]["connect-malformed"] == "passed", output
    assert report["rows"]["compression"] == "failed"
    assert report["results"][0]["row"] == "compression"
    assert (report["in_aws"], report["is_removed"], report["region"]) == (False, True, REGION)
    assert "| `compression` | failed |" in (account.folder / "report" / "report.md").read_text()
    assert account.stacks() == []
    assert "dynamodb:CreateTable" in output and "costs less than" in output

    page = account.folder / "page.md"
    page.write_text(PAGE.read_text())
    status, output = account.command("update-page", "--page", str(page))
    assert (status, page.read_text()) == (1, PAGE.read_text())
    assert "only a run on AWS" in output


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_removes_its_stack(account: Account, signalled: signal.Signals) -> None:
    running = account.begin(*account.run(WAITING, "--yes"))
    until_created(account, running)

    running.send_signal(signalled)
    output = running.communicate(timeout=60)[0]

    assert running.returncode == 130, output
    assert account.stacks() == []
    assert account.report()["is_removed"]


def test_a_killed_run_says_how_to_remove_its_stack_and_a_later_run_offers_it(account: Account) -> None:
    running = account.begin(*account.run(WAITING, "--yes"))
    stack = until_created(account, running)
    running.kill()
    output = running.communicate(timeout=60)[0]
    assert f"aws cloudformation delete-stack --stack-name {stack} --region {REGION}" in output

    status, output = account.command(*account.run(SHORT), answers="y\nn\n")

    assert f"{stack} is left from an earlier run" in output and f"{stack} is removed" in output
    assert (status, account.stacks()) == (2, [])


def test_remove_finds_stacks_by_their_tag_and_log_groups_by_their_name(account: Account) -> None:
    logs, cloudformation = account.client("logs"), account.client("cloudformation")
    logs.create_log_group(logGroupName="/aws/lambda/apigw-conformance-0a1b2c3d-Echo-x")
    logs.create_log_group(logGroupName="/aws/lambda/another")
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    cloudformation.create_stack(StackName="renamed", TemplateBody=body, Tags=[{"Key": TAG, "Value": "x"}])
    cloudformation.create_stack(StackName="another", TemplateBody=body)

    assert Deployment(cloudformation, logs).leftovers() == ["apigw-conformance-0a1b2c3d", "renamed"]
    assert account.command("remove", "--profile", "test", "--yes")[0] == 0

    assert [stack["StackName"] for stack in account.stacks()] == ["another"]
    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == ["/aws/lambda/another"]


def test_a_template_that_is_refused_leaves_nothing(account: Account) -> None:
    path = account.folder / "template.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "Parameters": {"Unknown": {"Type": "String"}}}))

    status, output = account.command(*account.run(SHORT, "--yes"))

    assert (status, account.stacks()) == (1, []), output
    assert "Unknown" in output and "Traceback" not in output


def test_without_a_yes_nothing_is_created(account: Account) -> None:
    status, output = account.command(*account.run(SHORT), answers="n\n")

    assert status == 2 and output.endswith("Nothing was created.\n")
    assert not (account.folder / "report").exists()


def test_a_dry_run_calls_nothing(account: Account) -> None:
    unreachable = Account("http://127.0.0.1:9", account.folder)

    status, output = unreachable.command("run", "--profile", "test", "--dry-run")

    assert status == 0 and "iam:PassRole" in output and "Nothing was created." in output


def test_ci_is_refused(account: Account) -> None:
    status, output = account.command(*account.run(SHORT, "--yes"), ci=True)

    assert status == 2 and "never part of CI" in output and account.stacks() == []
