"""A server on loopback that takes uploads as several services do, and answers 503 as often as told."""

import re

from ..flaky_proxy import FlakyProxy, ProxyHandler

DATE = ("Last-Modified", "Mon, 30 Nov 2026 12:00:00 GMT")


class Store(FlakyProxy):
    """Takes uploads by PUT, POST, resumable sessions of Google and tus, or passes them on to `upstream`.

    It answers 503 as often as `failures` says.
    """

    def __init__(self, upstream: str = "") -> None:
        super().__init__(upstream, _Handler)
        self.offset = 0

    def must_fail_with_503(self) -> bool:
        """Returns True for the first requests with a body, as often as `failures` has an entry."""
        return super().must_fail("")

    def must_fail(self, path: str) -> bool:
        """Returns False: the handler answers 503, not 500."""
        return False


class _Handler(ProxyHandler):
    server: Store

    def pass_on(self, body: bytes) -> None:
        if body and self.command != "PROPFIND" and self.server.must_fail_with_503():
            return self.answer(503, [("Retry-After", "0")], b"")
        if self.server.upstream:
            super().pass_on(body)
        elif "Tus-Resumable" in self.headers:
            self._tus(body)
        elif "Content-Range" in self.headers:
            self._google(*map(int, re.findall(r"\d+", self.headers["Content-Range"])))
        else:
            headers = [
                ("Location", f"{self.server.url}/session"),
                ("ETag", '"1"'),
                DATE,
                ("Content-Type", "application/json"),
            ]
            self.answer(
                201 if "x-ms-version" in self.headers else 200, headers, b'{"name": "key"}' * (self.command == "POST")
            )

    def _tus(self, body: bytes) -> None:
        self.server.offset = 0 if self.command == "POST" else self.server.offset + len(body)
        headers = [
            ("Upload-Offset", str(self.server.offset)),
            ("Location", f"{self.server.url}/file"),
            ("Tus-Resumable", "1.0.0"),
        ]
        self.answer(201 if self.command == "POST" else 204, headers, b"")

    def _google(self, first: int, last: int, total: int) -> None:
        headers = [("Range", f"bytes=0-{last}"), ("Content-Type", "application/json")]
        self.answer(200 if last + 1 == total else 308, headers, b'{"name": "key"}')

    do_PUT = do_POST = do_HEAD = do_PATCH = do_PROPFIND = do_MKCOL = do_MOVE = ProxyHandler._take
