"""A client of Lambda's Runtime API in place of awslambdaric's own, which is native code for Linux alone.

A response and the request for the next event leave in one write, and the answer to both is read together: a process
wakes once for each event.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from awslambdaric.lambda_runtime_client import InvocationRequest, LambdaRuntimeClient
from awslambdaric.lambda_runtime_marshaller import to_json

RUNTIME = "/2018-06-01/runtime"
READ_BYTES = 262_144
JSON = "application/json"
FIELDS = {
    "invoke_id": "Lambda-Runtime-Aws-Request-Id",
    "x_amzn_trace_id": "Lambda-Runtime-Trace-Id",
    "invoked_function_arn": "Lambda-Runtime-Invoked-Function-Arn",
    "client_context": "Lambda-Runtime-Client-Context",
    "cognito_identity": "Lambda-Runtime-Cognito-Identity",
    "tenant_id": "Lambda-Runtime-Aws-Tenant-Id",
    "content_type": "Content-Type",
    "invocation_id": "Lambda-Runtime-Invocation-Id",
}


class RuntimeClient(LambdaRuntimeClient):  # type: ignore[misc]
    """Asks for events and posts what comes of them. `before_next` runs before each request for an event."""

    def __init__(self, address: str, before_next: Callable[[], None]) -> None:
        super().__init__(address)
        host, _, port = address.rpartition(":")
        self._before_next = before_next
        self._owner = os.getpid()
        self._connection = socket.create_connection((host, int(port)))
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._get_next = f"GET {RUNTIME}/invocation/next HTTP/1.1\r\nHost: {address}\r\n\r\n".encode()
        self._host = address
        self._unsent = b""
        self._unread = 0
        self._received = b""

    def wait_next_invocation(self) -> Any:
        """Returns the next event, however long that takes."""
        self._before_next()
        self._end_if_forked()
        self._end_without_streams()
        unsent, self._unsent = self._unsent, b""
        self._connection.sendall(unsent + self._get_next)
        while self._unread:
            self._unread -= 1
            self._read()
        headers, body = self._read()
        request = {field: headers.get(name) for field, name in FIELDS.items()}
        return InvocationRequest(
            event_body=body, deadline_time_in_ms=int(headers["Lambda-Runtime-Deadline-Ms"]), **request
        )

    def post_invocation_result(
        self, invoke_id: str, result_data: str | bytes, content_type: str = JSON, invocation_id: str | None = None
    ) -> None:
        body = result_data if isinstance(result_data, bytes) else result_data.encode("utf-8", "surrogatepass")
        self._post(f"invocation/{invoke_id}/response", body, f"Content-Type: {content_type}\r\n")

    def post_invocation_error(
        self, invoke_id: str, error_response_data: str, xray_fault: str, invocation_id: str | None = None
    ) -> None:
        self._post(f"invocation/{invoke_id}/error", error_response_data.encode("utf-8", "surrogatepass"))

    def post_init_error(self, error_response_data: Any, error_type_override: str | None = None) -> None:
        self._post("init/error", to_json(error_response_data).encode("utf-8", "surrogatepass"))
        self._connection.sendall(self._unsent)
        self._read()

    def _post(self, path: str, body: bytes, headers: str = "") -> None:
        self._end_if_forked()
        head = f"POST {RUNTIME}/{path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self._unsent += head.encode() + body
        self._unread += 1

    def _read(self) -> tuple[dict[str, str], bytes]:
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, rest = self._received.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
        length = int(headers["Content-Length"])
        self._received = rest
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return headers, body

    def _receive(self) -> None:
        data = self._connection.recv(READ_BYTES)
        if not data:
            os._exit(0)  # the emulator has ended
        self._received += data

    def _end_without_streams(self) -> None:
        """An environment whose handler has closed stdout or stderr answers the event, and serves no other."""
        try:
            os.fstat(1), os.fstat(2)
        except OSError:
            self._connection.sendall(self._unsent)
            os._exit(1)

    def _end_if_forked(self) -> None:
        """A child that the handler forked and let return must not answer in its parent's place."""
        if os.getpid() != self._owner:
            os._exit(0)
