"""The Node bootstrap beside AWS's own clients, aws-lambda-ric 3.3.0 and 4.0.2: `make node-oracle`, outside of CI."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.local_emulator.runtimes.bootstrap.node.node_process import NodeProcess, node_process
from tests.integration.local_emulator.runtimes.bootstrap.node.runtime_server import Post
from tests.integration.local_emulator.runtimes.bootstrap.node.test_vectors import NATURAL, RUNTIMES, VECTORS, write

PACKAGES = Path(os.environ["AWS_LAMBDA_RIC"])
CLIENTS = {
    "callbacks": PACKAGES / "20" / "node_modules" / "aws-lambda-ric" / "bin" / "index.mjs",
    "promises": PACKAGES / "24" / "node_modules" / "aws-lambda-ric" / "index.mjs",
}

# The bootstrap's README.md gives the reasons of these differences. The first four vectors are left out.
# Of the descriptors that a handler closes, each client needs others.
DIFFERENT = {
    "an error that is too long for a header",
    "a folder whose name has sharp and percent signs",
    "a streaming handler",
    "closed descriptors",
}
ANSWERED_TWICE = "a forgotten await"
ENDS_BETWEEN_EVENTS = {
    "callback with an Error, timers open",
    "a callback that does not wait",
    "context.succeed never waits",
}
ADDED_LINES = ("nothing awaits it (a forgotten await?)", "never settles", "npm install")

TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
PROCESS_ID = re.compile(r"\(node:\d+\)")
CLIENT_FILE = re.compile(r"(file://)?/[^\s\"']*/(aws-lambda-ric|bootstrap/node)/[\w./]*\.m?js(:\d+:\d+)?")
FRAME = re.compile(r"\\n    at [^\\]*")
STACK = re.compile(r'"(stack|stackTrace)":\[("(\\.|[^"\\])*",?)*\]')


@dataclass(frozen=True)
class Observation:
    """The posts, the exit status and the lines of the log, without what each run or client has of its own."""

    posts: list[Any]
    status: int | None
    log: Counter[str]


def cases() -> list[Any]:
    return [
        pytest.param(behaviour, vector, id=f"{behaviour}-{vector['name']}")
        for vector in VECTORS
        for behaviour in vector["expect"]
        if vector["name"] not in DIFFERENT
    ]


@pytest.mark.parametrize(("behaviour", "vector"), cases())
def test_a_vector_goes_as_with_awss_client(tmp_path: Path, behaviour: str, vector: dict[str, Any]) -> None:
    write(tmp_path, vector["files"])

    theirs = observed(tmp_path, behaviour, vector, CLIENTS[behaviour])
    ours = observed(tmp_path, behaviour, vector, None)

    assert ours.posts == theirs.posts
    assert ours.status == theirs.status
    assert ours.log == theirs.log


def observed(folder: Path, behaviour: str, vector: dict[str, Any], client: Path | None) -> Observation:
    expected, name = vector["expect"][behaviour], vector["name"]
    node, more = NATURAL[behaviour][0], {"variables": vector.get("variables"), "aws_client": client}
    count = 1 if name == ANSWERED_TWICE else len(expected["posts"])
    with node_process(node, RUNTIMES[behaviour], folder, vector["handler"], **more) as process:
        for event in vector["events"][:count]:
            process.send(json.dumps(event))
        posts = [compared_post(process.outcome(), folder) for _ in range(count)]
        status = process.status() if "status" in expected and name not in ENDS_BETWEEN_EVENTS else None
        return Observation(posts, status, compared_log(process))


def compared_post(post: Post | None, folder: Path) -> Any:
    if post is None:
        return None
    headers = [post.headers.get("content-type"), post.headers.get("lambda-runtime-function-error-type")]
    if not post.path.endswith("/error"):
        return [post.path, headers, post.body]
    error = post.value
    own = [line.strip() for line in error.pop("trace", []) if str(folder) in line]
    if not error["errorType"].startswith("Runtime."):  # the bootstrap keeps the place that caused these
        error["trace"] = own
    return [post.path, headers, {key: CLIENT_FILE.sub("CLIENT", str(value)) for key, value in error.items()}]


def compared_log(process: NodeProcess) -> Counter[str]:
    """Returns the entries of the console; lines without a time are those of Node itself."""
    entries = [line for line in process.printed if TIME.search(line)]
    return Counter(compared_line(line) for line in entries if not any(added in line for added in ADDED_LINES))


def compared_line(line: str) -> str:
    for pattern, text in ((TIME, "TIME"), (PROCESS_ID, "(node)"), (CLIENT_FILE, "CLIENT"), (STACK, ""), (FRAME, "")):
        line = pattern.sub(text, line)
    return line
