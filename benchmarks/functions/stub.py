"""DynamoDB and the management API as stubs over real HTTP, in a process of their own: they answer at once, always well.

What is due, and what its rows say, is in the connection ids: `<kind>-<number>=`, with the kinds of `ROWS`.
"""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.harness.processes import printed_port
from domain.connection import DUE_SHARDS
from infra.dynamodb.attribute_values import to_item

USER = "5f1c2d1e-7a44-4a39-9a53-0b2f2f2f9d11"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
SECOND = 1000


@contextmanager
def running_stub() -> Iterator[str]:
    """The stub's address while it runs."""
    with printed_port(["-m", "benchmarks.functions.stub"]) as server:
        yield server.url


def row(connection_id: str, now: int) -> dict[str, Any]:
    """A row as `$connect` and 30 messages leave it, of the kind that its id names."""
    common = {
        "userId": USER,
        "connectionId": connection_id,
        "connectedAt": now - 1500 * SECOND,
        "lastSeenAt": now - 60 * SECOND,
        "lastActiveAt": now - 60 * SECOND,
        "tokenExpiresAt": now + 3600 * SECOND,
        "dueAt": now - 10 * SECOND,
        "expiresAt": now // 1000 + 5000,
        "dueShard": zlib.crc32(connection_id.encode()) % DUE_SHARDS,
        "clientId": "0123456789abcdef0123456789abcdef",
        "userAgent": AGENT,
        "unansweredPings": 0,
        "warnedAt": {"idle": now - 700 * SECOND},
        "syncedAt": 0,
        "crowded": False,
    }
    heard = {f"heardAt{number}": now - number * 40 * SECOND for number in range(1, 31)}
    return to_item(common | heard | ROWS[connection_id.split("-")[0]](now))


ROWS: dict[str, Callable[[int], dict[str, Any]]] = {
    "waiting": lambda now: {},
    "pinged": lambda now: {"lastSeenAt": now - 130 * SECOND},
    "warned": lambda now: {"lastActiveAt": now - 200 * SECOND},
    "closed": lambda now: {"lastActiveAt": now - 400 * SECOND, "warnedAt": {"idle": now - 100 * SECOND}},
}


class Stub(asyncio.Protocol):
    """One connection of a client: HTTP/1.1, kept alive, no pipelining."""

    def __init__(self, due: dict[int, list[str]]) -> None:
        self._due = due
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        length = int(headers.get(b"content-length", 0))
        if len(body) >= length:
            self._received = body[length:]
            self._answer(lines[0].split()[1], headers.get(b"x-amz-target", b""), body[:length])

    def _answer(self, path: bytes, target: bytes, body: bytes) -> None:
        if path.startswith(b"/due"):
            self._set_due(json.loads(body))
        operation = target.rpartition(b".")[2].decode()
        answer = getattr(self, f"_{operation}", self._done)(json.loads(body or b"{}"))
        content = json.dumps(answer).encode() if target else b""
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n"
        if target:
            head += f"Content-Type: application/x-amz-json-1.0\r\nx-amz-crc32: {zlib.crc32(content)}\r\n"
        self._transport.write(head.encode() + b"\r\n" + content)

    def _set_due(self, ids: list[str]) -> None:
        self._due.clear()
        for one in ids:
            self._due.setdefault(zlib.crc32(one.encode()) % DUE_SHARDS, []).append(one)

    def _Query(self, request: Any) -> Any:
        shard = int(request["ExpressionAttributeValues"][":shard"]["N"])
        keys = {"dueShard": shard, "dueAt": 1, "userId": USER}
        due = self._due.get(shard, ()) if "connections" in request["TableName"].lower() else ()
        items = [to_item(keys | {"connectionId": one}) for one in due]
        return {"Items": items, "Count": len(items)}

    def _BatchGetItem(self, request: Any) -> Any:
        [(table, wanted)] = request["RequestItems"].items()
        now = int(time.time() * 1000)
        rows = [row(key["connectionId"]["S"], now) for key in wanted["Keys"]]
        return {"Responses": {table: [_projected(one, wanted) for one in rows]}, "UnprocessedKeys": {}}

    def _done(self, request: Any) -> Any:
        return {}


def _projected(item: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What a ProjectionExpression of plain names asks for; all of it without one."""
    if "ProjectionExpression" not in wanted:
        return item
    names = wanted.get("ExpressionAttributeNames", {})
    asked = {names.get(name.strip(), name.strip()) for name in wanted["ProjectionExpression"].split(",")}
    return {name: value for name, value in item.items() if name in asked}


async def serve() -> None:
    due: dict[int, list[str]] = {}
    server = await asyncio.get_running_loop().create_server(lambda: Stub(due), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
