"""An HTTP server in front of another that takes a request whole and then answers 500, as often as told."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "expect", "date", "server"}


class FlakyProxy(ThreadingHTTPServer):
    """Passes requests on to `upstream`; `failures` names what fails next, by a part of the path.

    It calls `before_answer` before the answer to the next request with a body.
    """

    daemon_threads = True

    def __init__(self, upstream: str, handler: "type[ProxyHandler] | None" = None) -> None:
        super().__init__(("127.0.0.1", 0), handler or ProxyHandler)
        self.upstream = urlsplit(upstream).netloc
        self.failures: list[str] = []
        self.failed = 0
        self.before_answer: Callable[[], object] | None = None
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def hold(self) -> None:
        """Calls `before_answer` once."""
        with self._lock:
            before, self.before_answer = self.before_answer, None
        if before:
            before()

    def must_fail(self, path: str) -> bool:
        """Tell whether this request fails, and count it."""
        with self._lock:
            hit = next((failure for failure in self.failures if failure in path), None)
            if hit is not None:
                self.failures.remove(hit)
                self.failed += 1
            return hit is not None


class ProxyHandler(BaseHTTPRequestHandler):
    """Reads each request whole, and passes it on."""

    server: FlakyProxy
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        chunked = "Transfer-Encoding" in self.headers
        body = self._chunks() if chunked else self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if body is None:
            self.close_connection = True
        elif self.server.must_fail(self.path):
            self.answer(500, [], b"")
        else:
            if body and self.command in ("PUT", "POST", "PATCH"):
                self.server.hold()
            self.pass_on(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _take

    def pass_on(self, body: bytes) -> None:
        """Answers as the upstream does."""
        connection = http.client.HTTPConnection(self.server.upstream, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        self.answer(answer.status, kept, answer.read())
        connection.close()

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Sends one answer."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _chunks(self) -> bytes | None:
        """Returns a chunked body; None if the client gave up within it."""
        chunks = []
        while line := self.rfile.readline():
            size = int(line.split(b";")[0], 16)
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
            if not size:
                return b"".join(chunks)
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


Proxy = TypeVar("Proxy", bound=FlakyProxy)


@contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    """Runs a proxy for the length of a block."""
    with proxy as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def flaky_proxy(upstream: str) -> AbstractContextManager[FlakyProxy]:
    """Runs a FlakyProxy for the length of a block."""
    return running(FlakyProxy(upstream))
