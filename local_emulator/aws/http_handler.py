"""HTTP on the AWS port: DynamoDB's calls are answered on kept connections, all others by moto's server as it is.

A call of DynamoDB through moto's server costs a new TCP connection, a web framework's request and moto's search for the
service. That is eight times the work of DynamoDB itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from http.client import responses

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from local_emulator.aws.dynamodb_faults import THROTTLED, DynamoDbFaults, throttled_headers
from local_emulator.aws.dynamodb_requests import Answer, DynamoDbRequest, answer
from local_emulator.aws.failures import Failures
from local_emulator.aws.other_regions import OtherRegions
from local_emulator.web.browser_guard.rules import OriginHeaders, problem_of_call

REQUEST_LINE = b"POST / HTTP/1.1\r\n"
END_OF_HEAD = b"\r\n\r\n"
TARGET = "x-amz-target"
DYNAMODB = "DynamoDB_20120810."  # the API's version; DynamoDB Streams has another name
# What only moto's server knows how to read, or what a browser sends.
NOT_HERE = {"transfer-encoding", "content-encoding", "expect", "origin", "sec-fetch-site", "x-moto-account-id"}

_FIELD = re.compile(rb"([!#-'*+.0-9A-Z^-z|~-]+):[ \t]*([^\r\n]*?)[ \t]*\r\n")  # RFC 9112, section 5


class AwsServer(ThreadedWSGIServer):
    """A thread per connection; `faults` and `failures` are for the calls that bypass the WSGI application."""

    daemon_threads = True
    faults: DynamoDbFaults
    failures: Failures
    regions: OtherRegions


class AwsRequestHandler(WSGIRequestHandler):
    """One connection to the AWS port."""

    server: AwsServer
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        head = self.rfile.peek()  # type: ignore[attr-defined]  # socketserver gives a BufferedReader
        self.server.regions.check(head)
        request = self._dynamodb_request(head)
        if request is None:
            super().handle_one_request()
        else:
            self._send(*self._answer(request))

    def _dynamodb_request(self, head: bytes) -> DynamoDbRequest | None:
        """Reads a call of DynamoDB whose head has come in one piece; None, and nothing read, for what is no such."""
        end = head.find(END_OF_HEAD)
        if end < 0 or not head.startswith(REQUEST_LINE):
            return None
        headers = read_headers(head[len(REQUEST_LINE) : end + 2])
        if headers is None or not self._is_for_dynamodb(headers):
            return None
        self.rfile.read(end + len(END_OF_HEAD))
        self.close_connection = headers.get("connection", "").lower() == "close"
        return DynamoDbRequest(headers, self.rfile.read(int(headers["content-length"])))

    def _is_for_dynamodb(self, headers: dict[str, str]) -> bool:
        sender = OriginHeaders([headers["host"]] if "host" in headers else [], [], [])
        return (
            headers.get(TARGET, "").startswith(DYNAMODB)
            and headers.get("content-length", "").isdecimal()
            and not NOT_HERE & headers.keys()
            and problem_of_call(sender, str(self.server.server_address[0])) is None
        )

    def _answer(self, request: DynamoDbRequest) -> Answer:
        """Raises DynamoDbDownError, at which socketserver ends the connection."""
        target, agent = request.headers[TARGET], request.headers.get("user-agent", "")
        if self.server.faults.is_throttled(target, agent, request.data):
            return HTTPStatus.BAD_REQUEST, throttled_headers(), THROTTLED
        try:
            return answer(request)
        except Exception as problem:
            return self.server.failures.of_json("dynamodb", target.rpartition(".")[2], problem)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} {responses[status]}", *(f"{name}: {value}" for name, value in headers.items())]
        lines += [f"Content-Length: {len(body)}", f"Date: {self.date_time_string()}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)


def read_headers(lines: bytes) -> dict[str, str] | None:
    """Returns the fields by name in lower case; None if a line is no field or a name comes twice."""
    fields = _FIELD.findall(lines)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in fields}
    return headers if len(headers) == len(fields) == lines.count(b"\n") else None
