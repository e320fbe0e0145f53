"""A deployed stage, ours or Amazon's, and the ways to talk to it."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import pytest
from botocore.config import Config
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect


@dataclass(frozen=True)
class Stage:
    """Where the template of deployment/ is deployed. `patience` is how long to wait for what must happen, in seconds.

    `bare`, `guarded` and `signed` are the URLs of the template's other APIs, "" if they are not given.
    """

    target: str
    endpoint: str
    bare: str = ""
    guarded: str = ""
    signed: str = ""
    api_key: str = ""
    patience: float = 30
    in_aws: bool = True

    def connect(self, url: str | None = None, **more: Any) -> AbstractContextManager[ClientConnection]:
        """A connection while the block lasts, by default to the main API under a name of its own."""
        more = {"compression": None, "ping_interval": None, "user_agent_header": None, "proxy": None} | more
        limit = self.patience
        return connect(url or self.url(), open_timeout=limit, close_timeout=limit, max_size=2**20, **more)

    def url(self, who: str | None = None, **query: Any) -> str:
        return f"{self.target}?{urlencode({'who': who or new_name(), **query})}"

    def refusal(self, url: str, **more: Any) -> Response:
        """The HTTP answer to a handshake that is refused."""
        with pytest.raises(InvalidStatus) as refused, self.connect(url, **more):
            pass
        return refused.value.response

    def tell(self, connection: ClientConnection, **message: Any) -> str:
        """Send a message and return the next one that comes."""
        connection.send(json.dumps(message))
        return self.hear(connection)

    def hear(self, connection: ClientConnection) -> str:
        text = connection.recv(timeout=self.patience)
        assert isinstance(text, str)
        return text

    def end(self, connection: ClientConnection) -> tuple[int, str]:
        """The code and reason with which the gateway closes the connection; other messages are passed over."""
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                connection.recv(timeout=self.patience)
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason

    def event(self, who: str, kind: str) -> dict[str, Any]:
        """The event of that kind that the functions saw for `who`, as soon as they have seen it."""
        with self.connect() as asker:
            return self.until(lambda: json.loads(self.tell(asker, action="recall", who=who, kind=kind)))

    def nothing_of(self, who: str, kind: str) -> None:
        """No such event was seen, though there was time for one."""
        time.sleep(self.patience / 20)
        with self.connect() as asker:
            assert self.tell(asker, action="recall", who=who, kind=kind) == "null"

    def connection_id(self, connection: ClientConnection) -> str:
        """What the gateway calls this connection."""
        event = json.loads(self.tell(connection, action="anything"))
        return str(event["requestContext"]["connectionId"])

    def until(self, answer: Callable[[], Any]) -> Any:
        """The first answer that is one."""
        deadline = time.monotonic() + self.patience
        while not (found := answer()):
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(self.patience / 200)
        return found

    def management(self) -> Any:
        """boto3's own client of the management API."""
        region = re.search(r"\.execute-api\.([a-z0-9-]+)\.", self.endpoint)
        own = {} if self.in_aws else {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        return boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=self.endpoint,
            region_name=region[1] if region else "us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
            **own,
        )

    def request(self, method: str, url: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """A plain HTTP request that nobody signs; the answer is read."""
        parts = urlsplit(url.replace("ws", "http", 1) if url.startswith("ws") else url)
        if parts.scheme == "https":
            opened = http.client.HTTPSConnection(
                parts.netloc, timeout=self.patience, context=ssl.create_default_context()
            )
        else:
            opened = http.client.HTTPConnection(parts.netloc, timeout=self.patience)  # type: ignore[assignment]
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        opened.putrequest(method, path)
        for name, value in (headers or {}).items():
            opened.putheader(name, value)
        opened.endheaders()
        answer = opened.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        opened.close()
        return answer


def new_name() -> str:
    """A name that no other connection has had."""
    return uuid.uuid4().hex
