"""Checks size, header and signature of a token. Claims are read only after the signature is verified."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from domain.strict_json import read_object
from domain.token_errors import InvalidTokenError, Reason

MAX_TOKEN_BYTES = 8 * 1024
MAX_KID_BYTES = 128

# RFC 7515 section 7.1: three base64url parts without padding.
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Tokens that are not signed, by their form. Opaque: the characters of a bearer token (RFC 6750 section 2.1) without
# a dot, or with one and no JSON header before it, as Google's. Encrypted: five parts (RFC 7516 section 7.1), of which a
# direct key leaves the second empty. Unsigned: an empty signature (RFC 7519 section 6.1).
_OTHER_FORMS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    ("opaque", re.compile(r"((?!eyJ)[A-Za-z0-9_~+/-]+\.)?[A-Za-z0-9_~+/-]+=*")),
    ("encrypted", re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+){3}")),
    ("unsigned", re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.")),
)
# `crit` names extensions that a verifier must understand (RFC 7515 section 4.1.11), and this one supports none.
# `b64` (RFC 7797) changes the signed content. Both are refused. Headers that bring their own key (`jku`, `jwk`,
# `x5u`, `x5c`) are ignored (RFC 8725 section 3.10).
_REFUSED_HEADERS = ("crit", "b64")

# PyJWS verifies signatures and nothing else. Above it, PyJWT's decode would read the clock.
_JWS = jwt.PyJWS(["RS256", "ES256", "HS256", "EdDSA"], {"verify_signature": True, "enforce_minimum_key_length": True})
# PyJWT (read at 2.15.1) does not know the algorithm by its newer name (RFC 9864).
_JWS.register_algorithm("Ed25519", jwt.get_algorithm_by_name("EdDSA"))


class VerificationKeys(Protocol):
    """A source of keys: a JWKS or a list of secrets, never both (RFC 8725 section 3.1)."""

    @property
    def algorithms(self) -> frozenset[str]:
        """The only values of `alg` that are accepted, all of one family."""

    def candidates(self, algorithm: str, kid: str | None) -> Sequence[Any]:
        """Returns the keys to try, likeliest first; none if the key is unknown. Raises KeysUnavailableError."""


@dataclass(frozen=True, slots=True)
class Header:
    """The parts of a token's header that are used: algorithm, key id, and type."""

    algorithm: str
    kid: str | None
    typ: str | None


def verified_content(token: str, keys: VerificationKeys) -> tuple[bytes, str | None]:
    """Returns the payload and the header's `typ` of a token signed with one of `keys`. Raises InvalidTokenError."""
    header = read_header(token, keys.algorithms)
    candidates = keys.candidates(header.algorithm, header.kid)
    if not candidates:
        raise InvalidTokenError("unknown_key", algorithm=header.algorithm)
    for key in candidates:
        payload = _payload(token, key, header.algorithm)
        if payload is not None:
            return payload, header.typ
    raise InvalidTokenError("bad_signature", algorithm=header.algorithm)


def read_header(token: str, algorithms: frozenset[str]) -> Header:
    """Returns the header of a token of at most 8 KB, in compact serialisation. Raises InvalidTokenError."""
    members = _header_members(_header_part(token))
    for name in _REFUSED_HEADERS:
        if name in members:
            raise InvalidTokenError("unsupported_header", header=name)
    algorithm = members.get("alg")
    if not isinstance(algorithm, str):
        raise InvalidTokenError("malformed", header="alg", expected="a string")
    if algorithm not in algorithms:
        raise InvalidTokenError("wrong_algorithm", header="alg", expected=" ".join(sorted(algorithms)))
    return Header(algorithm, _kid(members), _text(members, "typ"))


def _kid(members: Mapping[str, Any]) -> str | None:
    kid = _text(members, "kid")
    if kid is not None and len(kid.encode(errors="surrogatepass")) > MAX_KID_BYTES:
        raise InvalidTokenError("too_large", header="kid", limit=MAX_KID_BYTES)
    return kid


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidTokenError("malformed", header=name, expected="a string")
    return value


def _header_part(token: str) -> str:
    if not token:
        raise InvalidTokenError("missing")
    if not isinstance(token, str):
        raise InvalidTokenError("malformed", part="token")
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidTokenError("too_large", size=len(token), limit=MAX_TOKEN_BYTES)
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise InvalidTokenError(_form(token), part="token", expected="header.claims.signature")
    return match[1]


def _form(token: str) -> Reason:
    return next((reason for reason, form in _OTHER_FORMS if form.fullmatch(token)), "malformed")


def _header_members(part: str) -> dict[str, Any]:
    try:
        return read_object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        raise InvalidTokenError("malformed", part="header") from None


def _payload(token: str, key: Any, algorithm: str) -> bytes | None:
    try:
        payload = _JWS.decode_complete(token, key, [algorithm])["payload"]
    except jwt.InvalidSignatureError:
        return None
    except jwt.PyJWTError:
        raise InvalidTokenError("malformed", part="token") from None
    return bytes(payload)
