"""The kind of a token: an issuer signs more than access tokens, and only those are made for an API (RFC 8725 §3.12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from domain.token_errors import InvalidTokenError, shown

Kind = Literal["access", "id", "machine"]
KINDS: frozenset[Kind] = frozenset(get_args(Kind))
DEFAULT_KINDS: frozenset[Kind] = frozenset({"access"})

# The claims that name a token's use: Cognito's, Simple JWT's, Flask-JWT-Extended's and Glewlwyd's, Keycloak's.
_USE_CLAIMS = ("token_use", "token_type", "type", "typ")
# Their values, in lower case. `bearer` and `dpop` are types of access tokens (RFC 6749 §7.1, RFC 9449 §5).
_USES: Mapping[str, Kind] = {
    "access": "access",
    "access_token": "access",
    "at+jwt": "access",
    "bearer": "access",
    "dpop": "access",
    "id": "id",
    "id_token": "id",
}
# RFC 8693 §3: token types as URNs.
_USE_PREFIX = "urn:ietf:params:oauth:token-type:"
# `JWT` means that the token is a JWT (RFC 7519 §5.1), of any kind.
_UNMARKED = frozenset({"", "jwt"})
# OpenID Connect Core §3.1.3.6 and §3.3.2.11, FAPI 1.0 part 2 §5.1: hashes of what was issued beside an ID token.
_HASH_CLAIMS = ("at_hash", "c_hash", "s_hash")
# The claims in which issuers name the client of a token (RFC 9068 §2.2, OpenID Connect Core §2, Okta).
_CLIENT_CLAIMS = ("client_id", "azp", "cid")
# Auth0 makes the subject of a machine's token of the client's id and this.
_AUTH0_MACHINE = "@clients"


def read_kinds(text: str) -> frozenset[Kind]:
    """Returns the kinds that `text` names, separated by commas. Raises ValueError for any other word."""
    words = {word.strip() for word in text.split(",")}
    if not words <= KINDS:
        raise ValueError(f"token kinds are {', '.join(sorted(KINDS))}; got {text!r}")
    return frozenset(kind for kind in KINDS if kind in words)


@dataclass(frozen=True, slots=True)
class Mark:
    """A header or claim that shows the kind of a token; `kind` is None for a kind that is never accepted."""

    kind: Kind | None
    evidence: Mapping[str, str]


def check_kind(typ: str | None, claims: Mapping[str, Any], kinds: frozenset[Kind]) -> None:
    """Refuses a token that is marked as of another kind than `kinds`. A token without any mark passes.

    `typ` is that of the header. Raises InvalidTokenError with the reason `wrong_token_kind`.
    """
    expected = " or ".join(sorted(kinds - {"machine"}))
    marks = [*_named_kinds(typ, claims)]
    marks += (Mark("id", {"claim": name, "came": "present"}) for name in _HASH_CLAIMS if claims.get(name) is not None)
    # Keycloak before 25 has a nonce in access tokens, too.
    if claims.get("nonce") is not None and all(mark.kind != "access" for mark in marks):
        marks.append(Mark("id", {"claim": "nonce", "came": "present"}))
    marks += _machines(claims)
    for mark in marks:
        if mark.kind == "machine" and "machine" not in kinds:
            raise InvalidTokenError("wrong_token_kind", expected="a user, not the client itself", **mark.evidence)
        if mark.kind not in kinds:
            raise InvalidTokenError("wrong_token_kind", expected=expected, **mark.evidence)


def _named_kinds(typ: str | None, claims: Mapping[str, Any]) -> Iterator[Mark]:
    """Yields the marks of `typ` (RFC 9068 §2.1), `events` (RFC 8417 §2.2, never in access tokens) and of use claims."""
    named = (typ or "").lower().removeprefix("application/")
    if named not in _UNMARKED:
        yield Mark("access" if named == "at+jwt" else None, {"header": "typ", "came": typ or ""})
    if claims.get("events") is not None:
        yield Mark(None, {"claim": "events", "came": "present"})
    for name in _USE_CLAIMS:
        use = claims.get(name)
        if use is None:
            continue
        came = use if isinstance(use, str) else shown(use)
        text = came.lower().removeprefix(_USE_PREFIX)
        if text not in _UNMARKED:
            yield Mark(_USES.get(text), {"claim": name, "came": came})


def _machines(claims: Mapping[str, Any]) -> Iterator[Mark]:
    """Yields a mark if the subject is the client's id: the machine would become a user of that name (RFC 9068 §5)."""
    subject = claims.get("sub")
    for name in _CLIENT_CLAIMS:
        client = claims.get(name)
        if isinstance(client, str) and subject in (client, client + _AUTH0_MACHINE):
            yield Mark("machine", {"claim": "sub", "came": f"the same as {name}"})
