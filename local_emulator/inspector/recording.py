"""Keeps the recent events for the inspector, at low cost while no page is open.

A record is a small tuple of values at hand; record_view.py makes it readable when a page reads it. Its first two
values are the time in epoch milliseconds and the kind.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

from local_emulator.inspector.redaction import MAX_CHARS, kept_answer, kept_event, kept_text
from local_emulator.inspector.ring_buffer import Record, RingBuffer
from local_emulator.redaction import redacted
from local_emulator.timestamps import now_ms

if TYPE_CHECKING:
    from local_emulator.apigateway.connections import WebSocketConnection
    from local_emulator.apigateway.rules.reasons import Reason
    from local_emulator.awslambda.invocation import Invocation
    from local_emulator.awslambda.payload import Payload
    from local_emulator.deployment import Function


class Recording:
    """Records frames, calls of functions, and the rare events of the activity log."""

    def __init__(self, ring: RingBuffer | None = None) -> None:
        self.ring = ring or RingBuffer()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread_id: int | None = None

    def start(self) -> None:
        """Accepts events of other threads from now on."""
        self._loop, self._thread_id = asyncio.get_running_loop(), threading.get_ident()

    def received(self, connection: WebSocketConnection, body: str) -> None:
        """Records a message from a client."""
        text = kept_text(body)
        self.ring.append((connection.last_active_at, "in", connection.facts, connection.authorizer, text), len(text))

    def sent(self, connection: WebSocketConnection, data: bytes) -> None:
        """Records a message to a client."""
        text: bytes | str = data
        if len(data) > MAX_CHARS or b"eyJ" in data:
            text = kept_text(data.decode("utf-8", "replace"))
        self.ring.append((connection.last_active_at, "out", connection.facts, connection.authorizer, text), len(text))

    def opened(self, connection: WebSocketConnection) -> None:
        self.ring.append((now_ms(), "open", connection.facts, connection.authorizer, ""), 0)

    def closed(self, connection: WebSocketConnection, code: int, reason: str, cause: Reason | None) -> None:
        text = redacted(f"{code} {reason}  {cause or ''}".strip())
        self.ring.append((now_ms(), "close", connection.facts, connection.authorizer, text), len(text))

    def called(self, function: Function, payload: Payload, invocation: Invocation) -> None:
        """Records a call of a function that has ended."""
        event, outcome = kept_event(payload), invocation.outcome
        result, log = kept_answer(outcome.answer), outcome.log and redacted(outcome.log)
        about = (invocation.request_id, invocation.duration_ms, outcome.failed)
        record = (now_ms(), "call", function.logical_id, event, result, log, about)
        self.ring.append(record, len(event.text) + len(result.text) + len(log))

    def logged(self, kind: str, about: str, text: str) -> None:
        """Records an event of the activity log; may be called from any thread."""
        record: Record = (now_ms(), kind, redacted(about), redacted(text))
        size = len(about) + len(text)
        if self._loop is None or threading.get_ident() == self._thread_id:
            self.ring.append(record, size)
        else:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self.ring.append, record, size)
