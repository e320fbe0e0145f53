"""Faults of deliveries: late messages and messages in another order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from random import Random

from local_emulator.apigateway.connections import WebSocketConnection
from local_emulator.apigateway.faults.subject import of_connection
from local_emulator.apigateway.wire.framing import SlowConsumerError
from local_emulator.faults.registry import FaultRegistry, Strike


class DeliveryFaults:
    """Sends messages as the active faults require.

    A delayed message is dropped if the client is gone, or does not read, when it is due: its sender already has a 200.
    """

    def __init__(self, faults: FaultRegistry) -> None:
        self._faults = faults
        self._windows: dict[WebSocketConnection, _Window] = {}

    def send(self, connection: WebSocketConnection, data: bytes) -> None:
        """Sends one text message, now or later. Raises SlowConsumerError for a slow client that it sends to now."""
        if not self._faults:
            connection.send(data)
            return
        subject, now = of_connection(connection), connection.now()
        if (strike := self._faults.strike("late-delivery", subject, now)) is not None:
            asyncio.get_running_loop().call_later(strike.delay_seconds, _leave, connection, data)
        elif (strike := self._faults.strike("reordered-delivery", subject, now)) is not None:
            self._hold(connection, data, strike)
        else:
            connection.send(data)

    def _hold(self, connection: WebSocketConnection, data: bytes, strike: Strike) -> None:
        window = self._windows.get(connection)
        if window is None:
            window = self._windows[connection] = _Window(strike, lambda held: _leave(connection, held))
        if window.take(data, strike):
            del self._windows[connection]
        elif window.is_new:
            hold_seconds = strike.fault.settings["holdMs"] / 1000
            asyncio.get_running_loop().call_later(hold_seconds, self._release, connection, window)

    def _release(self, connection: WebSocketConnection, window: _Window) -> None:
        if self._windows.get(connection) is window:
            del self._windows[connection]
            window.release()


class _Window:
    """Messages of one connection that wait to be sent in another order."""

    def __init__(self, strike: Strike, leave: Callable[[bytes], None]) -> None:
        self._leave = leave
        self._size: int = strike.fault.settings["window"]
        self._random = Random(strike.fault.seed)
        self._held: list[bytes] = []

    @property
    def is_new(self) -> bool:
        return len(self._held) == 1

    def take(self, data: bytes, strike: Strike) -> bool:
        """Holds a message. Returns True if all have been sent: the window is full, or the fault ends."""
        self._held.append(data)
        if len(self._held) < self._size and not strike.is_last:
            return False
        self.release()
        return True

    def release(self) -> None:
        for index in reordered(len(self._held), self._random):
            self._leave(self._held[index])


def reordered(size: int, random: Random) -> list[int]:
    """Returns an order of 0 … size - 1 that differs from this one; fewer than two have only one order."""
    order = list(range(size))
    while size > 1 and order == sorted(order):
        random.shuffle(order)
    return order


def _leave(connection: WebSocketConnection, data: bytes) -> None:
    with contextlib.suppress(SlowConsumerError):
        connection.send(data)
