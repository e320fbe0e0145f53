"""Downloads a JWKS document: one request, bounded in time and size, that follows nothing."""

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from urllib.parse import SplitResult, urlsplit

from domain.token_errors import KeysUnavailableError

MAX_BYTES = 256 * 1024
TIMEOUT_SECONDS = 3.0

# RFC 7517 section 8.5 registers the first type; most issuers answer with the second. Some firewalls refuse what has no
# user agent.
_HEADERS = {
    "Accept": "application/jwk-set+json, application/json",
    "User-Agent": "upload-progress",
    "Connection": "close",
}

_VISIBLE_ASCII = re.compile(r"[!-~]+")


def check_url(url: str) -> SplitResult:
    """Returns the parts of an https URL, or of an http URL on loopback. Raises ValueError."""
    parts = urlsplit(url)
    if not _VISIBLE_ASCII.fullmatch(url) or not parts.hostname or parts.port == 0:
        raise ValueError(f"not a URL for a JWKS: {url!r}")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError(f"a JWKS is read over https only, or over http from loopback: {url!r}")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("the URL of a JWKS has neither user name, password nor fragment")
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Download(threading.Thread):
    """One GET in a thread of its own, so that the caller stops waiting in time.

    The time-out of a socket bounds each of its operations. It bounds neither their sum, if a response arrives byte by
    byte, nor the look-up of the name. To wait for a thread with a limit bounds all of it. Redirects and proxies are not
    followed, and the body is read up to MAX_BYTES. With `past_caches`, caches must fetch the document again (RFC 9111
    section 5.2.1.4): some issuers let them keep it for an hour.
    """

    def __init__(
        self, url: SplitResult, timeout_seconds: float = TIMEOUT_SECONDS, *, past_caches: bool = False
    ) -> None:
        super().__init__(name="jwks-download", daemon=True)
        self._url, self._timeout_seconds = url, timeout_seconds
        self._headers = {**_HEADERS, "Cache-Control": "no-cache"} if past_caches else _HEADERS
        self._socket: socket.socket | None = None
        self._abandoned = False
        self._body = b""
        self._problem: str | None = None

    def result(self) -> bytes:
        """Starts, waits and returns the body. Raises KeysUnavailableError after at most `timeout_seconds`."""
        deadline = time.monotonic() + self._timeout_seconds
        try:
            self.start()
        except RuntimeError as error:  # no thread can start
            raise KeysUnavailableError(host=self._url.netloc, problem=str(error)) from None
        self.join(max(0.0, deadline - time.monotonic()))
        if self.is_alive():
            self._abandon()
            raise KeysUnavailableError(host=self._url.netloc, problem=f"no answer in {self._timeout_seconds:g} s")
        if self._problem is not None:
            raise KeysUnavailableError(host=self._url.netloc, problem=self._problem)
        return self._body

    def run(self) -> None:
        try:
            with contextlib.closing(self._prepare()) as connection:
                connection.connect()
                self._socket = connection.sock
                if not self._abandoned:
                    self._get(connection)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._problem = _problem(error)

    def _prepare(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout_seconds)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=self._timeout_seconds, context=context)

    def _get(self, connection: http.client.HTTPConnection) -> None:
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        connection.request("GET", target, headers=self._headers)
        with connection.getresponse() as response:
            if response.status != 200:
                self._problem = f"status {response.status}"
                return
            self._body = response.read(MAX_BYTES + 1)
        if len(self._body) > MAX_BYTES:
            self._problem = f"more than {MAX_BYTES} bytes"

    def _abandon(self) -> None:
        """Wakes the thread by a shutdown: a close does not wake it, and SSLSocket's own shutdown is not thread-safe."""
        self._abandoned = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _problem(error: Exception) -> str:
    """Returns the name of an error. A TLS error also has its text, which names the fault of a certificate."""
    name = type(error).__name__
    if isinstance(error, ssl.SSLError):
        return f"{name}: {getattr(error, 'verify_message', None) or error.reason}"
    return name
