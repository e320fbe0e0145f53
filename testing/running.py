"""The whole system as `make run` starts it, on free ports: the emulator as a process of its own."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local_emulator import Emulator

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
    """The emulator on our template, ready; ended with the block."""
    identity = "{emulator_url}/_emulator/identity"
    parameters = {
        "JwtIssuer": identity,
        "JwtAudience": "upload-progress",
        "JwksUrl": f"{identity}/jwks.json",
        "AllowedOrigins": "https://app.example.com",
    }
    with Emulator(folder=ROOT, parameters=parameters, arguments=arguments) as emulator:
        yield System(_port(emulator.http_url), _port(emulator.aws_endpoint), emulator.pid)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
