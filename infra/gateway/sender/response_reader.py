"""Reads responses from the bytes of one connection."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_RESPONSE_BYTES = 64 * 1024  # the gateway's responses have no body, or one sentence


class UnreadableResponseError(Exception):
    """A response is not HTTP, unexpected or too long, so the connection cannot be used any more."""


class ResponseReader:
    """Reads one response at a time: `expect()`, then `feed()` until `complete`.

    `status` and `headers` are set as soon as the head is there; the status alone decides the outcome. `keep_alive` is
    True once complete, if another request may follow. Interim responses (1xx) are ignored.
    """

    __slots__ = ("_expecting", "_left", "_parser", "_surprised", "complete", "headers", "keep_alive", "status")

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._expecting = self._surprised = False
        self.expect()
        self._expecting = False

    def expect(self) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.complete = self.keep_alive = False
        self._expecting = True
        self._left = MAX_RESPONSE_BYTES

    def feed(self, data: bytes | memoryview) -> None:
        """Parses bytes. Raises UnreadableResponseError; results so far stay valid."""
        self._left -= len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            raise UnreadableResponseError(str(error)) from None
        if self._surprised or self._left < 0:
            raise UnreadableResponseError("more than was asked for")

    # The parser calls the following methods.

    def on_message_begin(self) -> None:
        self._surprised = not self._expecting

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps the header of an error response (300 or above); those of successes are not needed."""
        if self._expecting and self._parser.get_status_code() >= 300:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._expecting and status >= 200:
            self.status = status

    def on_message_complete(self) -> None:
        if self._expecting and self.status is not None:
            self.complete, self._expecting = True, False
            self.keep_alive = self._parser.should_keep_alive()
