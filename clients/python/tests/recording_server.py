"""An HTTP server that keeps each request's body and how its length was told."""

import threading
from dataclasses import dataclass
from typing import Literal

from .flaky_proxy import FlakyProxy, ProxyHandler


@dataclass(frozen=True, slots=True)
class Sent:
    """One request with a body, as it arrived."""

    method: str
    framing: Literal["Content-Length", "chunked"]
    body: bytes


class RecordingServer(FlakyProxy):
    """Keeps what is sent to it. An `upstream` answers; without one, a small JSON object does."""

    def __init__(self, upstream: str = "") -> None:
        super().__init__(upstream, _Handler)
        self._sent: list[Sent] = []
        self._recording = threading.Lock()

    def record(self, sent: Sent) -> None:
        """Keeps a request that arrived whole."""
        with self._recording:
            self._sent.append(sent)

    def take(self) -> list[Sent]:
        """Returns the requests that came since the last call; parts of one upload come in no particular order."""
        with self._recording:
            taken, self._sent = self._sent, []
        return sorted(taken, key=lambda sent: (sent.method, sent.framing, len(sent.body)))


class _Handler(ProxyHandler):
    server: RecordingServer

    def pass_on(self, body: bytes) -> None:
        chunked = "Transfer-Encoding" in self.headers
        if body or chunked:
            self.server.record(Sent(self.command, "chunked" if chunked else "Content-Length", body))
        if self.server.upstream:
            super().pass_on(body)
        else:  # Google's client sends its file to Location
            headers = [("Content-Type", "application/json"), ("Location", f"{self.server.url}/session")]
            self.answer(200, headers, b'{"name": "key"}')
