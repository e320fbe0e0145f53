"""A local identity provider: a laptop verifies tokens on the same path as production, JWKS included."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from local_emulator.identity.token_request import InvalidTokenRequestError, TokenRequest, read_token_request

PREFIX = "/_emulator/identity"
ALGORITHM = "ES256"


class LocalIdentity:
    """Issues tokens for any user, under a key that lives as long as this process.

    The key is made at first use. It is one of ES256, because that takes a tenth of a millisecond.
    """

    def __init__(self, issuer: str, audience: str) -> None:
        self.issuer, self.audience = issuer, audience

    def jwks(self) -> dict[str, Any]:
        """Returns the JWK Set (RFC 7517) with the public key."""
        return {"keys": [{**self._public_jwk, "kid": self._kid, "use": "sig", "alg": ALGORITHM}]}

    def issue(self, request: TokenRequest, now: float) -> str:
        """Returns the token of `request`, issued at `now` (epoch seconds).

        The request's claims win over those made here; None removes a claim.
        """
        issued = int(now)
        said = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": request.user,
            "iat": issued,
            "nbf": request.not_before,
            "exp": issued + request.lifetime_seconds,
            "scope": request.scope,
            **request.claims,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        payload = json.dumps(kept, separators=(",", ":")).encode()
        return jwt.PyJWS().encode(payload, self._key, ALGORITHM, {"kid": self._kid})

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def _public_jwk(self) -> dict[str, str]:
        jwk = jwt.get_algorithm_by_name(ALGORITHM).to_jwk(self._key.public_key(), as_dict=True)
        return {name: jwk[name] for name in ("kty", "crv", "x", "y")}

    @cached_property
    def _kid(self) -> str:
        """The key's thumbprint (RFC 7638)."""
        canonical = json.dumps(self._public_jwk, separators=(",", ":"), sort_keys=True)
        return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


def routes(identity: LocalIdentity, clock: Callable[[], float] = time.time) -> list[web.RouteDef]:
    """Returns GET /_emulator/identity/jwks.json and POST /_emulator/identity/token, for the application to add."""

    async def get_jwks(request: web.Request) -> web.Response:
        return web.json_response(identity.jwks(), headers={"Cache-Control": "no-cache"})

    async def post_token(request: web.Request) -> web.Response:
        try:
            asked = read_token_request(await request.read())
        except InvalidTokenRequestError as error:
            return web.json_response({"message": str(error), "field": error.field}, status=400)
        token = identity.issue(asked, clock())
        answer = {"token": token, "tokenType": "Bearer", "expiresInSeconds": asked.lifetime_seconds}
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    return [web.get(f"{PREFIX}/jwks.json", get_jwks), web.post(f"{PREFIX}/token", post_token)]
