"""A small Runtime API on real sockets: it hands out events one by one and keeps what is posted."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Post:
    """A request of the function's process: headers in lower case, `peer` is the port that its connection comes from."""

    path: str
    body: str
    headers: Mapping[str, str]
    peer: int

    @property
    def value(self) -> Any:
        return json.loads(self.body)


@dataclass
class RuntimeServer:
    """`events` are what `next` answers with; `posts` holds what came, in order, `asked` the peers that asked.
    `closing`: it closes each connection after its answer, and does not say so before."""

    address: str
    events: queue.Queue[tuple[str, str, Mapping[str, str]]] = field(default_factory=queue.Queue)
    posts: queue.Queue[Post] = field(default_factory=queue.Queue)
    asked: list[int] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    closing: bool = False

    def offer(self, request_id: str, payload: str, headers: Mapping[str, str] | None = None) -> None:
        self.events.put((request_id, payload, headers or {}))


@contextmanager
def serving() -> Iterator[RuntimeServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = RuntimeServer(f"127.0.0.1:{server.server_address[1]}")
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(ConnectionError):  # the process was killed
            super().handle()

    @property
    def _state(self) -> RuntimeServer:
        state: RuntimeServer = self.server.state  # type: ignore[attr-defined]
        return state

    def do_GET(self) -> None:
        self._state.asked.append(self.client_address[1])
        self._state.order.append("next")
        request_id, payload, headers = self._state.events.get()
        given = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        }
        self._answer(200, payload.encode(), given | dict(headers))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        path = self.path.removeprefix(PREFIX)
        self._state.order.append(path)
        self._state.posts.put(
            Post(path, body, {name.lower(): value for name, value in self.headers.items()}, self.client_address[1])
        )
        self._answer(202, b'{"status":"OK"}', {})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or self._state.closing

    def log_message(self, *_: Any) -> None:
        pass
