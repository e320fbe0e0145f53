"""What a function meets in AWS, over TLS and at once: DynamoDB, the management API, an identity provider's keys."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.functions.stub import Stub, row
from benchmarks.harness.certificates import make_certificates
from benchmarks.harness.processes import printed_port
from domain.connection import DUE_SHARDS

CONNECTIONS = tuple(f"waiting-{number}=" for number in range(3))  # of one user: a few tabs and a telephone
DUE = "pinged-0="  # what a sweep finds
WEBHOOK_SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
KEY_SET, CERTIFICATE, SERVER = "jwks.json", "authority-localhost.pem", "server-localhost.pem"


@contextmanager
def running_surroundings(folder: Path, key_set: dict[str, Any]) -> Iterator[str]:
    """Their address while they run; what they need, and the certificate to trust, is written into `folder`."""
    (folder / KEY_SET).write_text(json.dumps(key_set))
    make_certificates(folder)
    with printed_port(["-m", "benchmarks.functions.surroundings", str(folder)]) as server:
        yield f"https://localhost:{server.port}"


class Surroundings(Stub):
    """One connection to any of them; which one is in the request. The table names tell what rows are wanted."""

    key_set = b""

    def _answer(self, path: bytes, target: bytes, body: bytes) -> None:
        if path != f"/{KEY_SET}".encode():
            super()._answer(path, target, body)
            return
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(self.key_set)}\r\nConnection: close\r\n\r\n"
        self._transport.write(head.encode() + self.key_set)
        self._transport.close()

    def _Query(self, request: Any) -> Any:
        if request.get("IndexName"):
            return super()._Query(request)
        ids = CONNECTIONS if "connections" in request["TableName"].lower() else ()
        return {"Items": [row(one, _now()) for one in ids], "Count": len(ids)}

    def _BatchGetItem(self, request: Any) -> Any:
        if "connections" in next(iter(request["RequestItems"])).lower():
            return super()._BatchGetItem(request)
        return {"Responses": {}, "UnprocessedKeys": {}}

    def _GetSecretValue(self, request: Any) -> Any:
        sender = {"name": "tusd", "secrets": [WEBHOOK_SECRET], "userPrefix": ""}
        return {"SecretString": json.dumps([sender])}

    def _UpdateItem(self, request: Any) -> Any:
        wants_row = request.get("ReturnValues") == "ALL_OLD"
        return {"Attributes": row(request["Key"]["connectionId"]["S"], _now())} if wants_row else {}


def _now() -> int:
    return int(time.time() * 1000)


async def serve(folder: Path) -> None:
    Surroundings.key_set = (folder / KEY_SET).read_bytes()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / SERVER)
    due = {zlib.crc32(DUE.encode()) % DUE_SHARDS: [DUE]}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Surroundings(due), "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
