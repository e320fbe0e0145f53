"""The whole system as `make run` starts it, on free ports: the emulator as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class System:
    """Where everything listens, and how another process reaches it."""

    port: int
    aws_port: int
    pid: int = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/upload-progress"

    @property
    def environment(self) -> dict[str, str]:
        """What the emulator prints as exports."""
        return {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.aws_port}",
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{self.port}",
        }

    def token(self, user: str, **more: Any) -> str:
        body = json.dumps({"user": user, **more}).encode()
        url = f"http://127.0.0.1:{self.port}/_emulator/identity/token"
        with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"})) as answer:
            token: str = json.load(answer)["token"]
        return token

    def client(self, service: str) -> Any:
        port = self.port if service == "lambda" else self.aws_port
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def push(self, payload: Any) -> Any:
        """Invokes PushFunction as a pipeline does; answers its result."""
        answer = self.client("lambda").invoke(FunctionName="PushFunction", Payload=json.dumps(payload).encode())
        return json.load(answer["Payload"])

    def faults(self, method: str, path: str = "", **asked: Any) -> Any:
        """Calls the faults of the emulator, as people do from outside; answers what it says."""
        body = json.dumps(asked).encode() if asked else None
        url = f"http://127.0.0.1:{self.port}/_emulator/faults{path}"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.client("dynamodb").scan(TableName=f"local-{table}")["Items"]
        return rows


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_system(*arguments: str) -> Iterator[System]:
    """The emulator on our template, ready; ended with SIGTERM."""
    system = System(free_port(), free_port())
    identity = f"http://127.0.0.1:{system.port}/_emulator/identity"
    parameters = {
        "JwtIssuer": f"http://localhost:{system.port}/_emulator/identity",
        "JwtAudience": "upload-progress",
        "JwksUrl": f"{identity}/jwks.json",
        "AllowedOrigins": "https://app.example.com",
    }
    pairs = [part for name, value in parameters.items() for part in ("--parameter", f"{name}={value}")]
    ports = ["--port", str(system.port), "--aws-port", str(system.aws_port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "local_emulator", *ports, *pairs, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
    )
    try:
        _until_ready(process, system)
        yield replace(system, pid=process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _until_ready(process: subprocess.Popen[bytes], system: System) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{system.port}/_emulator/health", timeout=1):
                return
        except OSError:
            assert process.poll() is None, "the emulator ended before it was ready"
            time.sleep(0.05)
    raise AssertionError("the emulator did not become ready")
