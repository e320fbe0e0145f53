"""TLS beside plain HTTP on the same port, with a given certificate or one that is made for the run."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from local_emulator.web.certificates import CertificateAuthority
from local_emulator.web.listen import ListenError

# The type of a TLS record with a handshake (RFC 8446, section 5.1); no HTTP request begins with it.
HANDSHAKE_RECORD = b"\x16"
NAMES = ("localhost", "127.0.0.1", "::1")


class TlsServer:
    """Accepts connections, and serves those that begin with a TLS handshake over TLS, all others in plain text.

    Functions, AWS's SDKs and the command line so keep their `http://` address.
    """

    def __init__(self, certificate: Path | None, key: Path | None, first_byte_seconds: float) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._first_byte_seconds = first_byte_seconds
        self._context = self._made() if certificate is None else _given(certificate, key)
        self._listeners: Sequence[socket.socket] = ()
        self._tasks: set[asyncio.Task[None]] = set()  # the event loop references tasks weakly

    @property
    def authority_file(self) -> Path | None:
        """The certificate that clients are to trust; None if the certificate was given."""
        return Path(self._folder.name) / "ca.pem" if self._folder is not None else None

    def start(self, protocol: Callable[[], asyncio.Protocol], listeners: Sequence[socket.socket]) -> None:
        """Accepts connections from now on; `protocol` makes the HTTP server's protocol of each."""
        self._protocol, self._listeners, loop = protocol, listeners, asyncio.get_running_loop()
        for listener in listeners:
            listener.setblocking(False)
            loop.add_reader(listener, self._accept, listener)

    def stop(self) -> None:
        """Accepts nothing more."""
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()
        for task in self._tasks:
            task.cancel()
        if self._folder is not None:
            self._folder.cleanup()

    def _made(self) -> ssl.SSLContext:
        authority = CertificateAuthority()
        self._folder = tempfile.TemporaryDirectory(prefix="apigw-emulator-tls-")
        (Path(self._folder.name) / "ca.pem").write_bytes(authority.pem)
        return authority.server_context(NAMES)

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError as fault:
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "socket.accept() out of system resource", "exception": fault})
            return
        connection.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._first_byte_seconds):
                first = await _peeked(connection)
            context = self._context if first == HANDSHAKE_RECORD else None
            await loop.connect_accepted_socket(self._protocol, connection, ssl=context)
        except (OSError, TimeoutError):  # ssl.SSLError is an OSError
            connection.close()


async def _peeked(connection: socket.socket) -> bytes:
    """Returns the first byte, which stays in the socket; empty if the client has left."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            return connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            readable = loop.create_future()
            loop.add_reader(connection, readable.set_result, None)
            try:
                await readable
            finally:
                loop.remove_reader(connection)


def _given(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Returns the settings of a given certificate; its key may be in the same file. Raises ListenError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as fault:
        raise ListenError(f"--tls-cert {certificate}: {fault}") from fault
    return context
