"""The processes of a benchmark: each on its own CPU where there are several, and all ended with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from testing.running import System, free_port

ROOT = Path(__file__).parents[2]
PRODUCT = "template.yaml"
CPUS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
PINNED = len(CPUS) > 1
SERVERS, LOAD = 0, -1
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True)
class Server:
    """A server that is ready, and how long that took."""

    port: int
    process: subprocess.Popen[bytes]
    seconds_to_ready: float
    aws_port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def system(self) -> System:
        """The emulator with its tokens and its clients of AWS."""
        return System(self.port, self.aws_port, self.process.pid)

    @property
    def pids(self) -> list[int]:
        """The process and all that it has started."""
        return [self.process.pid, *descendants(self.process.pid)]

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""
        return sum(map(cpu_seconds, self.pids))

    def memory(self) -> dict[str, int]:
        """Resident and proportional set size of all its processes in bytes."""
        return dict(sum(map(_memory, self.pids), Counter()))


def descendants(pid: int) -> list[int]:
    found = [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    return [*found, *(later for one in found for later in descendants(one))]


def cpu_seconds(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> Counter[str]:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):  # An environment ended since its id was listed.
        return Counter()
    sizes = dict(line.split(":", 1) for line in text.splitlines()[1:])
    return Counter({name: int(sizes[name].split()[0]) * 1024 for name in ("Rss", "Pss")})


@contextmanager
def emulator(
    template: str,
    *more: str,
    cpu: int | None = SERVERS,
    cwd: Path = ROOT,
    ports: tuple[int, int] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """The emulator on a template; PRODUCT has the local identity provider as its issuer. `variables` are its own."""
    port, aws_port = ports or (free_port(), free_port())
    arguments = ["-m", "local_emulator", "--template", template, "--port", str(port), "--aws-port", str(aws_port)]
    arguments += [*(identity(port) if template == PRODUCT else []), *more]
    with server(arguments, port, cpu, cwd, variables) as running:
        yield replace(running, aws_port=aws_port)


def identity(port: int) -> list[str]:
    base = f"http://127.0.0.1:{port}/_emulator/identity"
    issuer = f"http://localhost:{port}/_emulator/identity"
    wanted = {"JwtIssuer": issuer, "JwtAudience": "upload-progress", "JwksUrl": f"{base}/jwks.json"}
    return [part for name, value in wanted.items() for part in ("--parameter", f"{name}={value}")]


def bare() -> Any:
    port = free_port()
    return server(["-m", "benchmarks.emulator.bare", str(port)], port)


@contextmanager
def server(
    arguments: Sequence[str],
    port: int,
    cpu: int | None = SERVERS,
    cwd: Path = ROOT,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    started, env = time.perf_counter(), environment() | dict(variables or {})
    with started_process(arguments, cpu, cwd=cwd, env=env, stdout=subprocess.DEVNULL) as process:
        until_ready(process, port)
        yield Server(port, process, time.perf_counter() - started)


@contextmanager
def started_process(arguments: Sequence[str], cpu: int | None, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Starts a process on one of the processors, or on any."""
    process = subprocess.Popen([sys.executable, *arguments], **{"cwd": ROOT, "env": environment(), **more})
    if PINNED and cpu is not None:
        os.sched_setaffinity(process.pid, {CPUS[cpu]})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                pipe.close()


@contextmanager
def printed_port(arguments: Sequence[str], cpu: int | None = None) -> Iterator[Server]:
    """A server that prints its port once it listens."""
    started = time.perf_counter()
    with started_process(arguments, cpu, stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield Server(int(process.stdout.readline()), process, time.perf_counter() - started)


def load(*arguments: str, cpu: int | None = LOAD) -> Any:
    """One run of the load generator; what it measured."""
    with started_process(["-m", "benchmarks.emulator.load", *arguments], cpu, stdout=subprocess.PIPE) as process:
        printed, _ = process.communicate(timeout=180)
    return json.loads(printed)


@contextmanager
def held(server: Server, connections: int, *more: str) -> Iterator[int]:
    """So many idle connections, from another process; yields how many there are."""
    arguments = ["-m", "benchmarks.emulator.load", "hold", str(server.port), str(connections), *more]
    with started_process(arguments, LOAD, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["held"]


def environment() -> dict[str, str]:
    return os.environ | CREDENTIALS


def until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(3000):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_emulator/health", timeout=1):
                return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode} before it was ready") from None
            time.sleep(0.01)
    raise RuntimeError("the server did not become ready")
