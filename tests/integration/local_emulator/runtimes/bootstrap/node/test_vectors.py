"""What the Node bootstrap posts, prints and ends with, for both behaviours, on every Node that is here.

vectors.json holds the cases. They are what AWS's own clients do (aws-lambda-ric 3.3.0 and 4.0.2), but for lines
that the bootstrap adds where those are silent.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from local_emulator.runtimes.node import Interpreter, behaviour_of
from tests.integration.local_emulator.runtimes.bootstrap.node.node_process import NodeProcess, node_process
from tests.integration.local_emulator.runtimes.bootstrap.node.nodes import NODES
from tests.integration.local_emulator.runtimes.bootstrap.node.runtime_server import Post

pytestmark = pytest.mark.node
VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
RUNTIMES = {"callbacks": "nodejs22.x", "promises": "nodejs24.x"}
NATURAL = {"callbacks": NODES[:1], "promises": NODES[-1:]}


def cases() -> list[Any]:
    """Each behaviour on one Node that Lambda has it on; with EVERY_NODE=1 on each Node that is here."""
    chosen = dict.fromkeys(RUNTIMES, NODES) if os.environ.get("EVERY_NODE") else NATURAL
    return [
        pytest.param(node, behaviour, vector, id=f"{node.major}-{behaviour}-{vector['name']}")
        for vector in VECTORS
        for behaviour in vector["expect"]
        for node in chosen[behaviour]
    ]


@pytest.mark.parametrize(("node", "behaviour", "vector"), cases())
def test_a_vector(tmp_path: Path, node: Interpreter, behaviour: str, vector: dict[str, Any]) -> None:
    write(tmp_path, vector["files"])
    expected = vector["expect"][behaviour]
    runtime = RUNTIMES[behaviour]

    with node_process(node, runtime, tmp_path, vector["handler"], variables=vector.get("variables")) as process:
        for event in vector["events"][: len(expected["posts"])]:
            process.send(json.dumps(event))
        for one in expected["posts"]:
            check_post(process.outcome(), one)
        check_end(process, expected)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", errors="surrogatepass")


def check_post(post: Post | None, expected: dict[str, Any] | None) -> None:
    if expected is None or "any" in expected:
        assert expected or post is None, post
        return
    assert post is not None
    if "response" in expected:
        assert post.path.endswith("/response") and post.body == expected["response"], post
    elif "response_bytes" in expected:
        assert len(post.body) == expected["response_bytes"]
    else:
        assert post.path.endswith("/error") and post.path.startswith("/init" if "init" in expected else "/invocation")
        check_error(post.value, expected)
    assert post.headers["content-type"] == "application/json"
    assert expected.get("id", "") in post.path
    assert set(expected.get("headers", ())) <= set(post.headers)
    assert not set(expected.get("no_headers", ())) & set(post.headers)


def check_error(error: dict[str, Any], expected: dict[str, Any]) -> None:
    assert set(error) == set(expected.get("keys", ("errorType", "errorMessage", "trace")))
    for key, value in (expected.get("error") or expected["init"]).items():
        if key == "starts":
            assert error["errorMessage"].startswith(value), error
        elif key == "matches":
            assert re.search(value, error["errorMessage"]), error
        elif key == "trace_has":
            assert re.search(value, "\n".join(error["trace"])), error
        else:
            assert error[key] == value, error


def check_end(process: NodeProcess, expected: dict[str, Any]) -> None:
    if "status" in expected:
        assert process.status() == expected["status"], process.printed
    elif "any" not in str(expected["posts"]):
        assert process.process.poll() is None, process.printed
    printed = process.printed
    for pattern in expected.get("log", ()):
        assert any(re.search(pattern, line) for line in printed), (pattern, printed)
    for pattern in expected.get("no_log", ()):
        assert not any(re.search(pattern, line) for line in printed), (pattern, printed)
    assert sum(map(len, printed)) >= expected.get("log_bytes", 0)


def test_the_vectors_know_both_behaviours() -> None:
    assert {behaviour for vector in VECTORS for behaviour in vector["expect"]} == set(RUNTIMES)
    assert {behaviour_of(runtime): runtime for runtime in RUNTIMES.values()} == RUNTIMES
