"""Requests for tokens to the local identity provider, and their validation."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 4096
MAX_USER_LENGTH = 256
MAX_LIFETIME_SECONDS = 30 * 24 * 3600

# Each field, with the test of its value and the rule for it.
FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "user": (
        lambda value: isinstance(value, str) and 1 <= len(value) <= MAX_USER_LENGTH,
        f"must be a string of 1 to {MAX_USER_LENGTH} characters",
    ),
    "lifetimeSeconds": (
        lambda value: type(value) is int and abs(value) <= MAX_LIFETIME_SECONDS,
        f"must be an integer, at most {MAX_LIFETIME_SECONDS}",
    ),
    "scope": (
        lambda value: value is None or isinstance(value, str),
        "must be a string of scopes with spaces between them",
    ),
    "notBefore": (
        lambda value: value is None or (type(value) is int and value >= 0),
        "must be an integer, in seconds since 1970",
    ),
    "claims": (lambda value: isinstance(value, dict), "must be an object"),
}


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
    given = {"user": None, **asked}
    for name, (is_valid, rule) in FIELDS.items():
        if name in given and not is_valid(given[name]):
            raise InvalidTokenRequestError(name, rule)
    return TokenRequest(
        user=given["user"],
        lifetime_seconds=given.get("lifetimeSeconds", 3600),
        scope=given.get("scope"),
        not_before=given.get("notBefore"),
        claims=given.get("claims", {}),
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
