"""Requests for tokens to the local identity provider, and their validation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 4096
MAX_USER_LENGTH = 256
MAX_LIFETIME_SECONDS = 30 * 24 * 3600

FIELDS = ("user", "lifetimeSeconds", "scope", "notBefore", "claims")


class InvalidTokenRequestError(ValueError):
    """The request for a token is refused; `field` is the invalid field ("body" for all of it)."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a token. A negative lifetime makes an expired one."""

    user: str
    lifetime_seconds: int = 3600
    scope: str | None = None
    not_before: int | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


def read_token_request(body: bytes) -> TokenRequest:
    """Reads {"user", "lifetimeSeconds"?, "scope"?, "notBefore"?, "claims"?} from JSON of at most 4 KB.

    `lifetimeSeconds` is up to 30 days either way, `notBefore` epoch seconds (RFC 7519's NumericDate),
    `claims` an object of further claims, which win over the usual ones. Raises InvalidTokenRequestError.
    """
    asked = _object(body)
    for name in asked:
        if name not in FIELDS:
            raise InvalidTokenRequestError(name[:64], f"is not known; the fields are {', '.join(FIELDS)}")
    return TokenRequest(
        user=_user(asked.get("user")),
        lifetime_seconds=_lifetime(asked.get("lifetimeSeconds", 3600)),
        scope=_scope(asked.get("scope")),
        not_before=_not_before(asked.get("notBefore")),
        claims=_claims(asked.get("claims", {})),
    )


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BYTES:
        raise InvalidTokenRequestError("body", f"has more than {MAX_BYTES} bytes")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidTokenRequestError("body", "is not JSON") from None
    if not isinstance(asked, dict):
        raise InvalidTokenRequestError("body", "is not a JSON object")
    return asked


def _user(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_USER_LENGTH:
        raise InvalidTokenRequestError("user", f"must be a string of 1 to {MAX_USER_LENGTH} characters")
    return value


def _lifetime(value: Any) -> int:
    if type(value) is not int or abs(value) > MAX_LIFETIME_SECONDS:
        raise InvalidTokenRequestError("lifetimeSeconds", f"must be an integer, at most {MAX_LIFETIME_SECONDS}")
    return value


def _scope(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidTokenRequestError("scope", "must be a string of scopes with spaces between them")
    return value


def _not_before(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise InvalidTokenRequestError("notBefore", "must be an integer, in seconds since 1970")
    return value


def _claims(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidTokenRequestError("claims", "must be an object")
    return value
