"""Prints an access token of authlib's generator of JWTs (RFC 9068), and serves its keys."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

from authlib.jose import JsonWebKey
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator

API = "https://uploads.example.com"
KEY = JsonWebKey.generate_key("RSA", 2048, {"kid": "rsa-1", "use": "sig"}, is_private=True)


class Generator(JWTBearerTokenGenerator):
    """The methods that authlib leaves to its users."""

    def get_jwks(self) -> dict[str, Any]:
        return {"keys": [KEY.as_dict(is_private=True)]}

    def get_audiences(self, client: Any, user: Any, scope: str) -> list[str]:
        return [API]


class Keys(BaseHTTPRequestHandler):
    """Serves the public half of the key."""

    def do_GET(self) -> None:
        body = json.dumps({"keys": [KEY.as_dict()]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}"
client = SimpleNamespace(get_client_id=lambda: "page", client_id="page", get_allowed_scope=lambda scope: scope)
user = SimpleNamespace(get_user_id=lambda: "alice@example.com")
tokens = Generator(url, alg="RS256")("authorization_code", client, user=user, scope="uploads")
machine = Generator(url, alg="RS256")("client_credentials", client, scope="uploads")
found = {
    "parameters": {"JwtIssuer": url, "JwksUrl": f"{url}/jwks.json", "JwtAudience": API},
    "user": "alice@example.com",
    "access": tokens["access_token"],
    "refused": {"wrong_token_kind": machine["access_token"]},
}
print(json.dumps(found), flush=True)
sys.stdin.read()
