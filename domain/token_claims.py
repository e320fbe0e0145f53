"""The rule for the claims of a token, pure: `now` is an argument."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.strict_json import read_object
from domain.token_errors import InsufficientScopeError, InvalidTokenError, shown
from domain.token_kind import DEFAULT_KINDS, KINDS, Kind, check_kind
from domain.user_id import EXPECTED, is_user_id

MAX_LEEWAY_SECONDS = 30
NO_AUDIENCE = "none"

# 9999-12-31T23:59:59Z: the last second that RFC 3339 can write, and every time on the wire is RFC 3339.
_LAST_SECOND = 253_402_300_799
_TIME_EXPECTED = "seconds since 1970"


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """The user of a token. `expires_at`, in epoch milliseconds, is `exp` and the leeway.

    From that moment on, verify() refuses the same token. A new connection is therefore never expired already.
    """

    user_id: str
    expires_at: int
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class ClaimsRule:
    """Judges the claims of tokens whose signature has been verified.

    Every token must carry `scope`; None asks for no scope. `user_claim` names the claim that is the user's id.
    `audience_claim` names the claim that must hold `audience`; None means `aud`, else `client_id`. NO_AUDIENCE asks for
    none: only for an issuer whose keys sign for this API alone. `leeway_seconds` (0 to 30) is for clocks that differ.
    Raises ValueError for a rule that would accept too much.
    """

    issuer: str
    audience: str
    leeway_seconds: int = MAX_LEEWAY_SECONDS
    scope: str | None = None
    kinds: frozenset[Kind] = DEFAULT_KINDS
    user_claim: str = "sub"
    audience_claim: str | None = None

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise ValueError("issuer and audience must be given, or any application's token would do")
        if not 0 <= self.leeway_seconds <= MAX_LEEWAY_SECONDS:
            raise ValueError(f"leeway_seconds must be from 0 to {MAX_LEEWAY_SECONDS}")
        if not self.kinds <= KINDS or not self.kinds - {"machine"}:
            raise ValueError("kinds must be access, id or both, and may add machine")

    def judge(self, payload: bytes, now: float, typ: str | None = None) -> VerifiedToken:
        """Returns the user of a token with these claims (JSON, RFC 7519) and the header `typ` at `now`.

        `now` is in epoch seconds. Raises InvalidTokenError, InsufficientScopeError last.
        """
        claims = _read(payload)
        self._check_issuer(claims)
        check_kind(typ, claims, self.kinds)
        self._check_audience(claims)
        expires = self._check_times(claims, now)
        verified = VerifiedToken(self._user_id(claims), math.ceil(expires * 1000), _scopes(claims))
        if self.scope is not None and self.scope not in verified.scopes:
            came = " ".join(sorted(verified.scopes))
            raise InsufficientScopeError(verified.user_id, expected=self.scope, came=came)
        return verified

    def _check_issuer(self, claims: Mapping[str, Any]) -> None:
        """Compares `iss` exactly (RFC 8725 section 3.8)."""
        issuer = _required(claims, "iss", expected=self.issuer)
        if not isinstance(issuer, str):
            raise _malformed("iss", "a string", issuer)
        if issuer != self.issuer:
            raise InvalidTokenError("wrong_issuer", claim="iss", expected=self.issuer, came=issuer)

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        """Compares `aud` exactly (RFC 8725 section 3.9), or `client_id` if there is no `aud`.

        So do API Gateway's own JWT authorizers (Developer Guide, "Control access to HTTP APIs with JWT authorizers");
        an access token of Cognito has no `aud`.
        """
        if self.audience_claim == NO_AUDIENCE:
            return
        has_client_alone = claims.get("aud") is None and claims.get("client_id") is not None
        name = self.audience_claim or ("client_id" if has_client_alone else "aud")
        _required(claims, name, expected=self.audience)
        audiences = _strings(claims, name)
        if self.audience not in audiences:
            raise InvalidTokenError("wrong_audience", claim=name, expected=self.audience, came=" ".join(audiences))

    def _check_times(self, claims: Mapping[str, Any], now: float) -> float:
        """Returns the end of the token: `exp` and the leeway.

        Raises InvalidTokenError from then on, and before `nbf` or `iat` less the leeway (RFC 7519 section 4.1).
        """
        _required(claims, "exp", expected=_TIME_EXPECTED)
        expires = _numeric_date(claims, "exp")
        ends = min(expires + self.leeway_seconds, _LAST_SECOND)
        if now >= ends:
            raise InvalidTokenError("expired", claim="exp", secondsAgo=math.ceil(now - expires))
        for name in ("nbf", "iat"):
            if name in claims and now < _numeric_date(claims, name) - self.leeway_seconds:
                raise InvalidTokenError("not_yet_valid", claim=name, secondsToGo=math.ceil(claims[name] - now))
        return ends

    def _user_id(self, claims: Mapping[str, Any]) -> str:
        user_id = _required(claims, self.user_claim, expected=EXPECTED)
        if not is_user_id(user_id):
            raise InvalidTokenError("bad_subject", claim=self.user_claim, expected=EXPECTED, came=shown(user_id))
        return str(user_id)


def _read(payload: bytes) -> dict[str, Any]:
    try:
        return read_object(payload)
    except ValueError as error:
        raise InvalidTokenError("malformed", part="claims", problem=str(error)) from None


def _required(claims: Mapping[str, Any], name: str, *, expected: str) -> Any:
    value = claims.get(name)
    if value is None:
        raise InvalidTokenError("missing_claim", claim=name, expected=expected)
    return value


def _malformed(name: str, expected: str, value: Any) -> InvalidTokenError:
    return InvalidTokenError("malformed", claim=name, expected=expected, came=shown(value))


def _numeric_date(claims: Mapping[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_SECOND:
        raise _malformed(name, _TIME_EXPECTED, value)
    return value


def _strings(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims[name]
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise _malformed(name, "a string or a list of strings", value)
    return values


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """Returns `scope`, split at spaces (RFC 8693 section 4.2), else `scp`: a list (Okta) or a string (Entra ID)."""
    name = "scope" if claims.get("scope") is not None else "scp"
    if claims.get(name) is None:
        return frozenset()
    return frozenset(scope for text in _strings(claims, name) for scope in text.split())
