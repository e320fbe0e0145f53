"""Lambda's Runtime API, served to one environment on a port of its own, on loopback only.

Lambda Developer Guide, "Using the Lambda runtime API": next, response, error, initialisation error.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Protocol, cast

import httptools

from local_emulator.awslambda.invocation import Outcome, error_of
from local_emulator.awslambda.payload import Payload, json_of

PREFIX = b"/2018-06-01/runtime/"
# Documented (Lambda quotas): 6 MB; the runtime's own limit, reported in its error, is a little more.
MAX_BYTES = 6_291_556
STATUSES = {202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 413: "Payload Too Large"}
# A page in a browser may send requests here, but only with one of these.
OF_A_BROWSER = (b"origin", b"sec-fetch-site")


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event for the environment that asks next; the deadline is epoch milliseconds."""

    request_id: str
    payload: str
    deadline_ms: int
    arn: str
    trace_id: str
    client_context: str = ""

    def response(self) -> bytes:
        """Returns the HTTP response. AWS's runtime decodes the event only if it is JSON without a charset."""
        body = self.payload.encode()
        more = f"Lambda-Runtime-Client-Context: {self.client_context}\r\n" if self.client_context else ""
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {self.request_id}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {self.deadline_ms}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {self.arn}\r\n"
            f"Lambda-Runtime-Trace-Id: {self.trace_id}\r\n"
            f"{more}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class RuntimeListener(Protocol):
    """The environment that an API belongs to."""

    def asked(self) -> None:
        """Called when the environment asks for an event."""

    def init_failed(self, error: dict[str, Any]) -> None:
        """Called when the initialisation has failed."""

    def answered(self, request_id: str, outcome: Outcome) -> bool:
        """Called with the answer to an event; returns False for an event that it does not have."""


class RuntimeApi:
    """The API of one environment, which may hold several connections."""

    def __init__(self, environment: RuntimeListener) -> None:
        self.environment = environment
        self._server: asyncio.Server | None = None
        self._event: PendingEvent | None = None
        self._waiting: RuntimeConnection | None = None
        self._connections: set[RuntimeConnection] = set()
        self._has_stopped = False

    async def start(self) -> str:
        """Listens; returns host and port, as AWS_LAMBDA_RUNTIME_API has them."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: RuntimeConnection(self), "127.0.0.1", 0, start_serving=False)
        await self._server.start_serving()  # a cancellation here leaves a server to close
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def offer(self, event: PendingEvent) -> None:
        """Gives the event to the request for the next one, now or when it comes."""
        if self._waiting is None:
            self._event = event
        else:
            waiting, self._waiting = self._waiting, None
            waiting.send(event.response())

    def stop(self) -> None:
        self._has_stopped = True
        if self._server is not None:
            loop = self._server.get_loop()
            for listener in self._server.sockets:
                loop.remove_reader(listener.fileno())
            # asyncio (read at CPython 3.11) leaves a connection unclosed that it accepts while its server closes.
            loop.call_soon(self._server.close)
        for connection in self._connections:
            connection.abort()

    def opened(self, connection: RuntimeConnection) -> None:
        if self._has_stopped:  # accepted before the end, and made known after it
            connection.abort()
        else:
            self._connections.add(connection)

    def closed(self, connection: RuntimeConnection) -> None:
        self._connections.discard(connection)
        if self._waiting is connection:
            self._waiting = None

    def wants_event(self, connection: RuntimeConnection) -> None:
        self._waiting = connection
        self.environment.asked()
        if self._event is not None and self._waiting is connection:
            event, self._event = self._event, None
            self.offer(event)


class RuntimeConnection(asyncio.Protocol):
    """One HTTP connection of a runtime.

    A client that sends a response and the request for the next event together gets the answers together.
    """

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._held = b""
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._api.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._api.closed(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.write(_status(400))
            self._transport.close()
            return
        if self._held and not self._waits:
            held, self._held = self._held, b""
            self._transport.write(held)

    def send(self, response: bytes) -> None:
        """Answers the request for the next event."""
        self._waits = False
        self._transport.write(self._held + response)
        self._held = b""

    def abort(self) -> None:
        self._transport.abort()

    def on_message_begin(self) -> None:
        self._url, self._body, self._size, self._refused = b"", [b""], 0, False
        self._continues = False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self._refused |= name in OF_A_BROWSER
        self._continues |= name == b"expect" and value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        if self._continues:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= MAX_BYTES:
            self._body.append(body)

    def on_message_complete(self) -> None:
        status = 403 if self._refused else self._answer(self._parser.get_method(), self._url)
        if status is None:
            self._waits = True
            self._api.wants_event(self)
        else:
            self._held += _status(status)

    def _answer(self, method: bytes, url: bytes) -> int | None:
        """Returns the status of what needs no event."""
        environment = self._api.environment
        match (method, *url.removeprefix(PREFIX).split(b"/")):
            case (b"GET", b"invocation", b"next"):
                return None
            case (b"POST", b"invocation", request_id, (b"response" | b"error") as kind):
                outcome = self._outcome(failed=kind == b"error")
                if not environment.answered(request_id.decode("latin-1"), outcome):
                    return 400
                return 413 if self._size > MAX_BYTES else 202
            case (b"POST", b"init", b"error"):
                environment.init_failed(error_of(self._outcome(failed=True).payload))
                return 202
        return 404

    def _outcome(self, *, failed: bool) -> Outcome:
        if self._size <= MAX_BYTES:
            return Outcome(Payload(b"".join(self._body).decode("utf-8", "replace")), failed)
        # Reported: the type and the words of what the caller gets.
        message = f"Response payload size exceeded maximum allowed payload size ({MAX_BYTES} bytes)."
        return Outcome(json_of({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}), failed=True)


def _status(status: int) -> bytes:
    body = json.dumps({"status": "OK" if status < 400 else STATUSES[status]}).encode()
    head = (
        f"HTTP/1.1 {status} {STATUSES[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
