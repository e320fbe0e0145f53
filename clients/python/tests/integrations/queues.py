"""The recipes of docs/job-queues.md with the real queues and Redis (`make integrations`)."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "job-queues.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (\S+)\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SCRIPTS = Path(sys.executable).parent

# What the page leaves to its reader: a target, and an upload that fails at first.
STORE = """
import json, os, time
from upload_progress_reporter import UploadReporter

def push(updates):
    with open(os.environ["REPORTED"], "a") as file:
        file.writelines(json.dumps(update) + "\\n" for update in updates)

def store(path, report):
    report(500)
    if is_first():
        raise ConnectionError
    report(500)

def is_first():
    try:
        os.close(os.open(os.environ["REPORTED"] + ".first", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
"""
ASYNCHRONOUS_STORE = """
import asyncio
fail_at_once = store

async def store(path, report):
    if path == "long" and is_first():
        report(500)
        await asyncio.sleep(60)
    fail_at_once(path, report)
"""
ARQ = """
import asyncio, jobs
from arq import create_pool
async def enqueue():
    await (await create_pool(jobs.WorkerSettings.redis_settings)).enqueue_job("upload", "{path}", "alice")
asyncio.run(enqueue())
"""
# Of each queue: its worker, and a program that adds a job.
QUEUES = {
    "Celery": (["celery", "-A", "jobs", "worker", "-c", "1", "-l", "warning"], "jobs.upload.delay('{path}', 'alice')"),
    "RQ": (["rq", "worker", "--url", "{redis}"], "jobs.enqueue('{path}', 'alice')"),
    "dramatiq": (["dramatiq", "jobs", "-p", "1", "-t", "1"], "jobs.upload.send('{path}', 'alice')"),
    "huey": (["huey_consumer", "jobs.huey"], "jobs.upload('{path}', 'alice')"),
    "arq": (["arq", "jobs.WorkerSettings"], ARQ),
}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    command = [
        "redis-server",
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(tmp_path_factory.mktemp("redis")),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        until(lambda: subprocess.run(["redis-cli", "-p", port, "ping"], capture_output=True).returncode == 0)
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


def until(is_done: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.05)


class Jobs:
    """The module of a recipe, its worker and its reports."""

    def __init__(self, queue: str, redis: str, folder: Path) -> None:
        self._queue, self._redis, self._folder = queue, redis, folder
        code = RECIPES[queue].replace("redis://localhost:6379/0", redis)
        (folder / "jobs.py").write_text(STORE + ASYNCHRONOUS_STORE * (queue == "arq") + code)
        path = f"{folder}{os.pathsep}{ROOT / 'clients' / 'python' / 'src'}"
        self._environment = {**os.environ, "PYTHONPATH": path, "REPORTED": str(folder / "reported")}

    def add(self, path: str) -> None:
        subprocess.run(
            [sys.executable, "-c", "import jobs\n" + QUEUES[self._queue][1].format(path=path)],
            check=True,
            **self._where(),
        )

    @contextmanager
    def worker(self) -> Iterator[None]:
        name, *arguments = QUEUES[self._queue][0]
        command = [str(SCRIPTS / name), *[argument.format(redis=self._redis) for argument in arguments]]
        with (self._folder / "log").open("ab") as log:
            worker = subprocess.Popen(command, stdout=log, stderr=log, **self._where())
        try:
            yield
        finally:
            worker.send_signal(signal.SIGTERM)
            try:
                worker.wait(20)
            finally:
                worker.kill()

    def updates(self) -> list[dict[str, Any]]:
        file = self._folder / "reported"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def statuses(self) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for update in self.updates():
            state = (update["status"], update["attempt"])
            if state not in found:
                found.append(state)
        return found

    def _where(self) -> dict[str, Any]:
        return {"cwd": self._folder, "env": self._environment}


@pytest.mark.parametrize("queue", QUEUES)
def test_a_retry_waits_in_its_attempt_and_the_next_run_completes(queue: str, redis: str, tmp_path: Path) -> None:
    jobs = Jobs(queue, redis, tmp_path)
    jobs.add("film.mp4")
    with jobs.worker():
        until(lambda: ("completed", 2) in jobs.statuses())
    assert jobs.statuses() == [("uploading", 1), ("queued", 1), ("uploading", 2), ("completed", 2)]
    assert not [update for update in jobs.updates() if "error" in update]


def test_a_job_that_a_stopping_worker_of_arq_cancels_is_queued(redis: str, tmp_path: Path) -> None:
    jobs = Jobs("arq", redis, tmp_path)
    jobs.add("long")
    with jobs.worker():
        until(lambda: ("uploading", 1) in jobs.statuses())
    assert jobs.statuses() == [("uploading", 1), ("queued", 1)]
    with jobs.worker():
        until(lambda: ("completed", 2) in jobs.statuses())
