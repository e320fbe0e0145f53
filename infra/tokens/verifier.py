"""Verifies the JWT of a handshake or of a `refresh` (RFC 7519, with the advice of RFC 8725).

An example:

    keys = JwksKeys("https://id.example.com/.well-known/jwks.json")       # infra.tokens.jwks: RS256, ES256, Ed25519
    keys = SharedSecrets(["the older secret ...", "the newer one ..."])   # infra.tokens.shared_secrets: HS256
    TokenVerifier(keys, ClaimsRule("https://id.example.com/", "upload-progress")).verify(token, time.time())
"""

from domain.token_claims import ClaimsRule, VerifiedToken
from infra.tokens.signatures import VerificationKeys, verified_content


class TokenVerifier:
    """Verifies tokens under one family of algorithms, and their claims by a rule."""

    def __init__(self, keys: VerificationKeys, rule: ClaimsRule) -> None:
        self._keys, self._rule = keys, rule

    def verify(self, token: str, now: float) -> VerifiedToken:
        """Judges `token` at `now`, in epoch seconds.

        Raises InvalidTokenError with the reason; its subclass KeysUnavailableError if no key could be had, and
        its subclass InsufficientScopeError if nothing but the scope is missing.
        """
        payload, typ = verified_content(token, self._keys)
        return self._rule.judge(payload, now, typ)
