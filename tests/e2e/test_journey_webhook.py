"""A hook of tusd goes from the documented program through the function URL to a client."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook
from websockets.sync.client import connect

from testing.aws_environment import WEBHOOK_SECRET_ARN
from testing.running import ROOT, System, running_system

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
URL = "/_lambda-url/WebhookFunction/"
SIZE = 46205


@contextmanager
def webhook_system(*more: str) -> Iterator[System]:
    """The emulator with a webhook and one sender, which may report for each user."""
    options = [f"WebhookSecretArn={WEBHOOK_SECRET_ARN}", "EnableWebhook=true", *more]
    with running_system(*(part for option in options for part in ("--parameter", option))) as system:
        senders = [{"name": "tusd", "secrets": [SECRET], "userPrefix": ""}]
        name = WEBHOOK_SECRET_ARN.rpartition(":")[2]
        system.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(senders))
        yield system


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with webhook_system("WebhookConcurrency=1") as started:
        yield started


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """A folder of -hooks-dir with the program of docs/pipelines.md, and a folder of events."""
    [program] = re.findall(r"```python\n(#!.*?)```", (ROOT / "docs" / "pipelines.md").read_text(), re.DOTALL)
    (tmp_path / "hook").write_text(program)
    (tmp_path / "queue").mkdir()
    return tmp_path


def run(hooks: Path, port: int, *arguments: str, hook: dict[str, Any] | None = None) -> str:
    """Runs the program as tusd does: the hook on its standard input. Returns what it complained about."""
    variables = {"WEBHOOK_URL": f"http://127.0.0.1:{port}{URL}", "WEBHOOK_SECRET": SECRET}
    done = subprocess.run(
        [sys.executable, hooks / "hook", *arguments],
        input=json.dumps(hook) if hook else "not JSON",
        env=os.environ | variables | {"WEBHOOK_QUEUE": str(hooks / "queue"), "TUS_ID": "u"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr


def hook(kind: str, offset: int, user: str = "alice") -> dict[str, Any]:
    """The standard input of a file hook, as tusd documents it."""
    upload = {
        "ID": "14b1c4c77771671a8479bc0444bbc5ce",
        "Size": SIZE,
        "SizeIsDeferred": False,
        "Offset": offset,
        "MetaData": {"filename": "transloadit.png", "userId": user},
        "IsPartial": False,
        "IsFinal": False,
        "PartialUploads": None,
        "Storage": {"Type": "filestore", "Path": "/data/14b1"},
    }
    headers = {"Authorization": ["Bearer a-token-of-the-client"]}
    request = {"Method": "PATCH", "URI": "/files/14b1", "RemoteAddr": "127.0.0.1:47689", "Header": headers}
    return {"Type": kind, "Event": {"Upload": upload, "HTTPRequest": request}}


def test_a_client_sees_each_hook_that_the_documented_program_sends(system: System, hooks: Path) -> None:
    with connect(f"{system.url}?", subprotocols=["upload-progress.v1", f"bearer.{system.token('alice')}"]) as client:
        client.send('{"action": "hello"}')
        assert [json.loads(client.recv(20))["type"] for _ in range(2)] == ["welcome", "snapshot"]
        seen = []
        for kind, offset in (("post-create", 0), ("post-receive", SIZE // 2), ("post-finish", SIZE)):
            assert run(hooks, system.port, hook=hook(kind, offset)) == ""
            upload = json.loads(client.recv(20))["upload"]
            seen.append((upload["fileName"], upload["status"], upload["bytesUploaded"]))
    assert seen == [
        ("transloadit.png", "uploading", 0),
        ("transloadit.png", "uploading", SIZE // 2),
        ("transloadit.png", "completed", SIZE),
    ]
    assert [*(hooks / "queue").iterdir()] == []


def test_what_cannot_be_sent_waits_and_the_hook_does_not_fail(system: System, hooks: Path) -> None:
    assert "webhook: " in run(hooks, 9, hook=hook("post-create", 0, "bob"))
    assert "webhook: " in run(hooks, 9, hook=None)
    [waiting] = (hooks / "queue").iterdir()
    assert "a-token-of-the-client" not in waiting.read_text()
    assert run(hooks, system.port, "flush") == ""
    assert [*(hooks / "queue").iterdir()] == []
    assert any(row["userId"]["S"] == "bob" for row in system.rows("UploadsTable"))


def post(system: System, headers: dict[str, str]) -> int:
    """Posts an empty list of updates; returns the status."""
    request = urllib.request.Request(f"http://127.0.0.1:{system.port}{URL}", b"[]", headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def signed(body: bytes) -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("m", now, body.decode())
    return {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def test_the_documented_sender_signs_its_updates(system: System) -> None:
    text = (ROOT / "docs" / "pipelines.md").read_text()
    [program] = re.findall(r"^ {8}import json, requests\n(?:(?: {8}.*)?\n)+", text, re.MULTILINE)
    update = {"userId": "alice", "uploadId": "signed", "status": "uploading"}
    names: dict[str, Any] = {"update": update, "url": f"http://127.0.0.1:{system.port}{URL}", "secret": SECRET}
    exec(textwrap.dedent(program), names)
    assert (names["answer"].status_code, names["answer"].json()["errors"]) == (200, [])


def test_a_request_without_a_signature_is_refused(system: System) -> None:
    assert post(system, {}) == 401


def test_of_more_requests_at_once_than_are_reserved_some_are_to_be_sent_again(system: System) -> None:
    seen: set[int] = set()
    with ThreadPoolExecutor(4) as senders:
        rounds = (set(senders.map(post, [system] * 4, [signed(b"[]")] * 4)) for _ in range(100))
        while 429 not in seen and (statuses := next(rounds, None)):  # two of them must meet once
            seen |= statuses
    assert seen == {200, 429}
