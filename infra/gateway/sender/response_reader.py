"""Reads answers from the bytes of one connection."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_RESPONSE_BYTES = 64 * 1024  # the gateway's answers have no body, or one sentence


class UnreadableResponseError(Exception):
    """Not HTTP, not asked for, or too long: whatever follows on this connection cannot be trusted."""


class ResponseReader:
    """One answer at a time: `expect()`, then `feed()` until `complete`.

    `status` and `headers` are there as soon as the head is; the status alone says what became of the request.
    `keep_alive` says, once complete, whether another may follow. Interim answers (1xx) are passed over.
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
        """Raises UnreadableResponseError; what was read before it still holds."""
        self._left -= len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            raise UnreadableResponseError(str(error)) from None
        if self._surprised or self._left < 0:
            raise UnreadableResponseError("more than was asked for")

    # What follows is called by the parser.

    def on_message_begin(self) -> None:
        self._surprised = not self._expecting

    def on_header(self, name: bytes, value: bytes) -> None:
        """Successes are many, and nobody looks at their headers."""
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
