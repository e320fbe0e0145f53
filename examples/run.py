"""Runs the emulator and the example upload server as two processes: `make run`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from urllib.error import URLError
from urllib.request import urlopen

from examples.upload_server.settings import port_number

START_SECONDS = 30.0


def main() -> int:
    """Runs the emulator and the example upload server until either ends or Ctrl-C."""
    parser = argparse.ArgumentParser("python -m examples.run", description=__doc__)
    parser.add_argument("--port", type=port_number, default=3001, help="port of the emulator (default: 3001)")
    parser.add_argument(
        "--aws-port",
        type=port_number,
        default=3002,
        help="port of DynamoDB, S3, SQS and Secrets Manager (default: 3002)",
    )
    parser.add_argument(
        "--page-port", type=port_number, default=3000, help="port of the example upload server (default: 3000)"
    )
    parser.add_argument("--bandwidth-mb", default="0", help="maximum MiB per second to S3 per file (default: no limit)")
    given = parser.parse_args()
    for name, port in (("PORT", given.port), ("AWS_PORT", given.aws_port), ("PAGE_PORT", given.page_port)):
        if not _is_free(port):
            print(
                f"Port {port} is in use. Stop the program that listens on it, or run: make run {name}=…",
                file=sys.stderr,
            )
            return 2
    return asyncio.run(run(given))


def _is_free(port: int) -> bool:
    """Checks a port before the start, because another emulator on it would answer the health check."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port closed a moment ago is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def run(given: argparse.Namespace) -> int:
    """Runs both until a signal arrives or one of them ends. Returns the exit status."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    processes: list[Process] = []
    try:
        processes.append(await _start(*_emulator(given)))
        if not await _until_ready(processes[0], given.port, ended):
            return 0 if ended.is_set() else await processes[0].wait()
        processes.append(await _start(*_upload_server(given), env=_environment(given)))
        return await _until_one_ends(processes, ended)
    finally:
        await asyncio.gather(*(_stop(process) for process in processes))


def _emulator(given: argparse.Namespace) -> tuple[str, ...]:
    issuer = f"http://localhost:{given.port}/_emulator/identity"
    page = f"http://localhost:{given.page_port},http://127.0.0.1:{given.page_port}"
    parameters = {
        "JwtIssuer": issuer,
        "JwtAudience": "upload-progress",
        "JwksUrl": f"http://127.0.0.1:{given.port}/_emulator/identity/jwks.json",
        "AllowedOrigins": page,
    }
    pairs = [part for name, value in parameters.items() for part in ("--parameter", f"{name}={value}")]
    return ("local_emulator", "--port", str(given.port), "--aws-port", str(given.aws_port), *pairs)


def _upload_server(given: argparse.Namespace) -> tuple[str, ...]:
    base = f"localhost:{given.port}"
    return (
        "examples.upload_server",
        "--port",
        str(given.page_port),
        "--identity-url",
        f"http://{base}/_emulator/identity/token",
        "--websocket-url",
        f"ws://{base}/ws/upload-progress",
        "--bandwidth-mb",
        given.bandwidth_mb,
    )


def _environment(given: argparse.Namespace) -> dict[str, str]:
    """Returns the variables that the emulator prints, so that SDKs reach it and no real account."""
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://localhost:{given.aws_port}",
        "AWS_ENDPOINT_URL_LAMBDA": f"http://localhost:{given.port}",
    }


async def _start(module: str, *arguments: str, env: dict[str, str] | None = None) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, env=env)


async def _until_ready(emulator: Process, port: int, ended: asyncio.Event) -> bool:
    """Waits for the emulator. Returns False if it ended, or a signal arrived, before it answered."""
    for _ in range(int(START_SECONDS / 0.1)):
        if emulator.returncode is not None or ended.is_set():
            return False
        if await asyncio.to_thread(_is_healthy, port):
            return emulator.returncode is None
        await asyncio.sleep(0.1)
    print(f"The emulator did not answer on port {port} within {START_SECONDS:.0f} s.", file=sys.stderr)
    return False


def _is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/_emulator/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


async def _until_one_ends(processes: list[Process], ended: asyncio.Event) -> int:
    """Returns 0 after a signal, or the status of the process that ended by itself."""
    signaled = asyncio.create_task(ended.wait())
    waits = [asyncio.create_task(process.wait()) for process in processes]
    _, pending = await asyncio.wait([signaled, *waits], return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    if ended.is_set():
        return 0
    return next(process.returncode or 1 for process in processes if process.returncode is not None)


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    sys.exit(main())
