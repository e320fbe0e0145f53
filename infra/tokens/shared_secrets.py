"""Keys shared with the identity provider: HS256, with a list of secrets so that they can be rotated."""

from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from domain.strict_json import read_list

MIN_SECRET_BYTES = 32
MAX_SECRETS = 8

_HS256 = jwt.get_algorithm_by_name("HS256")


class SharedSecrets:
    """HS256 secrets, oldest first: the newest signs, all verify.

    To rotate, append the new secret everywhere, then sign with it, and drop the oldest once its last token
    has expired. A token's `kid` is ignored. Raises ValueError for less than 32 bytes (RFC 7518, section
    3.2), and for more than 8 secrets. Text like a public key is also an error (algorithm confusion, CVE-2022-29217). It
    names a secret by its position and never shows it.
    """

    algorithms = frozenset({"HS256"})

    def __init__(self, secrets: Sequence[str | bytes]) -> None:
        if isinstance(secrets, str | bytes) or not 1 <= len(secrets) <= MAX_SECRETS:
            raise ValueError(f"secrets must be a list of 1 to {MAX_SECRETS}, oldest first")
        self._secrets = [_prepared(secret, index) for index, secret in enumerate(secrets)]

    @classmethod
    def from_json(cls, text: str) -> "SharedSecrets":
        """Reads the form kept in Secrets Manager: a JSON list of strings, oldest first. Raises ValueError."""
        return cls(read_list(text.encode()))

    def candidates(self, algorithm: str, kid: str | None) -> Sequence[bytes]:
        return self._secrets[::-1]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Returns a token with `claims`, signed with the newest secret."""
        return jwt.encode(dict(claims), self._secrets[-1], "HS256")


def _prepared(secret: str | bytes, index: int) -> bytes:
    if not isinstance(secret, str | bytes):
        raise ValueError(f"secret {index} is not a string")
    data = secret.encode() if isinstance(secret, str) else secret
    if len(data) < MIN_SECRET_BYTES:
        raise ValueError(f"secret {index} has {len(data)} bytes; at least {MIN_SECRET_BYTES} are required")
    try:
        _HS256.prepare_key(data)
    except jwt.InvalidKeyError:
        raise ValueError(f"secret {index} is a public key or certificate, not a secret") from None
    return data
