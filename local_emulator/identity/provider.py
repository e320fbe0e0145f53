"""A local identity provider: a laptop verifies tokens on the same path as production, JWKS included."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from local_emulator.identity.token_request import InvalidTokenRequestError, TokenRequest, read_token_request

PREFIX = "/_emulator/identity"


class LocalIdentity:
    """Issues tokens for any user, under a key that lives as long as this process.

    Attributes: `issuer`, `audience`, `algorithm`. The key is made at first use. ES256 is the default because
    that takes a tenth of a millisecond; `algorithm="RS256"` makes an RSA key of 2048 bits in 30 to 100.
    """

    def __init__(self, issuer: str, audience: str, *, algorithm: Literal["ES256", "RS256"] = "ES256") -> None:
        self.issuer, self.audience = issuer, audience
        self.algorithm = algorithm

    def jwks(self) -> dict[str, Any]:
        """Returns the JWK Set (RFC 7517) with the public key."""
        return {"keys": [{**self._public_jwk, "kid": self._kid, "use": "sig", "alg": self.algorithm}]}

    def token(
        self,
        user: str,
        *,
        now: float,
        lifetime_seconds: int = 3600,
        scope: str | None = None,
        **claims: Any,
    ) -> str:
        """Returns a token of `user`, issued at `now` (epoch seconds), which expires `lifetime_seconds` later.

        `claims` are added and win over those made here; None removes a claim. So a test can have tokens that must be
        refused: expired, for another audience, without a subject.
        """
        return self.issue(TokenRequest(user, lifetime_seconds, scope, claims=claims), now)

    def issue(self, request: TokenRequest, now: float) -> str:
        """Returns the token of `request`, issued at `now` (epoch seconds)."""
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
        return jwt.PyJWS().encode(payload, self._key, self.algorithm, {"kid": self._kid})

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
        if self.algorithm == "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def _public_jwk(self) -> dict[str, str]:
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        jwk = algorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}

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
