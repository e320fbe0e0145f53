"""Runs DynamoDB Local, AWS's own engine, in place of moto: `--dynamodb local`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PACKAGE, VERSION = "amplify-dynamodb-simulator", "2.9.30"
"""The package of npm that holds DynamoDB Local 1.25.1. Its licence allows use and forbids distribution."""

START_SECONDS = 60.0

# The child of the shell reads a pipe that ends with this process, even after SIGKILL, and then ends Java.
COMMAND = 'exec 3<&0; { read _ <&3; kill $$; } & exec java "$@" </dev/null 3<&-'


class DynamoDbLocalError(Exception):
    """DynamoDB Local cannot be fetched or started; the message says why."""


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Yields the URL of a new engine, whose tables are in memory.

    Every Region and access key sees the same tables. Raises DynamoDbLocalError.
    """
    if shutil.which("java") is None:
        raise DynamoDbLocalError("DynamoDB Local needs Java 17 or newer (Debian: openjdk-17-jre-headless)")
    folder = fetch()
    port = _free_port()
    arguments = ("-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar")
    options = ("-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port))
    with tempfile.TemporaryFile() as output:
        command = ["sh", "-c", COMMAND, "sh", *arguments, *options]
        with subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
        ) as engine:
            _wait(engine, port, output)
            yield f"http://127.0.0.1:{port}"


def fetch() -> Path:
    """Returns the folder of the engine. The first call downloads it by npm, which checks it against its hash."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "apigw-emulator" / f"{PACKAGE}-{VERSION}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            (_download(Path(place)) / "package" / "emulator").rename(folder)
    return folder


def _download(place: Path) -> Path:
    try:
        subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=place, check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise DynamoDbLocalError("npm is needed once, to download DynamoDB Local") from None
    except subprocess.CalledProcessError as failed:
        raise DynamoDbLocalError(f"npm cannot download {PACKAGE}: {failed.stderr.strip()}") from None
    with tarfile.open(place / f"{PACKAGE}-{VERSION}.tgz") as archive:
        archive.extractall(place, filter="data")
    return place


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait(engine: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while engine.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    output.seek(0)
    written = output.read().decode(errors="replace").strip() or "no answer, and no output"
    raise DynamoDbLocalError(f"DynamoDB Local does not start: {written}")
