"""`make benchmark-cold-start`: how long each function takes until its first call is done, in a process of its own.

The bundles are built as they ship, for the Python that runs this. Each start is compared with one of stock boto3 that
creates a DynamoDB client and calls nothing; the interpreter's own start is taken off both. Starts are interleaved, and
the medians of their CPU count: while Lambda starts a function, CPU is what it waits for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import botocore
from standardwebhooks.webhooks import Webhook

from benchmarks.functions.stub import USER
from benchmarks.functions.surroundings import CERTIFICATE, CONNECTIONS, WEBHOOK_SECRET, running_surroundings
from benchmarks.harness.processes import CREDENTIALS, ROOT
from benchmarks.harness.report import Report, benchmark_parser, machine
from benchmarks.harness.steps import steps
from bundle.build import build
from bundle.target import HERE
from local_emulator.deployment import Deployment
from local_emulator.template.reader import read_template
from testing import gateway_events
from testing.provider import SigningKey

ISSUER, AUDIENCE = "https://id.example.com/", "upload-progress"
# Of the Python that Lambda runs, and of older ones.
IS_LAMBDA_PYTHON = sys.version_info >= (3, 14)
AUTHORIZER_GOAL, CONNECTION_GOAL, DEFAULT_GOAL, WORK_GOAL = (
    (0.5, 0.65, 0.8, 0.8) if IS_LAMBDA_PYTHON else (0.6, 0.9, 0.9, 1.0)
)
WEBHOOK_GOAL = 0.9
# The Python itself: a virtual environment's would look for its own packages first.
INTERPRETER_FILE = getattr(sys, "_base_executable", sys.executable)
INTERPRETER, REFERENCE = "the interpreter alone", "boto3.client"

# Without the site's packages: a bundle must bring its own. What an interpreter tidies up at its end is not measured, of
# ours or of others: Lambda freezes a function once it has answered.
END = "import os, sys; sys.stdout.flush(); os._exit(0)"
CALL = f"""
import importlib, json, sys
folder, module, event = sys.argv[1:]
sys.path.insert(0, folder)
class Context:
    function_name = "Function"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:Function"
    get_remaining_time_in_millis = staticmethod(lambda: 25_000)
print(json.dumps(importlib.import_module(module).handler(json.loads(event), Context())))
{END}
"""
CREATE_CLIENT = f"import sys; sys.path.insert(0, sys.argv[1]); import boto3; boto3.client('dynamodb'); {END}"


@dataclass(frozen=True)
class Start:
    """One way to start: what is run, with which variables, and whether its answer is as it should be."""

    name: str
    code: str
    arguments: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    is_right: Callable[[Any], bool] = lambda answer: True
    goal: float | None = None

    def cpu_seconds(self) -> float:
        """User and system time of one fresh process. Raises RuntimeError if it did not do what it should."""
        command = [INTERPRETER_FILE, "-I", "-S", "-c", self.code, *self.arguments]
        process = subprocess.Popen(
            command,
            env=dict(self.variables),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # a failure that is logged spoils the answer
        )
        assert process.stdout
        with process.stdout as output:
            printed = output.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not self._is_right(printed):
            raise RuntimeError(f"{self.name} ended with {process.returncode} and said {printed!r}")
        return used.ru_utime + used.ru_stime

    def _is_right(self, printed: str) -> bool:
        try:
            return self.is_right(json.loads(printed or "null"))
        except ValueError:
            return False


def main() -> int:
    parser = benchmark_parser("benchmarks.functions.cold_start", __doc__)
    parser.add_argument("--rounds", type=int, default=31, help="how often each start is measured")
    parser.add_argument("--quick", action="store_true", help="a first look: 5 rounds")
    given = parser.parse_args()
    rounds = 5 if given.quick else given.rounds
    report = Report(("cold start, first call included", "this product", "boto3", "ratio", "goal"), conditions(rounds))
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), rounds, report)
    if given.write:
        section = "cold-start-lambda" if IS_LAMBDA_PYTHON else "cold-start"
        report.write(section)
    return 0


def conditions(rounds: int) -> str:
    return f"{machine()}; CPU above the interpreter's own start; medians of {rounds} interleaved rounds"


def measure(folder: Path, rounds: int, report: Report) -> None:
    key = SigningKey("RS256", "key-1")
    with running_surroundings(folder, {"keys": [key.jwk()]}) as url:
        functions = our_starts(folder, url, key)
        starts = [Start(INTERPRETER, END), stock_boto3(), *functions]
        seconds: dict[str, list[float]] = {start.name: [] for start in starts}
        for number in steps(range(rounds + 1), "round"):
            for start in starts:
                took = start.cpu_seconds()
                if number:  # the first round fills the page cache
                    seconds[start.name].append(took)
    net = {name: median(them) - median(seconds[INTERPRETER]) for name, them in seconds.items()}
    for start in functions:
        ours, theirs = net[start.name], net[REFERENCE]
        report.row(start.name, f"{ours * 1e3:.0f} ms", f"{theirs * 1e3:.0f} ms", ours / theirs, f"<= {start.goal}")


def stock_boto3() -> Start:
    """From the site's packages, with the byte code that pip made for them."""
    folder = str(Path(botocore.__file__).parents[1])
    return Start(REFERENCE, CREATE_CLIENT, (folder,), tuple(CREDENTIALS.items()))


def our_starts(folder: Path, url: str, key: SigningKey) -> list[Start]:
    """Every function from its own bundle, with an event that it answers well."""
    token = key.token(iss=ISSUER, aud=AUDIENCE, sub=USER, exp=int(time.time()) + 3600)
    mine, update = CONNECTIONS[0], {"userId": USER, "uploadId": "u-1", "fileName": "a.mov", "status": "uploading"}
    handshake = {**gateway_events.connect(USER, mine, headers={"Authorization": f"Bearer {token}"}), "methodArn": "arn"}
    hello = gateway_events.message(USER, mine, '{"action": "hello"}')

    def ok(answer: Any) -> bool:
        return bool(answer["statusCode"] == 200)

    def start(name: str, event: Any, is_right: Callable[[Any], bool], goal: float) -> Start:
        function = f"{name.capitalize()}Function"
        build(function, folder / function, HERE)
        declared = deployment().functions[function]
        arguments = (str(folder / function), declared.handler.rpartition(".")[0], json.dumps(event))
        variables = {**declared.environment, **surroundings(folder, url)}
        return Start(name, CALL, arguments, tuple(variables.items()), is_right, goal)

    return [
        start("authorizer", handshake, lambda answer: bool(answer["context"]["userId"] == USER), AUTHORIZER_GOAL),
        start("connect", gateway_events.connect(USER, mine), ok, CONNECTION_GOAL),
        start("disconnect", gateway_events.disconnect(USER, mine), ok, CONNECTION_GOAL),
        start("default", hello, ok, DEFAULT_GOAL),
        start("push", update, lambda counts: bool(counts["delivered"] == len(CONNECTIONS)), WORK_GOAL),
        start("webhook", webhook_event(update), ok, WEBHOOK_GOAL),
        start("sweep", {}, lambda counts: bool(counts == {"pinged": 1}), WORK_GOAL),
    ]


@cache
def deployment() -> Deployment:
    tokens = {"JwtIssuer": ISSUER, "JwtAudience": AUDIENCE, "JwksUrl": "https://x/"}
    webhook = {"EnableWebhook": "true", "WebhookSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"}
    return read_template(ROOT / "template.yaml", tokens | webhook)


def webhook_event(update: dict[str, str]) -> dict[str, Any]:
    """A request of a function URL, signed with the secret that the stub of Secrets Manager has."""
    body, now = json.dumps(update), datetime.now(UTC)
    signed = {"webhook-id": "1", "webhook-timestamp": str(int(now.timestamp()))}
    signed["webhook-signature"] = Webhook(WEBHOOK_SECRET).sign("1", now, body)
    return {"requestContext": {"http": {"method": "POST"}}, "headers": signed, "body": body}


def surroundings(folder: Path, url: str) -> dict[str, str]:
    """Where everything is, and whom to trust; an identity provider may be signed by anybody the system trusts."""
    certificate = folder / CERTIFICATE
    system = folder / "system.pem"
    system.write_bytes((Path(botocore.__file__).parent / "cacert.pem").read_bytes() + certificate.read_bytes())
    return {
        **CREDENTIALS,
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": url,
        "MANAGEMENT_ENDPOINT": f"{url}/prod",
        "JWKS_URL": f"{url}/jwks.json",
        "AWS_CA_BUNDLE": str(certificate),
        "SSL_CERT_FILE": str(system),
    }


if __name__ == "__main__":
    sys.exit(main())
