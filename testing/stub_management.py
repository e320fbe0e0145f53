"""A management API that does as it is told: the gateway's answers over real HTTP, without a gateway behind it.

moto's never answers 410, 413 or 429.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from testing.contract import breaches

ERROR_TYPES = {403: "ForbiddenException", 410: "GoneException", 429: "LimitExceededException", 500: "Internal"}


class StubManagement:
    """`answers[connection id]` is the status to give for it (200 for all others); `calls` is what came, in order.

    `next_answers[connection id]` are statuses for its next calls, taken one by one before that. `on_call` is called
    with the method and the connection id of each call.
    """

    def __init__(self) -> None:
        self.answers: dict[str, int] = {}
        self.next_answers: dict[str, list[int]] = {}
        self.calls: list[tuple[str, str, Any]] = []
        self.on_call: Callable[[str, str], None] = lambda method, connection_id: None
        self.signer = threading.local()  # `key_id` is the access key of the call that this thread answers
        self._breaches: list[str] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/prod"

    def sent_to(self, connection_id: str) -> list[Any]:
        """The messages posted to one connection."""
        return [message for method, to, message in self.calls if (method, to) == ("POST", connection_id)]

    def closed(self) -> list[str]:
        """The connections that were deleted."""
        return [to for method, to, _ in self.calls if method == "DELETE"]

    def stop(self) -> None:
        """Whatever was sent must have kept to the published contract."""
        self._server.shutdown()
        self._server.server_close()
        assert self._breaches == []

    def judge(self, message: Any) -> None:
        """Remembers how a message breaks the contract, if it is one of the protocol at all."""
        if isinstance(message, dict) and "type" in message:
            self._breaches += breaches(message)

    def _take(self, method: str, connection_id: str, body: bytes) -> int:
        self.on_call(method, connection_id)
        with self._lock:
            self.calls.append((method, connection_id, json.loads(body) if body else None))
            self.judge(self.calls[-1][2])
            if self.next_answers.get(connection_id):
                return self.next_answers[connection_id].pop(0)
            return self.answers.get(connection_id, 204 if method == "DELETE" else 200)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def do_DELETE(self) -> None:
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                connection_id = unquote(self.path.rsplit("/", 1)[-1])
                stub.signer.key_id = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
                status = stub._take(self.command, connection_id, body)
                self.send_response(status)
                if status in ERROR_TYPES:
                    self.send_header("x-amzn-ErrorType", ERROR_TYPES[status])
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Quiet."""

        return Handler
