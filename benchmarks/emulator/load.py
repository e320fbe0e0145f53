"""The load generator, a process of its own: raw sockets under one selector, so that the server is what is measured.

    python -m benchmarks.emulator.load echo PORT CONNECTIONS SECONDS
    python -m benchmarks.emulator.load first PORT CONNECTIONS SECONDS
    python -m benchmarks.emulator.load reply PORT CONNECTIONS SECONDS
    python -m benchmarks.emulator.load hello PORT CONNECTIONS HELLOS TOKENS
    python -m benchmarks.emulator.load push PORT CONNECTIONS SECONDS
    python -m benchmarks.emulator.load connect PORT CONNECTIONS SECONDS
    python -m benchmarks.emulator.load hold PORT CONNECTIONS [PATH [TOKENS]]
    python -m benchmarks.emulator.load cycle PORT CONNECTIONS CYCLES

Each prints one line of JSON. What a connection does is a generator: it is sent what arrived and yields what to send.
"""

from __future__ import annotations

import contextlib
import json
import resource
import selectors
import socket
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from pathlib import Path

Script = Generator[bytes, bytes, None]
WARM_SECONDS = 0.3
SIGNATURE = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request, "
SIGNATURE += f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"


class Counter:
    """How much was done since the warm-up was over."""

    def __init__(self) -> None:
        self.done = 0
        self.failed = 0


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """One masked frame under 126 bytes; the mask is zero, which costs the server the same."""
    return bytes((0x80 | opcode, 0x80 | len(payload))) + bytes(4) + payload


def handshake(port: int, path: str = "/dev", headers: str = "") -> Script:
    head = b""
    received = yield (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    ).encode()
    head += received
    while b"\r\n\r\n" not in head:
        head += yield b""
    if not head.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(head.partition(b"\r\n")[0].decode())


def echo(port: int, counter: Counter, action: str) -> Script:
    yield from handshake(port)
    message = json.dumps({"action": action, "text": "x" * 40}).encode()
    sent, size = frame(message), len(message) + 2
    while True:
        got = len((yield sent))
        while got < size:
            got += len((yield b""))
        counter.done += 1


def connect(port: int, counter: Counter) -> Script:
    """Open, close in good order, and be done."""
    yield from handshake(port)
    if not (yield frame(b"\x03\xe8", 8)).endswith(b"\x88\x02\x03\xe8"):
        raise ConnectionError("no close frame")
    counter.done += 1


def named(port: int, names: list[str]) -> Script:
    """A connection that learns its id, and then only listens."""
    yield from handshake(port)
    names.append((yield frame(b'{"action": "whoami"}'))[2:].decode())
    while True:
        yield b""


def post(port: int, counter: Counter, names: Iterator[str]) -> Script:
    body = json.dumps({"type": "progress", "percent": 50})
    head = f"HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: {SIGNATURE}\r\n"
    head += f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    while True:
        name = next(names).replace("=", "%3D")
        answer = yield f"POST /dev/@connections/{name} {head}{body}".encode()
        while b"\r\n\r\n" not in answer:
            answer += yield b""
        counter.failed += not answer.startswith(b"HTTP/1.1 200")
        counter.done += 1


class Drive:
    """Runs scripts on connections to one port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._open = 0

    def start(self, script: Script) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ, script)
        self._open += 1
        connection.send(next(script))

    def run(self, until: Callable[[], bool], again: Callable[[], Script] | None = None) -> None:
        """Until `until`, or until every script is over; one that is over is followed by `again`."""
        while self._open and not until():
            for key, _ in self._selector.select(0.05):
                connection: socket.socket = key.fileobj  # type: ignore[assignment]
                try:
                    to_send = key.data.send(connection.recv(65536))
                except StopIteration:
                    self._selector.unregister(connection)
                    connection.close()
                    self._open -= 1
                    if again is not None:
                        self.start(again())
                else:
                    if to_send:
                        connection.send(to_send)


def rate(
    drive: Drive,
    counter: Counter,
    seconds: float,
    again: Callable[[], Script] | None = None,
    warm_seconds: float = WARM_SECONDS,
) -> dict[str, float]:
    """How many a second, once it is warm."""
    warm = time.perf_counter() + warm_seconds
    drive.run(lambda: time.perf_counter() > warm, again)
    warmed_up, started = counter.done, time.perf_counter()
    drive.run(lambda: time.perf_counter() > started + seconds, again)
    per_second = (counter.done - warmed_up) / (time.perf_counter() - started)
    return {"rate": per_second, "total": counter.done, "failed": counter.failed}


def measure_echo(
    port: int, connections: int, seconds: float, action: str = "echo", warm_seconds: float = WARM_SECONDS
) -> dict[str, float]:
    drive, counter = Drive(port), Counter()
    for _ in range(connections):
        drive.start(echo(port, counter, action))
    return rate(drive, counter, seconds, warm_seconds=warm_seconds)


def measure_hello(port: int, at_once: int, tokens: Sequence[str]) -> dict[str, float]:
    """One `hello` on each of five connections of each user, all of them opened before."""

    def opened(token: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        script = handshake(port, "/ws/upload-progress", f"Authorization: Bearer {token}\r\n")
        connection.sendall(next(script))
        with contextlib.suppress(StopIteration):
            while True:
                script.send(connection.recv(65536))
        return connection

    def greet(connection: socket.socket) -> None:
        connection.sendall(frame(b'{"action": "hello"}'))
        received = b""
        while not (b'"welcome"' in received and b'"snapshot"' in received):
            received += connection.recv(65536)

    with ThreadPoolExecutor(at_once) as threads:
        connections = list(threads.map(opened, [*tokens] * 5))
        started = time.perf_counter()
        list(threads.map(greet, connections))
        seconds = time.perf_counter() - started
    return {"rate": len(connections) / seconds, "total": len(connections), "failed": 0}


def measure_connect(port: int, connections: int, seconds: float) -> dict[str, float]:
    drive, counter = Drive(port), Counter()
    for _ in range(connections):
        drive.start(connect(port, counter))
    return rate(drive, counter, seconds, lambda: connect(port, counter))


def measure_push(port: int, connections: int, seconds: float) -> dict[str, float]:
    names: list[str] = []
    drive, counter = Drive(port), Counter()
    for _ in range(connections):
        drive.start(named(port, names))
    drive.run(lambda: len(names) == connections)
    for number in range(8):
        drive.start(post(port, counter, cycle(names[number:] + names[:number])))
    return rate(drive, counter, seconds)


def cycles(port: int, connections: int, wanted: float) -> dict[str, float]:
    """So many connections opened, used once and closed."""
    drive, counter = Drive(port), Counter()
    for _ in range(connections):
        drive.start(connect(port, counter))
    drive.run(lambda: counter.done >= wanted, lambda: connect(port, counter))
    return {"cycles": counter.done}


def hold(port: int, connections: int, path: str, tokens: Iterable[str]) -> int:
    """Open connections one after the other in bunches, and keep them; the number of those that are open."""
    drive, opened = Drive(port), []
    tokens = iter(tokens)

    def kept() -> Script:
        token = next(tokens)
        yield from handshake(port, path, f"Authorization: Bearer {token}\r\n" if token else "")
        opened.append(1)
        while (yield b""):
            pass

    for start in range(0, connections, 20):
        wanted = min(start + 20, connections)
        for _ in range(start, wanted):
            drive.start(kept())
        drive.run(lambda wanted=wanted: len(opened) >= wanted)  # type: ignore[misc]
    print(json.dumps({"held": len(opened)}), flush=True)
    drive.run(lambda: False)
    return len(opened)


def main(arguments: list[str]) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    what, port, connections = arguments[0], int(arguments[1]), int(arguments[2])
    if what == "hold":
        path = arguments[3] if len(arguments) > 3 else "/dev"
        tokens = Path(arguments[4]).read_text().split() if len(arguments) > 4 else [""]
        hold(port, connections, path, cycle(tokens))
        return
    if what == "hello":
        print(json.dumps(measure_hello(port, connections, Path(arguments[4]).read_text().split())))
        return
    measures: dict[str, Callable[[int, int, float], dict[str, float]]] = {
        "echo": measure_echo,
        "first": partial(measure_echo, warm_seconds=0),  # from the first message on
        "reply": partial(measure_echo, action="reply"),
        "connect": measure_connect,
        "push": measure_push,
        "cycle": cycles,
    }
    print(json.dumps(measures[what](port, connections, float(arguments[3]))))


if __name__ == "__main__":
    main(sys.argv[1:])
