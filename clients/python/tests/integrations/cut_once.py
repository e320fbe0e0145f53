"""A relay that drops its first connection in the middle, as a poor network does."""

import socket
import socketserver
import threading
from contextlib import ExitStack, suppress

CUT_AFTER_BYTES = 2 * 2**20
CHUNK_BYTES = 64 * 1024


def cut_once(port: int, stack: ExitStack) -> int:
    """Returns the port of a relay to `port` of this machine; it serves until the stack ends."""
    server = stack.enter_context(_Relay(port))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    stack.callback(server.shutdown)
    relayed: int = server.server_address[1]
    return relayed


class _Relay(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.upstream = ("127.0.0.1", port)
        self.is_cut = False


class _Connection(socketserver.BaseRequestHandler):
    server: _Relay

    def handle(self) -> None:
        with socket.create_connection(self.server.upstream) as upstream:
            threading.Thread(target=_copy, args=(upstream, self.request), daemon=True).start()
            if not self.server.is_cut:
                self.server.is_cut = _copy(self.request, upstream, CUT_AFTER_BYTES)
            else:
                _copy(self.request, upstream)


def _copy(source: socket.socket, target: socket.socket, limit: int | None = None) -> bool:
    """Copies until the source ends or the limit is reached; returns True for the latter."""
    copied = 0
    with suppress(OSError):
        while chunk := source.recv(CHUNK_BYTES):
            target.sendall(chunk)
            copied += len(chunk)
            if limit is not None and copied >= limit:
                return True
    return False
