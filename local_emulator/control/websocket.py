"""WebSocket clients for tests: every wait has a time-out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection as AsyncClientConnection
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_sync
from websockets.typing import Subprotocol

from local_emulator.control.errors import HandshakeRefusedError, WebSocketClosedError

RECEIVE_SECONDS = 5.0
NO_CLOSE_FRAME = 1006  # RFC 6455, section 7.1.5


@dataclass(frozen=True, slots=True)
class HandshakeOptions:
    """The request of a handshake."""

    url: str
    headers: Mapping[str, str]
    subprotocols: Sequence[str]
    timeout_seconds: float

    @property
    def options(self) -> dict[str, Any]:
        """The arguments for websockets: no proxy and no frames that a test did not ask for."""
        return {
            "additional_headers": dict(self.headers),
            "subprotocols": [Subprotocol(one) for one in self.subprotocols] or None,
            "open_timeout": self.timeout_seconds,
            "close_timeout": 2.0,
            "ping_interval": None,
            "compression": None,
            "proxy": None,
            "max_size": None,
        }


@dataclass(frozen=True, slots=True)
class CloseFrame:
    """The end of a connection, and the messages that came before it and were not received."""

    code: int
    reason: str
    messages: tuple[str | bytes, ...] = ()


class WebSocketClient:
    """One open connection, for threads and plain functions; a context manager that closes it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, handshake: HandshakeOptions) -> WebSocketClient:
        """Raises HandshakeRefusedError, TimeoutError, OSError."""
        try:
            # websockets 17 warns where its connection is used without `with`, which close() stands in for here.
            return cls(connect_sync(handshake.url, **handshake.options).__enter__())
        except InvalidStatus as refused:
            raise _refusal(refused) from None

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the API has chosen."""
        return self._connection.subprotocol

    def send(self, message: str | bytes) -> None:
        """Sends one message. Raises WebSocketClosedError."""
        try:
            self._connection.send(message)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    def send_json(self, value: Any) -> None:
        """Sends a value as JSON text. Raises WebSocketClosedError."""
        self.send(json.dumps(value))

    def receive(self, timeout: float = RECEIVE_SECONDS) -> str | bytes:
        """Returns the next message. Raises TimeoutError, WebSocketClosedError."""
        try:
            return self._connection.recv(timeout)
        except TimeoutError:
            raise TimeoutError(f"no message came within {timeout:g} s") from None
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    def receive_json(self, timeout: float = RECEIVE_SECONDS) -> Any:
        """Returns the value of the next message. Raises TimeoutError, WebSocketClosedError, ValueError."""
        return json.loads(self.receive(timeout))

    def expect_close(self, timeout: float = RECEIVE_SECONDS) -> CloseFrame:
        """Waits for the end of the connection. Raises TimeoutError, which names the messages that came instead."""
        messages: list[str | bytes] = []
        try:
            while True:
                messages.append(self.receive(timeout))
        except WebSocketClosedError as closed:
            return CloseFrame(closed.code, closed.reason, tuple(messages))
        except TimeoutError:
            raise _still_open(timeout, messages) from None

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes the connection; again has no effect."""
        self._connection.close(code, reason)

    def __enter__(self) -> WebSocketClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncWebSocketClient:
    """One open connection, for coroutines; an asynchronous context manager that closes it."""

    def __init__(self, connection: AsyncClientConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, handshake: HandshakeOptions) -> AsyncWebSocketClient:
        """Raises HandshakeRefusedError, TimeoutError, OSError."""
        try:
            return cls(await connect_async(handshake.url, **handshake.options))
        except InvalidStatus as refused:
            raise _refusal(refused) from None

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the API has chosen."""
        return self._connection.subprotocol

    async def send(self, message: str | bytes) -> None:
        """Sends one message. Raises WebSocketClosedError."""
        try:
            await self._connection.send(message)
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def send_json(self, value: Any) -> None:
        """Sends a value as JSON text. Raises WebSocketClosedError."""
        await self.send(json.dumps(value))

    async def receive(self, timeout: float = RECEIVE_SECONDS) -> str | bytes:
        """Returns the next message. Raises TimeoutError, WebSocketClosedError."""
        try:
            async with asyncio.timeout(timeout):
                return await self._connection.recv()
        except TimeoutError:
            raise TimeoutError(f"no message came within {timeout:g} s") from None
        except ConnectionClosed as closed:
            raise _closed(closed) from None

    async def receive_json(self, timeout: float = RECEIVE_SECONDS) -> Any:
        """Returns the value of the next message. Raises TimeoutError, WebSocketClosedError, ValueError."""
        return json.loads(await self.receive(timeout))

    async def expect_close(self, timeout: float = RECEIVE_SECONDS) -> CloseFrame:
        """Waits for the end of the connection. Raises TimeoutError, which names the messages that came instead."""
        messages: list[str | bytes] = []
        try:
            while True:
                messages.append(await self.receive(timeout))
        except WebSocketClosedError as closed:
            return CloseFrame(closed.code, closed.reason, tuple(messages))
        except TimeoutError:
            raise _still_open(timeout, messages) from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes the connection; again has no effect."""
        await self._connection.close(code, reason)


class AsyncConnecting:
    """A connection to come: `await` it, or use it with `async with`, which closes the connection."""

    def __init__(self, handshake: HandshakeOptions) -> None:
        self._handshake = handshake

    def __await__(self) -> Generator[Any, None, AsyncWebSocketClient]:
        return AsyncWebSocketClient.open(self._handshake).__await__()

    async def __aenter__(self) -> AsyncWebSocketClient:
        self._client = await self
        return self._client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.close()


def _refusal(refused: InvalidStatus) -> HandshakeRefusedError:
    response = refused.response
    body = bytes(response.body or b"").decode("utf-8", "replace")
    return HandshakeRefusedError(response.status_code, dict(response.headers.raw_items()), body)


def _closed(closed: ConnectionClosed) -> WebSocketClosedError:
    frame = closed.rcvd or closed.sent
    return WebSocketClosedError(frame.code, frame.reason) if frame else WebSocketClosedError(NO_CLOSE_FRAME, "")


def _still_open(timeout: float, messages: list[str | bytes]) -> TimeoutError:
    came = f"; it sent {messages}" if messages else ""
    return TimeoutError(f"the connection is still open after {timeout:g} s without a message{came}")
