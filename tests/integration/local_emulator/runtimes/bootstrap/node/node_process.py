"""A Node function in a process of its own, under a Runtime API: what it posts, prints and how it ends."""

from __future__ import annotations

import os
import queue
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from local_emulator.runtimes.node import Interpreter, command, environment, node_path
from tests.integration.local_emulator.runtimes.bootstrap.node.runtime_server import Post, RuntimeServer, serving

PATIENCE_SECONDS = 60.0


@dataclass
class NodeProcess:
    """`events` are numbered: the first has the request id r-1."""

    server: RuntimeServer
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    events: int = 0

    def send(self, event: str = "{}", headers: Mapping[str, str] | None = None) -> None:
        """Offers an event, as JSON text."""
        self.events += 1
        self.server.offer(f"r-{self.events}", event, headers)

    def outcome(self) -> Post | None:
        """Waits for what the process posts next; None if it ends without a post."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            ended = self.process.poll() is not None
            try:
                return self.server.posts.get(timeout=0.05)
            except queue.Empty:
                if ended:
                    return None
        raise TimeoutError("the process neither posts nor ends")

    def call(self, event: str = "{}", headers: Mapping[str, str] | None = None) -> Post | None:
        self.send(event, headers)
        return self.outcome()

    def status(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)

    @property
    def ready(self) -> bool:
        """Waits until it asks for an event; False if it ends before."""
        while not self.server.asked and self.process.poll() is None:
            time.sleep(0.01)
        return bool(self.server.asked)

    @property
    def printed(self) -> list[str]:
        self.log.seek(0)
        return _lines(self.log.read())


def _lines(text: bytes) -> list[str]:
    return text.decode(errors="replace").removesuffix("\n").split("\n")


def lambda_variables(server: RuntimeServer, code: Path, handler: str, runtime: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TZ": "UTC",
        "_HANDLER": handler,
        "AWS_LAMBDA_RUNTIME_API": server.address,
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s",
    }


@contextmanager
def node_process(
    interpreter: Interpreter,
    runtime: str,
    code: Path,
    handler: str = "index.handler",
    *,
    variables: Mapping[str, str] | None = None,
    tls_port: int | None = None,
    inspect: str | None = None,
    layers: tuple[Path, ...] = (),
    lifeline: int | None = None,
    aws_client: Path | None = None,
    **options: Any,
) -> Iterator[NodeProcess]:
    """Starts the process; kills it at the end if it still runs. `options` are those of Popen.

    `aws_client` is the start file of aws-lambda-ric, which then takes the place of the bootstrap.
    """
    given = dict(variables or {})
    arguments = command(interpreter, 128, given.get("NODE_OPTIONS", ""), inspect)
    own = environment(runtime, node_path(runtime, code, layers), tls_port, lifeline and str(lifeline))
    if aws_client is not None:
        arguments[-1:], own = [str(aws_client), handler], {}
    options["pass_fds"] = () if lifeline is None else (lifeline,)
    with serving() as server, TemporaryFile() as log:
        env = lambda_variables(server, code, handler, runtime) | own | given
        with subprocess.Popen(arguments, cwd=code, env=env, stdout=log, stderr=log, **options) as process:
            try:
                yield NodeProcess(server, process, log)
            finally:
                process.kill()
                for _ in range(3):  # lets go of what the server still waits with
                    server.offer("none", "{}")
