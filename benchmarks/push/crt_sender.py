"""The same broadcast with AWS's C runtime, which is not installed with the rest: `pip install awscrt`.

It brings signing, TLS and HTTP/1.1, but no pool of connections for Python: the 128 connections, each with one request
at a time, are ours.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlsplit

from awscrt import auth, http, io

MAX_CONNECTIONS = 128


class CrtSender:
    """Delivers, and tries what was refused for now once more at once; no time-outs, no reconnects."""

    def __init__(self, url: str, region: str, roots: str | None, body: bytes) -> None:
        self._parts, self._body, self._region = urlsplit(url), body, region
        self._bootstrap = io.ClientBootstrap(io.EventLoopGroup(1), io.DefaultHostResolver(io.EventLoopGroup(1)))
        self._credentials = auth.AwsCredentialsProvider.new_static("local", "local", "t" * 400)
        self._tls = self._tls_options(roots) if self._parts.scheme == "https" else None
        self._connections: list[Any] = []

    def send(self, ids: list[str]) -> int:
        self._waiting, self._left, self._delivered = list(reversed(ids)), len(ids), 0
        self._done, self._lock = threading.Event(), threading.Lock()
        opened = [one for one in self._connections if one is not None]
        while len(self._connections) < min(MAX_CONNECTIONS, len(ids)):
            self._connections.append(None)
            self._open(len(self._connections) - 1)
        for connection in opened:
            self._next(connection)
        self._done.wait()
        return self._delivered

    def _tls_options(self, roots: str | None) -> Any:
        options = io.TlsContextOptions()
        if roots:
            options.override_default_trust_store_from_path(None, roots)
        connection = io.ClientTlsContext(options).new_connection_options()
        connection.set_server_name(str(self._parts.hostname))
        return connection

    def _open(self, index: int) -> None:
        options = io.SocketOptions()
        opening = http.HttpClientConnection.new(
            str(self._parts.hostname), self._parts.port or 443, self._bootstrap, options, self._tls
        )

        def opened(future: Future[Any]) -> None:
            self._connections[index] = future.result()
            self._next(future.result())

        opening.add_done_callback(opened)

    def _next(self, connection: Any) -> None:
        with self._lock:
            connection_id = self._waiting.pop() if self._waiting else None
        if connection_id is not None:
            signing = auth.aws_sign_request(self._request(connection_id), self._signing())
            signing.add_done_callback(lambda future: self._write(connection, connection_id, future.result()))

    def _request(self, connection_id: str) -> Any:
        path = f"{self._parts.path}/@connections/{quote(connection_id, safe='-._~')}"
        headers = http.HttpHeaders([("host", self._parts.netloc), ("content-length", str(len(self._body)))])
        return http.HttpRequest("POST", path, headers, BytesIO(self._body))

    def _signing(self) -> Any:
        return auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=self._credentials,
            region=self._region,
            service="execute-api",
        )

    def _write(self, connection: Any, connection_id: str, request: Any) -> None:
        statuses: list[int] = []
        stream = connection.request(
            request, lambda http_stream, status_code, headers, **_: statuses.append(status_code)
        )

        def answered(future: Future[Any]) -> None:
            with self._lock:
                if statuses[0] == 429:
                    self._waiting.append(connection_id)
                else:
                    self._delivered += statuses[0] == 200
                    self._left -= 1
                if not self._left:
                    self._done.set()
            self._next(connection)

        stream.completion_future.add_done_callback(answered)
        stream.activate()
