"""A JWK Set (RFC 7517): the keys in it that may verify signatures."""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from domain.strict_json import read_object
from domain.token_errors import shown

# RFC 9864 gives EdDSA on Ed25519 the name Ed25519; issuers use either name.
ED25519 = frozenset({"EdDSA", "Ed25519"})
ALGORITHMS = frozenset({"RS256", "ES256"}) | ED25519
MAX_KEYS = 100
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192

# The public members of each kind of key (RFC 7518 section 6); anything else, a private exponent above all, is
# left behind.
_MEMBERS = {"RSA": ("RS256", ("n", "e")), "EC": ("ES256", ("crv", "x", "y")), "OKP": ("EdDSA", ("crv", "x"))}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,1400}")


@dataclass(frozen=True, slots=True)
class SkippedKey:
    """A member of a JWK Set that cannot verify signatures, and the reason."""

    kid: str | None
    reason: str


class UnusableKeyError(Exception):
    """A key cannot verify signatures; the message is the reason, in a few words."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by algorithm and `kid`, and the members left out of the set (RFC 7517 section 5)."""

    keys: Mapping[tuple[str, str | None], Sequence[Any]]
    left_out: Sequence[SkippedKey] = ()

    def find(self, algorithm: str, kid: str | None) -> Sequence[Any]:
        """Returns the keys of that `kid`; without a `kid`, the only key of the algorithm, else none."""
        algorithm = "EdDSA" if algorithm in ED25519 else algorithm
        if kid is not None:
            return self.keys.get((algorithm, kid), ())
        every = [key for (name, _), keys in self.keys.items() if name == algorithm for key in keys]
        return every if len(every) == 1 else ()


def read_key_set(document: bytes) -> KeySet:
    """Returns the keys of a JWK Set of at most 100 keys. Raises ValueError if it is none.

    A byte order mark before it is ignored, as RFC 8259 section 8.1 allows.
    """
    members = _members(read_object(document.removeprefix(codecs.BOM_UTF8)))
    keys: dict[tuple[str, str | None], list[Any]] = {}
    left_out: list[SkippedKey] = []
    for jwk in members:
        try:
            algorithm, kid, key = _read_key(jwk)
        except UnusableKeyError as problem:
            left_out.append(SkippedKey(_name(jwk), str(problem)))
        else:
            keys.setdefault((algorithm, kid), []).append(key)
    return KeySet(keys, left_out)


def _members(document: Mapping[str, Any]) -> list[Any]:
    members = document.get("keys")
    if isinstance(members, list):
        if len(members) > MAX_KEYS:
            raise ValueError(f"more than {MAX_KEYS} keys")
        return members
    address = document.get("jwks_uri")  # OpenID Connect Discovery 1.0 section 3
    if isinstance(address, str):
        raise ValueError(f"this is a discovery document; set JwksUrl to {address}")
    raise ValueError("no list of keys")


def _name(jwk: Any) -> str | None:
    kid = jwk.get("kid") if isinstance(jwk, dict) else None
    return None if kid is None else str(kid)


def _read_key(jwk: Any) -> tuple[str, str | None, Any]:
    """Returns the algorithm, the `kid` and the key of a JWK. A member that is null counts as absent."""
    if not isinstance(jwk, dict):
        raise UnusableKeyError("no key")
    kind, kid = jwk.get("kty"), jwk.get("kid")
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise _unusable("kty", kind)
    if kid is not None and not isinstance(kid, str):
        raise _unusable("kid", kid)
    algorithm, names = _MEMBERS[kind]
    _check_use(jwk, algorithm)
    public = {name: jwk.get(name) for name in names}
    if kind in _CURVES and public["crv"] != _CURVES[kind]:
        raise _unusable("crv", public["crv"])
    for name, value in public.items():
        if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
            raise UnusableKeyError(f"{name} is not base64url without padding")
    return algorithm, kid, _public_key({"kty": kind, **public}, algorithm)


def _check_use(jwk: Mapping[str, Any], algorithm: str) -> None:
    use, operations, named = jwk.get("use"), jwk.get("key_ops"), jwk.get("alg")
    if use is not None and use != "sig":
        raise _unusable("use", use)
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        raise UnusableKeyError("key_ops without verify")
    if named not in (None, "", algorithm, *(ED25519 if algorithm in ED25519 else ())):
        raise _unusable("alg", named)


def _public_key(jwk: dict[str, Any], algorithm: str) -> Any:
    try:
        key = jwt.PyJWK(jwk, algorithm).key
    except (jwt.PyJWTError, ValueError):
        raise UnusableKeyError("no valid public key") from None
    if jwk["kty"] == "RSA" and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise UnusableKeyError(f"RSA of {key.key_size} bits")
    return key


def _unusable(member: str, value: Any) -> UnusableKeyError:
    return UnusableKeyError(f"{member} {shown(value)}")
