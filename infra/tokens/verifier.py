"""Verifies the JWT of a handshake or of a `refresh` (RFC 7519, with the advice of RFC 8725).

An example:

    keys = JwksKeys("https://id.example.com/.well-known/jwks.json")       # infra.tokens.jwks: RS256, ES256, Ed25519
    keys = SharedSecrets(["the older secret ...", "the newer one ..."])   # infra.tokens.shared_secrets: HS256
    TokenVerifier(keys, issuer="https://id.example.com/", audience="upload-progress").verify(token, time.time())
"""

from collections.abc import Set

from domain.token_claims import ClaimsRule, VerifiedToken
from domain.token_errors import InsufficientScopeError, InvalidTokenError, KeysUnavailableError, Reason
from domain.token_kind import DEFAULT_KINDS, Kind, read_kinds
from infra.tokens.signatures import VerificationKeys, verified_content

__all__ = [
    "InsufficientScopeError",
    "InvalidTokenError",
    "KeysUnavailableError",
    "Reason",
    "TokenVerifier",
    "VerificationKeys",
    "VerifiedToken",
    "read_kinds",
]


class TokenVerifier:
    """Verifies tokens of one issuer for one audience, under one family of algorithms.

    `exp`, `iss`, the user's claim and the audience's are required, `nbf` and `iat` are honoured;
    `leeway_seconds` (0 to 30) allows for clock differences. Every token must carry `scope`; None asks for no scope.
    `kinds` are the kinds of tokens that are accepted. `user_claim` and `audience_claim` are those of ClaimsRule.
    Raises ValueError if issuer or audience are empty, the leeway is larger, or `kinds` names no kind of a user's token.
    """

    def __init__(
        self,
        keys: VerificationKeys,
        *,
        issuer: str,
        audience: str,
        scope: str | None = None,
        leeway_seconds: int = 30,
        kinds: Set[Kind] = DEFAULT_KINDS,
        user_claim: str = "sub",
        audience_claim: str | None = None,
    ) -> None:
        self._keys = keys
        self._rule = ClaimsRule(issuer, audience, leeway_seconds, scope, frozenset(kinds), user_claim, audience_claim)

    def verify(self, token: str, now: float) -> VerifiedToken:
        """Judges `token` at `now`, in epoch seconds.

        Raises InvalidTokenError with the reason; its subclass KeysUnavailableError if no key could be had, and
        its subclass InsufficientScopeError if nothing but the scope is missing.
        The returned `expires_at` is in the future: the leeway counts for the connection as it does for the token.
        """
        content = verified_content(token, self._keys)
        return self._rule.judge(content.payload, now, content.typ)
