"""What a function meets in AWS, over TLS and at once: DynamoDB, the management API, an identity provider's keys."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from benchmarks.stub import Stub, row
from domain.connection import DUE_SHARDS

CONNECTIONS = tuple(f"waiting-{number}=" for number in range(3))  # of one user: a few tabs and a telephone
DUE = "pinged-0="  # what a sweep finds
KEY_SET, CERTIFICATE, PRIVATE_KEY = "jwks.json", "certificate.pem", "key.pem"


@contextmanager
def running_surroundings(folder: Path, key_set: dict[str, Any]) -> Iterator[str]:
    """Their address while they run; what they need, and the certificate to trust, is written into `folder`."""
    (folder / KEY_SET).write_text(json.dumps(key_set))
    _write_certificate(folder)
    command = [sys.executable, "-m", "benchmarks.surroundings", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield f"https://localhost:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


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

    def _UpdateItem(self, request: Any) -> Any:
        wants_row = request.get("ReturnValues") == "ALL_OLD"
        return {"Attributes": row(request["Key"]["connectionId"]["S"], _now())} if wants_row else {}


def _now() -> int:
    return int(time.time() * 1000)


def _write_certificate(folder: Path) -> None:
    """For localhost, its own issuer, with a key as AWS's endpoints have it."""
    key, now = rsa.generate_private_key(public_exponent=65537, key_size=2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    pem = serialization.Encoding.PEM
    (folder / CERTIFICATE).write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / PRIVATE_KEY).write_bytes(key.private_bytes(pem, *plain))


async def serve(folder: Path) -> None:
    Surroundings.key_set = (folder / KEY_SET).read_bytes()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / PRIVATE_KEY)
    due = {zlib.crc32(DUE.encode()) % DUE_SHARDS: [DUE]}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Surroundings(due), "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
