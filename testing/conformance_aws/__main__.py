"""Runs the conformance suite on an AWS account: python -m testing.conformance_aws run --profile NAME"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from testing.conformance_aws.deployment import Deployment, DeploymentError, TeardownError, removal_commands
from testing.conformance_aws.page import NotFromAWSError, differences, updated
from testing.conformance_aws.plan import (
    STACK_PREFIX,
    Place,
    TemplateTooLargeError,
    UnplannedTypeError,
    deployable,
    describe,
    max_run_seconds,
    template_body,
)
from testing.conformance_aws.report import Report
from testing.conformance_aws.suite import environment, read_results, run_suite
from testing.running import ROOT

TEMPLATE = ROOT / "tests" / "conformance" / "deployment" / "template.yaml"
PAGE = ROOT / "docs" / "emulator.md"
FOLDER = ROOT / "artefacts" / "conformance-aws"
FAULTS = (
    *(DeploymentError, NotFromAWSError, TemplateTooLargeError, UnplannedTypeError),
    *(BotoCoreError, ClientError, FileNotFoundError),
)
FAILED, REFUSED, INTERRUPTED = 1, 2, 130


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the template, the stack's name and place, and the options of the command."""

    template: Path
    stack: str
    place: Place
    folder: Path
    profile: str
    long: bool = False
    selection: str = ""

    def execute(self, deployment: Deployment) -> Report:
        """Deploys and tests the stack, and removes it in every case. Writes the report. Raises DeploymentError."""
        outputs: dict[str, str] = {}
        with tempfile.TemporaryDirectory() as scratch:
            results = Path(scratch) / "results.jsonl"
            try:
                self._deploy_and_test(deployment, outputs, results)
            finally:
                is_removed = remove(deployment, self.stack, self.place.region)
                report = self._report(outputs, results, is_removed)
                write_report(report, self.folder)
        return report

    def _deploy_and_test(self, deployment: Deployment, outputs: dict[str, str], results: Path) -> None:
        api_key = secrets.token_hex(16)
        body = template_body(deployable(self.template))
        print(f"Creating {self.stack}. This takes some minutes.", flush=True)
        outputs |= deployment.create(self.stack, body, {"ApiKey": api_key})
        variables = environment(outputs, api_key, results, self.long)
        variables |= {"AWS_PROFILE": self.profile, "AWS_REGION": self.place.region}
        if not run_suite(variables, max_run_seconds(self.long), self.selection):
            print("The suite was stopped, because it reached its maximum time.", file=sys.stderr)

    def _report(self, outputs: dict[str, str], results: Path, is_removed: bool) -> Report:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        date = datetime.now(UTC).date().isoformat()
        in_aws = ".amazonaws." in outputs.get("Endpoint", "")
        found = read_results(results)
        return Report(date, self.place.region, commit.stdout.strip() or "unknown", in_aws, is_removed, found)


def remove(deployment: Deployment, stack: str, region: str) -> bool:
    """Removes the stack and returns True, or prints how to remove it by hand and returns False."""
    print(f"Removing {stack}.", flush=True)
    try:
        deployment.remove(stack)
    except (TeardownError, BotoCoreError, ClientError, KeyboardInterrupt) as error:
        print(f"{stack} may still exist ({error or 'interrupted'}).", by_hand(stack, region), sep="\n", file=sys.stderr)
        return False
    print(f"{stack} is removed.", flush=True)
    return True


def by_hand(stack: str, region: str) -> str:
    """Returns the text that says how to remove a stack without this command."""
    return "\n  ".join(["Remove it with these commands:", *removal_commands(stack, region)])


def write_report(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(report.as_markdown(), encoding="utf-8")
    print(f"The report is in {folder}.", flush=True)


def offer_leftovers(deployment: Deployment, region: str, removes_all: bool, may_ask: bool) -> bool:
    """Names the stacks of earlier runs, and removes each one after a yes. Returns False if one could not be removed."""
    are_removed = True
    for stack in deployment.leftovers():
        print(f"{stack} is left from an earlier run, or belongs to a run of another person.")
        if removes_all or (may_ask and agrees(f"Remove {stack}?")):
            are_removed &= remove(deployment, stack, region)
    return are_removed


def agrees(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def run(arguments: argparse.Namespace) -> int:
    document = deployable(arguments.template)
    if arguments.dry_run:
        place = Place("aws", arguments.region or "REGION", "ACCOUNT")
        print(describe(document, place, f"{STACK_PREFIX}…", arguments.long), "Nothing was created.", sep="\n")
        return 0
    if os.environ.get("CI"):
        print("A run on AWS is never part of CI: the variable CI is set.", file=sys.stderr)
        return REFUSED
    place, deployment = connect(arguments)
    offer_leftovers(deployment, place.region, removes_all=False, may_ask=not arguments.yes)
    stack = STACK_PREFIX + secrets.token_hex(4)
    print(describe(document, place, stack, arguments.long))
    print("If this process is killed, the stack stays.", by_hand(stack, place.region), sep="\n", flush=True)
    if not (arguments.yes or agrees("Create it?")):
        print("Nothing was created.")
        return REFUSED
    options = (arguments.profile, arguments.long, arguments.select)
    report = Run(arguments.template, stack, place, arguments.folder, *options).execute(deployment)
    print(report.as_markdown())
    return 0 if report.is_removed and report.is_complete and not differences(report) else FAILED


def remove_leftovers(arguments: argparse.Namespace) -> int:
    place, deployment = connect(arguments)
    return 0 if offer_leftovers(deployment, place.region, removes_all=arguments.yes, may_ask=True) else FAILED


def update_page(arguments: argparse.Namespace) -> int:
    report = Report.from_json(json.loads((arguments.folder / "report.json").read_text(encoding="utf-8")))
    page = arguments.page.read_text(encoding="utf-8")
    arguments.page.write_text(updated(page, report), encoding="utf-8")
    for row in differences(report):
        print(f"AWS differs from the row {row}: correct the row, then the emulator.")
    return 0


def connect(arguments: argparse.Namespace) -> tuple[Place, Deployment]:
    """Returns the account that the profile leads to, and its stacks."""
    session = boto3.Session(profile_name=arguments.profile, region_name=arguments.region or None)
    arn = session.client("sts").get_caller_identity()["Arn"].split(":")
    place = Place(arn[1], session.region_name, arn[4])
    return place, Deployment(session.client("cloudformation"), session.client("logs"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conformance-aws", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, does: Any, text: str) -> argparse.ArgumentParser:
        own = commands.add_parser(name, help=text)
        own.set_defaults(does=does)
        own.add_argument("--folder", type=Path, default=FOLDER, help="the folder of the report")
        return own

    on_aws = [command("run", run, "deploy, test and remove"), command("remove", remove_leftovers, "remove leftovers")]
    for one in on_aws:
        one.add_argument("--profile", required=True, help="the profile of AWS's configuration files")
        one.add_argument("--region", default="", help="another Region than that of the profile")
        one.add_argument("--yes", action="store_true", help="ask nothing")
    on_aws[0].add_argument("--dry-run", action="store_true", help="print the plan and call nothing")
    on_aws[0].add_argument("--long", action="store_true", help="also wait for idleness and age, about four hours")
    on_aws[0].add_argument("--select", default="", help="run only these tests, as pytest's -k")
    on_aws[0].add_argument("--template", type=Path, default=TEMPLATE, help="another template with the same outputs")
    page = command("update-page", update_page, "write the measured rows into docs/emulator.md")
    page.add_argument("--page", type=Path, default=PAGE)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status. SIGTERM and SIGHUP also remove the stack."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.does(parsed))
    except FAULTS as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
