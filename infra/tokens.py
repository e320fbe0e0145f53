"""Who may watch: verifies the JWT of a handshake or of a `refresh` (RFC 7519, with the advice of RFC 8725).

keys = JwksKeys("https://id.example.com/.well-known/jwks.json")       # infra.jwks: RS256, ES256
keys = SecretKeys(["the older secret ...", "the newer one ..."])      # infra.secret_keys: HS256
TokenVerifier(keys, issuer="https://id.example.com/", audience="upload-progress").verify(token, time.time())
"""

from infra.claims import ClaimsRule, VerifiedToken
from infra.invalid_token import InsufficientScope, InvalidToken, KeysUnavailable, Reason
from infra.signatures import VerificationKeys, verified_payload

__all__ = [
    "InsufficientScope",
    "InvalidToken",
    "KeysUnavailable",
    "Reason",
    "TokenVerifier",
    "VerificationKeys",
    "VerifiedToken",
]


class TokenVerifier:
    """Verifies tokens of one issuer for one audience, under one family of algorithms.

    `exp`, `sub`, `aud` and `iss` are required, `nbf` and `iat` are honoured; `leeway_seconds` (0 to 30) is for clocks
    that disagree. Every token must carry `scope`; None asks for no scope. Raises ValueError if issuer or audience are
    empty or the leeway is larger.
    """

    def __init__(
        self,
        keys: VerificationKeys,
        *,
        issuer: str,
        audience: str,
        scope: str | None = None,
        leeway_seconds: int = 30,
    ) -> None:
        self._keys = keys
        self._rule = ClaimsRule(issuer, audience, leeway_seconds, scope)

    def verify(self, token: str, now: float) -> VerifiedToken:
        """Judge `token` at `now`, in epoch seconds.

        Raises InvalidToken with the reason; its subclass KeysUnavailable if there was nothing to judge by, and
        its subclass InsufficientScope if nothing but the scope is missing.
        What it answers has not expired: the leeway counts for the connection as it does for the token.
        """
        return self._rule.judge(verified_payload(token, self._keys), now)
