"""The services of the recipes of docs/report-from.md, on loopback, and the names by which the recipes know them."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import b2sdk.v2  # type: ignore[import-not-found,unused-ignore]  # in its own environment
import boto3
import minio
import paramiko  # type: ignore[import-untyped,import-not-found,unused-ignore]  # the same
import pytest
from b2sdk.v2.exception import ServiceError  # type: ignore[import-not-found,unused-ignore]  # the same
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from ..conftest import CREDENTIALS
from .sftp_server import sftp_server

WAIT_SECONDS = 20

Relay = Callable[[int, ExitStack], int]


def google(url: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    anonymous: Any = AnonymousCredentials()  # type: ignore[no-untyped-call]
    client = stack.enter_context(Client("project", anonymous, client_options={"api_endpoint": url}))
    return {"bucket": client.bucket("uploads")}


def amazon(url: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    return {"s3": boto3.client("s3", endpoint_url=url, **CREDENTIALS)}


def amazon_commands(url: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    environment = stack.enter_context(pytest.MonkeyPatch.context())
    environment.setenv("AWS_ENDPOINT_URL", url)
    for name, value in CREDENTIALS.items():
        environment.setenv("AWS_DEFAULT_REGION" if name == "region_name" else name.upper(), value)
    return {}


def minio_client(url: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    return {"client": minio.Minio(urlsplit(url).netloc, "test", "test", secure=False, region="us-east-1")}


def backblaze(url: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    """The simulator of b2sdk, which refuses the first request as a busy server does."""
    settings = b2sdk.v2.B2HttpApiConfig(_raw_api_class=b2sdk.v2.RawSimulator)
    api = b2sdk.v2.B2Api(b2sdk.v2.InMemoryAccountInfo(), api_config=settings)
    simulator = api.session.raw_api
    api.authorize_account("production", *simulator.create_account())
    simulator.set_upload_errors([ServiceError("503")])
    return {"bucket": api.create_bucket("uploads", "allPrivate")}


def direct(port: int, stack: ExitStack) -> int:
    """Returns the port itself: no relay stands before the server."""
    return port


def sftp(url: str, folder: Path, stack: ExitStack, relay: Relay = direct) -> dict[str, Any]:
    (folder / "served").mkdir(exist_ok=True)
    port = relay(stack.enter_context(sftp_server(folder / "served")), stack)
    return {"host": "127.0.0.1", "login": {"port": port, "known_hosts": None, "username": "alice", "config": None}}


def paramiko_client(url: str, folder: Path, stack: ExitStack, relay: Relay = direct) -> dict[str, Any]:
    login = sftp(url, folder, stack, relay)["login"]
    transport = stack.enter_context(paramiko.Transport(("127.0.0.1", login["port"])))
    transport.start_client(timeout=WAIT_SECONDS)
    transport.auth_none("alice")
    return {"sftp": stack.enter_context(paramiko.SFTPClient.from_transport(transport))}


def sftp_command(url: str, folder: Path, stack: ExitStack, relay: Relay = direct) -> dict[str, Any]:
    login = sftp(url, folder, stack, relay)["login"]
    (folder / "batch").write_text(f"put {folder}/film.mp4 film.mp4\n")
    options = {"StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "User": "alice", "Port": login["port"]}
    (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    return {"batch": f"{folder}/batch", "config": f"{folder}/config", "host": "127.0.0.1"}


def rsync_daemon(url: str, folder: Path, stack: ExitStack, relay: Relay = direct) -> dict[str, Any]:
    (folder / "served").mkdir(exist_ok=True)
    settings = f"use chroot = no\n[uploads]\npath = {folder}/served\nread only = no\nuid = 0\ngid = 0\n"
    (folder / "rsyncd.conf").write_text(settings)
    port = free_port()
    command = ["rsync", "--daemon", "--no-detach", f"--port={port}", "--address=127.0.0.1"]
    stack.enter_context(serving(port, *command, f"--config={folder}/rsyncd.conf"))
    return {"target": f"rsync://127.0.0.1:{relay(port, stack)}/uploads/"}


@contextmanager
def rclone_server(folder: Path) -> Iterator[str]:
    """A WebDAV server of rclone, and its URL."""
    folder.mkdir()
    port = free_port()
    with serving(port, "rclone", "serve", "webdav", str(folder), "--addr", f"127.0.0.1:{port}"):
        yield f"http://127.0.0.1:{port}"


def rclone(url: str, folder: Path, stack: ExitStack) -> dict[str, Any]:
    stack.enter_context(pytest.MonkeyPatch.context()).setenv("RCLONE_WEBDAV_URL", url)
    return {"target": ":webdav:film.mp4"}


@contextmanager
def serving(port: int, *command: str) -> Iterator[None]:
    """Runs a server until the end of a block, which begins when it listens."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + WAIT_SECONDS
            while not listens(port):
                assert process.poll() is None and time.monotonic() < end, f"{command[0]} does not listen"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


# Of each recipe that needs more than a URL: what makes its names, for a folder with the file and until the stack ends.
SERVICES: dict[str, Callable[..., dict[str, Any]]] = {
    "asyncssh": sftp,
    "aws": amazon_commands,
    "b2sdk": backblaze,
    "boto3": amazon,
    "google-cloud-storage": google,
    "minio": minio_client,
    "paramiko": paramiko_client,
    "rclone": rclone,
    "rsync": rsync_daemon,
    "sftp": sftp_command,
}
