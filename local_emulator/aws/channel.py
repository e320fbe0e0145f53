"""The line between the gateway's process and the one of AWS's services: JSON lines over a socket pair, and one byte.

The byte is memory that both processes share. The gateway sets it before it says that a fault is on. The next
call of DynamoDB then asks for its strike. At all other times nothing is asked.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import Any


class SharedFlag:
    """A flag that one process sets and another reads at no cost."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, 1)

    @classmethod
    def create(cls) -> tuple[SharedFlag, int]:
        """Returns a flag that is not set, and the descriptor that another process opens it by."""
        with tempfile.TemporaryFile() as file:
            file.truncate(1)
            descriptor = os.dup(file.fileno())
        return cls(descriptor), descriptor

    def __bool__(self) -> bool:
        return self._memory[0] != 0

    def set(self, value: bool) -> None:
        self._memory[0] = value


class Channel:
    """One end of the line. Messages are objects; any thread may send."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._lines = end.makefile("rb")
        self._sending = threading.Lock()

    def send(self, **message: Any) -> None:
        """Raises OSError if the other process has ended."""
        with self._sending:
            self._end.sendall(json.dumps(message).encode() + b"\n")

    def received(self) -> Iterator[dict[str, Any]]:
        """Yields what the other end sends, until one of the ends closes."""
        try:
            for line in self._lines:
                yield json.loads(line)
        except OSError:  # it ended without having read all that it was sent
            return
        finally:
            self._lines.close()
            self._end.close()

    def close(self) -> None:
        """Ends `received`, which then frees the line: another thread may be reading it."""
        with suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)


class GatewayEnd:
    """The child's view of the gateway: the registry of faults, the console, and the end of both processes."""

    def __init__(self, channel: Channel, flag: SharedFlag) -> None:
        self._channel = channel
        self._flag = flag
        self._asking = threading.Lock()
        self._answers: SimpleQueue[float | None] = SimpleQueue()
        threading.Thread(target=self._receive, name="gateway", daemon=True).start()

    @property
    def may_strike(self) -> bool:
        """Returns True if any fault of DynamoDB is switched on, without asking the emulator."""
        return bool(self._flag)

    def strike(self, kind: str, operation: str, tables: list[str]) -> float | None:
        """Asks for a strike. Returns its delay in seconds, None if there is no strike."""
        with self._asking:
            self._channel.send(strike=[kind, operation, tables])
            return self._answers.get()

    def tell(self, text: str) -> None:
        """Puts a line on the console."""
        self._channel.send(notice=text)

    def invoke(self, arn: str, payload: str, source: str) -> None:
        """Invokes a function asynchronously; `source` is what the console calls the sender."""
        self._channel.send(invoke=[arn, payload, source])

    def _receive(self) -> None:
        for message in self._channel.received():
            self._answers.put(message["delay"])
        os._exit(0)  # the gateway has ended, however it did: nothing here outlives it
