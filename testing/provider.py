"""An identity provider for tests: keys, tokens, and a real HTTP server that counts what it is asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER, AUDIENCE, NOW = "https://id.example.com/", "upload-progress", 1_800_000_000
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 600}


class SigningKey:
    """A private key with its `kid`."""

    def __init__(self, algorithm: str, kid: str | None) -> None:
        self.algorithm, self.kid = algorithm, kid
        self.private: Any = (
            ed25519.Ed25519PrivateKey.generate()
            if algorithm == "EdDSA"
            else ec.generate_private_key(ec.SECP256R1())
            if algorithm == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )

    def jwk(self, **members: Any) -> dict[str, Any]:
        public = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.private.public_key(), as_dict=True)
        named = {} if self.kid is None else {"kid": self.kid}
        return {**public, **named, "use": "sig", "alg": self.algorithm, **members}

    def token(self, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token with CLAIMS; a claim that is None is left out, and so is a header."""
        said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
        wanted = {"kid": self.kid, **(headers or {})}
        return jwt.PyJWS().encode(
            json.dumps(said).encode(),
            self.private,
            self.algorithm,
            {name: value for name, value in wanted.items() if value is not None},
        )


class JwksServer(ThreadingHTTPServer):
    """Serves `document` at every path, after `delay` seconds and `drip` seconds between its bytes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/jwks.json"
        self.paths: list[str] = []
        self.headers: list[Message] = []
        self.document: bytes = b'{"keys": []}'
        self.status, self.location = 200, ""
        self.delay = self.drip = 0.0
        self.released = threading.Event()

    def publish(self, *jwks: dict[str, Any]) -> None:
        self.document = json.dumps({"keys": jwks}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: JwksServer

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append(self.headers)
        self.server.released.wait(self.server.delay)
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()
        self._write(self.server.document)

    def _write(self, body: bytes) -> None:
        if not self.server.drip:
            self.wfile.write(body)
            return
        try:
            while not self.server.released.wait(self.server.drip):
                self.wfile.write(b" ")
        except OSError:
            return

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # a client that hung up
            return

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def jwks_server() -> Iterator[JwksServer]:
    """A server on a free port of loopback; its slow answers end with it."""
    server = JwksServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class SettableClock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds
