"""A pipeline in Node.js: the AWS SDK uploads to S3, and the reporter for Node sends to push in each way."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from testing.node import CLIENT
from testing.running import System, running_system
from tests.e2e.test_journey import Watcher
from tests.integration.local_emulator.runtimes.bootstrap.node.nodes import FOLDER, NODES

SIZE = 12 * 2**20
PACKAGE = CLIENT.parent / "node"
PROGRAM = PACKAGE / "tests" / "sdk" / "upload.mjs"

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    if not (FOLDER / "reporter" / "node_modules").is_dir():
        pytest.skip("the AWS SDK for JavaScript is not installed; run `make nodes`")
    with running_system("--parameter", "EventSource=films") as started:
        yield started


@pytest.mark.parametrize("service", ["lambda", "sqs", "eventbridge"])
async def test_a_user_watches_an_upload_of_lib_storage(
    system: System, http: aiohttp.ClientSession, service: str
) -> None:
    watcher = await Watcher.open(http, system, service)
    await watcher.hello()

    environment = os.environ | system.environment | {"AWS_REGION": "us-east-1"}
    upload = await asyncio.create_subprocess_exec(
        str(NODES[-1].path), str(PROGRAM), service, service, env=environment, stderr=asyncio.subprocess.PIPE
    )
    states = await watcher.until_ended()
    _, complaints = await upload.communicate()

    assert (upload.returncode, complaints.decode()) == (0, "")
    counts = [state["bytesUploaded"] for state in states]
    assert (states[-1]["status"], states[-1]["uploadId"], counts[-1]) == ("completed", "film", SIZE)
    assert counts == sorted(counts)
    if service == "lambda":  # a queue may hand over all states in one batch, of which push sends the last
        assert states[0]["status"] == "uploading"
        assert any(0 < count < SIZE for count in counts)
    await watcher.close()


async def test_the_program_of_the_readme_runs(system: System, tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "@aws-sdk").symlink_to(FOLDER / "reporter" / "node_modules" / "@aws-sdk")
    (modules / "upload-progress-reporter").symlink_to(PACKAGE)
    [program] = re.findall(r"^```js\n(.*?)^```$", (PACKAGE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "program.mjs").write_text(program + 'await store("program.mjs", "key", "dora");\n')
    s3 = system.client("s3")
    s3.create_bucket(Bucket="uploads")

    environment = os.environ | system.environment | {"AWS_REGION": "us-east-1"}
    run = await asyncio.create_subprocess_exec(str(NODES[-1].path), "program.mjs", env=environment, cwd=tmp_path)

    assert await run.wait() == 0
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="uploads")["Contents"]] == ["key"]
