"""A JWK Set (RFC 7517), read with care: the keys in it that may verify a signature of ours."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from infra.strict_json import read_object

ALGORITHMS = frozenset({"RS256", "ES256"})
MAX_KEYS = 100
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192

# The public members of each kind of key (RFC 7518 section 6); anything else, a private exponent above all, is
# left behind.
_MEMBERS = {"RSA": ("RS256", ("n", "e")), "EC": ("ES256", ("crv", "x", "y"))}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,1400}")


class KeySet:
    """Keys by algorithm and `kid`. Keys that we do not understand are left out (RFC 7517 section 5)."""

    def __init__(self, keys: Mapping[tuple[str, str | None], Sequence[Any]]) -> None:
        self._keys = keys

    def find(self, algorithm: str, kid: str | None) -> Sequence[Any]:
        """The keys of that `kid`; without a `kid`, the only key of the algorithm, else none."""
        if kid is not None:
            return self._keys.get((algorithm, kid), ())
        every = [key for (name, _), keys in self._keys.items() if name == algorithm for key in keys]
        return every if len(every) == 1 else ()


def read_key_set(document: bytes) -> KeySet:
    """Parse a JWK Set of at most 100 keys. Raises ValueError if it is none."""
    members = read_object(document).get("keys")
    if not isinstance(members, list) or len(members) > MAX_KEYS:
        raise ValueError("no list of keys")
    keys: dict[tuple[str, str | None], list[Any]] = {}
    for jwk in members:
        if isinstance(jwk, dict) and (found := _read_key(jwk)):
            algorithm, key = found
            keys.setdefault((algorithm, jwk.get("kid")), []).append(key)
    return KeySet(keys)


def _read_key(jwk: Mapping[str, Any]) -> tuple[str, Any] | None:
    kind = jwk.get("kty")
    if kind not in ("RSA", "EC") or not _may_verify(jwk):
        return None
    algorithm, names = _MEMBERS[kind]
    public = {name: jwk.get(name) for name in names}
    if jwk.get("alg", algorithm) != algorithm or not all(map(_is_base64url, public.values())):
        return None
    if kind == "EC" and public["crv"] != "P-256":
        return None
    try:
        key = jwt.PyJWK({"kty": kind, **public}, algorithm).key
    except (jwt.PyJWTError, ValueError):
        return None
    return (algorithm, key) if kind == "EC" or MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS else None


def _may_verify(jwk: Mapping[str, Any]) -> bool:
    operations, kid = jwk.get("key_ops"), jwk.get("kid")
    return (
        jwk.get("use", "sig") == "sig"
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
        and (kid is None or isinstance(kid, str))
    )


def _is_base64url(value: Any) -> bool:
    return isinstance(value, str) and _BASE64URL.fullmatch(value) is not None
