"""Removes tokens and other secrets from text that the console or the inspector shows. Pure."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "(hidden)"

# RFC 7519: a signed JWT is three base64url parts with dots between them, and its header begins with `{"`.
_JWT = re.compile(r"eyJ[\w.-]*")
# RFC 6750's header, and the subprotocol that browsers use instead.
_BEARER = re.compile(r"\b(bearer(?:[ .]|%20))[^\s\"',;\\&]+", re.IGNORECASE)
_NAMES = r"[\w-]*token|(?:proxy-)?authorization|(?:set-)?cookie|(?:x-)?api[_-]?key|password|[\w-]*secret"
_QUERY = re.compile(rf"([?&](?:{_NAMES})=)[^&\s\"'\\#]+", re.IGNORECASE)
# In JSON, and in JSON that is a string of JSON: there a quotation mark has backslashes. A value that was cut off ends
# with the text.
_FIELD = re.compile(
    rf"""(?<!\\)(?P<start>(?P<mark>\\{{0,15}}")(?:{_NAMES})(?P=mark)\s*:\s*)"""
    rf"""(?:\[[^\]]*(?:\]|\Z)|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|(?P=mark).*?(?:(?<!\\)(?P=mark)|\Z))""",
    re.IGNORECASE | re.DOTALL,
)
# Without one of these, no name can be such a name; looking for them costs a tenth of looking for the names.
_WORDS = ("token", "authorization", "cookie", "apikey", "api-key", "api_key", "password", "secret")
_SECRET_NAME = re.compile(rf"(?:{_NAMES})\Z", re.IGNORECASE)


def redacted(text: str) -> str:
    """Returns the text without JWTs, bearer tokens, and the values of fields and parameters with names of secrets."""
    folded = text.casefold()
    named = any(word in folded for word in _WORDS)
    if named:
        text = _FIELD.sub(rf"\g<start>\g<mark>{HIDDEN}\g<mark>", text)
    if "bearer" in folded:
        text = _BEARER.sub(rf"\1{HIDDEN}", text)
    if named:
        text = _QUERY.sub(rf"\1{HIDDEN}", text)
    return _JWT.sub(lambda found: HIDDEN if "." in found[0] else found[0], text) if "eyJ" in text else text


def is_secret(name: str) -> bool:
    """Returns True if a field of this name holds a secret."""
    return _SECRET_NAME.match(name) is not None


def redacted_value(value: Any) -> Any:
    """Returns a JSON value without secrets, at every depth."""
    if isinstance(value, dict):
        return {name: HIDDEN if is_secret(name) else redacted_value(one) for name, one in value.items()}
    if isinstance(value, list):
        return [redacted_value(one) for one in value]
    return redacted(value) if isinstance(value, str) else value
