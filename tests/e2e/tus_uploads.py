"""The real tus-js-client uploads through the servers of the documents: `make test-node-uploaders`, outside of CI."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from testing.running import ROOT, System, free_port
from tests.e2e.test_journey_webhook import SECRET, URL, webhook_system

PACKAGES = ROOT / ".venv-node" / "uploaders" / "node_modules"
MIB = 2**20
SIZE = 3 * MIB
WAIT_SECONDS = 30

SESSION = """
export async function userOf(request) {
  const user = request.headers.get("x-user");
  if (!user) throw {status_code: 401, body: "sign in"};
  return user;
}
"""

# Sends one MiB for each line of its input, and deletes the upload at the line "cancel".
CLIENT = """
import {createInterface} from "node:readline";
import {Readable} from "node:stream";
import tus from "tus-js-client";

const [endpoint, user, size] = process.argv.slice(2);
async function* pieces() {
  for await (const line of createInterface({input: process.stdin})) {
    if (line === "cancel") return upload.abort(true).then(() => console.log("canceled") ?? process.exit());
    yield Buffer.alloc(2 ** 20, "film");
  }
}
const upload = new tus.Upload(Readable.from(pieces(), {objectMode: false}), {
  endpoint,
  headers: {"x-user": user},
  metadata: {filename: "film.mp4"},
  uploadSize: Number(size),
  chunkSize: 2 ** 20,
  retryDelays: null,
  onSuccess: () => console.log("uploaded") ?? process.exit(),
  onError: (error) => console.log(error.message) ?? process.exit(1),
});
upload.start();
"""

# A page of the README in Node.js: one MiB is reported by its own client.
PAGE = """
import tus from "tus-js-client";
import {UploadProgress} from "ROOT/clients/browser/upload-progress.js";
import {UploadReporter} from "ROOT/clients/browser/upload-progress-report.js";

const [endpoint, url, token] = process.argv.slice(2);
const progress = new UploadProgress({url, getToken: () => token});
const reporter = new UploadReporter(progress);
progress.addEventListener("warning", ({detail}) => console.log(JSON.stringify(detail)));
RECIPE
const file = Object.assign(Buffer.alloc(2 ** 20), {name: "film.mp4", size: 2 ** 20});
const sent = upload(file, endpoint, "film");
sent.options.headers = {"x-user": "ann"};
sent.start();
process.stdin.on("end", () => process.exit()).resume();
"""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with webhook_system("AllowClientReports=true") as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The server of docs/pipelines.md, beside the packages of npm and a session."""
    text = (ROOT / "docs" / "pipelines.md").read_text()
    [program] = re.findall(r"```js\n((?:(?!```).)*@tus/server.*?)```", text, re.DOTALL)
    (tmp_path / "server.mjs").write_text(program)
    (tmp_path / "session.mjs").write_text(SESSION)
    (tmp_path / "client.mjs").write_text(CLIENT)
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    return tmp_path


@contextmanager
def tus_server(folder: Path, webhook_port: int) -> Iterator[int]:
    """The running server, and its port."""
    port = free_port()
    variables = {
        "WEBHOOK_URL": f"http://127.0.0.1:{webhook_port}{URL}",
        "WEBHOOK_SECRET": SECRET,
        "WEBHOOK_QUEUE": str(folder / "queue"),
        "UPLOADS": str(folder / "uploads"),
        "PORT": str(port),
    }
    process = subprocess.Popen(["node", folder / "server.mjs"], env=os.environ | variables)
    try:
        until(lambda: request(port, "OPTIONS", "/files").status == 204)
        yield port
    finally:
        process.kill()
        process.wait()


def until(is_so: Any) -> None:
    """Waits until the condition holds. A refused connection counts as not yet."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        try:
            if is_so():
                return
        except ConnectionRefusedError:
            pass
        time.sleep(0.05)
    pytest.fail("it does not happen")


def request(port: int, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)) as connection:
        connection.request(method, path, headers={"tus-resumable": "1.0.0", **named})
        answer = connection.getresponse()
        answer.read()
        return answer


def path_of(created: http.client.HTTPResponse, port: int) -> str:
    return str(created.headers["Location"]).partition(str(port))[2]


def node(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["node", "--experimental-websocket", "--no-warnings", *map(str, arguments)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def upload(folder: Path, port: int, user: str) -> subprocess.Popen[str]:
    return node(folder, "client.mjs", f"http://127.0.0.1:{port}/files", user, SIZE)


def say(client: subprocess.Popen[str], line: str) -> None:
    assert client.stdin
    client.stdin.write(f"{line}\n")
    client.stdin.flush()


@contextmanager
def watching(system: System, user: str) -> Iterator[ClientConnection]:
    with connect(f"{system.url}?", subprotocols=["upload-progress.v1", f"bearer.{system.token(user)}"]) as watcher:
        watcher.send('{"action": "hello"}')
        assert [json.loads(watcher.recv(20))["type"] for _ in range(2)] == ["welcome", "snapshot"]
        yield watcher


def hear(watcher: ClientConnection) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(watcher.recv(WAIT_SECONDS))["upload"]
    return state


def test_a_client_sees_each_piece_that_tus_js_client_uploads_and_the_end(system: System, folder: Path) -> None:
    with tus_server(folder, system.port) as port, watching(system, "alice") as watcher:
        client = upload(folder, port, "alice")
        seen = []
        for piece in range(4):
            seen.append(hear(watcher))
            if piece < 3:
                say(client, "next")
        assert client.communicate()[0] == "uploaded\n"
        until(lambda: not any((folder / "queue").iterdir()))

    assert [(one["status"], one["bytesUploaded"]) for one in seen] == [
        ("uploading", 0),
        ("uploading", MIB),
        ("uploading", 2 * MIB),
        ("completed", SIZE),
    ]
    assert {(one["fileName"], one["bytesTotal"]) for one in seen} == {("film.mp4", SIZE)}


def test_a_client_sees_the_progress_of_one_long_request(system: System, folder: Path) -> None:
    with tus_server(folder, system.port) as port, watching(system, "bob") as watcher:
        created = request(port, "POST", "/files", x_user="bob", upload_length="8")
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)) as patch:
            patch.putrequest("PATCH", path_of(created, port))
            headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", "Content-Length": "8"}
            for name, value in {"Tus-Resumable": "1.0.0", "X-User": "bob", **headers}.items():
                patch.putheader(name, value)
            patch.endheaders(b"half")
            while (half := hear(watcher))["bytesUploaded"] == 0:
                pass
            patch.send(b"half")
            assert patch.getresponse().status == 204
        end = hear(watcher)

    assert [(one["status"], one["bytesUploaded"]) for one in (half, end)] == [("uploading", 4), ("completed", 8)]


def test_a_webhook_that_is_down_fails_no_upload_and_the_next_process_sends_its_end(
    system: System, folder: Path
) -> None:
    with tus_server(folder, free_port()) as port:
        client = upload(folder, port, "carol")
        assert client.communicate("next\n" * 3)[0] == "uploaded\n"
    [waiting] = (folder / "queue").iterdir()
    assert json.loads(waiting.read_text())["status"] == "completed"

    with watching(system, "carol") as watcher, tus_server(folder, system.port):
        end = hear(watcher)
    assert (end["status"], end["fileName"], end["bytesUploaded"]) == ("completed", "film.mp4", SIZE)


def test_an_upload_that_the_client_deletes_is_canceled(system: System, folder: Path) -> None:
    with tus_server(folder, system.port) as port, watching(system, "dave") as watcher:
        client = upload(folder, port, "dave")
        assert hear(watcher)["status"] == "uploading"
        say(client, "cancel")
        assert client.communicate()[0] == "canceled\n"
        assert hear(watcher)["status"] == "canceled"


def test_no_other_user_may_delete_the_upload(system: System, folder: Path) -> None:
    with tus_server(folder, free_port()) as port:
        created = request(port, "POST", "/files", x_user="erin", upload_length="8")
        path = path_of(created, port)
        assert request(port, "DELETE", path, x_user="eve").status == 403
        assert request(port, "DELETE", path).status == 401
        assert request(port, "HEAD", path, x_user="erin").status == 200
        assert request(port, "POST", "/files", upload_length="8").status == 401


def test_another_device_sees_the_upload_that_the_readmes_page_reports(system: System, folder: Path) -> None:
    readme = (ROOT / "clients" / "browser" / "README.md").read_text()
    [recipe] = re.findall(r"```js\n(export function upload\(.*?)```", readme, re.DOTALL)
    (folder / "page.mjs").write_text(PAGE.replace("ROOT", str(ROOT)).replace("RECIPE", recipe))
    with tus_server(folder, free_port()) as port, watching(system, "ann") as phone:
        page = node(folder, "page.mjs", f"http://127.0.0.1:{port}/files", system.url, system.token("ann"))
        states = [hear(phone)]
        while states[-1]["status"] == "uploading":
            states.append(hear(phone))
        assert page.communicate()[0] == ""

    assert {(one["uploadId"], one["fileName"], one["source"]) for one in states} == {("film", "film.mp4", "client")}
    assert [one["bytesUploaded"] for one in states] == sorted(one["bytesUploaded"] for one in states)
    assert (states[-1]["status"], states[-1]["bytesUploaded"]) == ("completed", MIB)
