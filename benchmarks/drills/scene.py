"""Where a drill takes place: the emulator on our template, and a crowd that watches it."""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect

from benchmarks.crowd.pipeline import Invoke, Update
from benchmarks.crowd.watching import crowd, report
from testing.provider import JwksServer, jwks_server
from testing.running import System, running_system

USERS = [f"user-{number}" for number in range(10)]
CONNECTIONS = 2
RETRY_SECONDS = "1"  # instead of Lambda's minute, so that a drill ends


@dataclass(frozen=True)
class Scene:
    system: System
    keys: JwksServer
    watched: subprocess.Popen[bytes]

    def switch_on(self, kind: str, **asked: Any) -> str:
        return str(self.system.faults("POST", kind=kind, **asked)["id"])

    def switch_off(self, fault: str) -> None:
        self.system.faults("DELETE", f"/{fault}")

    def queue_url(self, name: str) -> str:
        urls: list[str] = self.system.client("sqs").list_queues()["QueueUrls"]
        return next(url for url in urls if url.endswith(f"-{name}"))

    def handshake(self) -> str:
        """What somebody gets who comes just now."""
        token = self.system.token(random.choice(USERS))
        offered = ["upload-progress.v1", f"bearer.{token}"]
        try:
            with connect(self.system.url, subprotocols=offered, proxy=None, open_timeout=60):  # type: ignore[arg-type]
                return "101"
        except InvalidHandshake as refused:
            return str(getattr(refused, "response", None) and refused.response.status_code)  # type: ignore[attr-defined]

    def queueing(self) -> Invoke:
        """Pushes as a pipeline does that must not wait: a message on ProgressQueue."""
        sqs, url = self.system.client("sqs"), self.queue_url("ProgressQueue")

        def send(update: Update) -> dict[str, Any]:
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(update))
            return {}

        return send

    def invoking_later(self) -> Invoke:
        """The same by an asynchronous invocation."""
        client = self.system.client("lambda")

        def invoke(update: Update) -> dict[str, Any]:
            client.invoke(FunctionName="PushFunction", InvocationType="Event", Payload=json.dumps(update).encode())
            return {}

        return invoke

    def waiting_messages(self, name: str = "ProgressQueue") -> int:
        """How many messages a queue holds, whether or not anybody works on them."""
        kinds = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        sqs, url = self.system.client("sqs"), self.queue_url(name)
        return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=kinds)["Attributes"].values()))

    def until_quiet(self, most_seconds: float) -> None:
        """Wait until the queue is empty."""
        deadline = time.monotonic() + most_seconds
        while self.waiting_messages() and time.monotonic() < deadline:
            time.sleep(0.1)

    def killed(self) -> int:
        """How many invocations Lambda's time-out has ended."""
        url = f"http://127.0.0.1:{self.system.port}/_emulator/records?kinds=call&text=Sandbox.Timedout"
        with urllib.request.urlopen(url) as answer:
            return len(json.load(answer)["rows"])

    def report(self) -> dict[str, Any]:
        """Ends the crowd and returns what it has seen."""
        return report(self.watched)


@contextmanager
def scene(template: str | None = None) -> Iterator[Scene]:
    """Yields the scene, on this template or on ours, when every user is connected."""
    with jwks_server() as keys, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        arguments = ["--retry-delay", RETRY_SECONDS, "--parameter", f"JwksUrl={keys.url}"]
        if template is not None:
            (folder / "template.yaml").write_text(template, encoding="utf-8")
            arguments += ["--template", str(folder / "template.yaml")]
        system = stack.enter_context(running_system(*arguments))
        with urllib.request.urlopen(f"http://127.0.0.1:{system.port}/_emulator/identity/jwks.json") as published:
            keys.document = published.read()
        [watched] = stack.enter_context(crowd(system, [USERS], CONNECTIONS))
        yield Scene(system, keys, watched)
