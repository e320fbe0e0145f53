"""Opens connections to the gateway."""

from __future__ import annotations

import asyncio

# What asyncio and ssl load when a name is first resolved; here it is loaded while the function starts.
import concurrent.futures.thread  # noqa: F401
import encodings.idna  # noqa: F401
import random
import socket
import ssl
from collections.abc import Callable

from infra.gateway.sender.endpoint import Endpoint

ADDRESSES_SECONDS = 30.0  # addresses are used so long; the gateway's DNS answers have a TTL of a minute


class Connector:
    """Resolves the gateway's name regularly, and spreads connections over all its addresses.

    One TLS context for all connections, so that the roots are read once; `roots` is a file of them (PEM), None for the
    system's.
    """

    def __init__(self, endpoint: Endpoint, roots: str | None) -> None:
        self._endpoint = endpoint
        self._tls = _tls(roots) if endpoint.secure else None
        self._addresses: list[str] = []
        self._resolved_at = 0.0
        self._resolving = asyncio.Lock()

    async def connect(self, protocol: Callable[[], asyncio.BaseProtocol]) -> None:
        """Opens a connection; calls the protocol before it returns. Raises OSError, including ssl.SSLError."""
        loop = asyncio.get_running_loop()
        name = self._endpoint.host if self._tls else None
        failure: OSError | None = None
        for address in await self._in_any_order(loop):
            try:
                await loop.create_connection(
                    protocol, address, self._endpoint.port, ssl=self._tls, server_hostname=name
                )
                return
            except ssl.SSLCertVerificationError:
                raise
            except OSError as error:
                failure = error
        self._addresses = []
        raise failure or OSError(f"{self._endpoint.host} has no address")

    async def _in_any_order(self, loop: asyncio.AbstractEventLoop) -> list[str]:
        async with self._resolving:  # many connections are opened at once, and one look-up serves them all
            if not self._addresses or loop.time() - self._resolved_at > ADDRESSES_SECONDS:
                found = await loop.getaddrinfo(self._endpoint.host, self._endpoint.port, type=socket.SOCK_STREAM)
                self._addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
                self._resolved_at = loop.time()
        return random.sample(self._addresses, len(self._addresses))


def _tls(roots: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=roots)
    context.set_alpn_protocols(["http/1.1"])
    return context
