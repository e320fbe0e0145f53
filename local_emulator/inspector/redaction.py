"""Takes tokens and other secrets out of what the inspector keeps and shows. Pure."""

from __future__ import annotations

import re
from typing import Any

MOST_CHARS = 64 * 1024
HIDDEN = "(hidden)"

# RFC 7519: a signed JWT is three base64url parts, and its header begins with `{"`.
_JWT = re.compile(r"eyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?")
# RFC 6750's header, and the subprotocol that browsers use instead.
_BEARER = re.compile(r"\b(bearer(?:[ .]|%20))[^\s\"',;\\&]+", re.IGNORECASE)
_QUERY = re.compile(r"([?&](?:[\w-]*token|api[_-]?key|password|secret)=)[^&\s\"'\\#]+", re.IGNORECASE)
_NAMES = r"[\w-]*token|(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|api[_-]?key|password|[\w-]*secret"
# In JSON, and in JSON that is a string of JSON; a list of strings as one value.
_FIELD = re.compile(
    rf'(\\*"(?:{_NAMES})\\*"\s*:\s*)(?:\[[^\]]*\]|\\*"(?:[^"\\]|\\+[^"\\])*\\*")',
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(rf"(?:{_NAMES})\Z", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text without JWTs, bearer tokens, and the values of fields and parameters that are named like secrets."""
    text = _FIELD.sub(rf'\1"{HIDDEN}"', text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    return _JWT.sub(HIDDEN, text)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what nobody needs to see."""
    return _SECRET_NAME.match(name) is not None


def redacted_value(value: Any) -> Any:
    """A JSON value without secrets, at every depth."""
    if isinstance(value, dict):
        return {name: HIDDEN if is_secret(name) else redacted_value(one) for name, one in value.items()}
    if isinstance(value, list):
        return [redacted_value(one) for one in value]
    return redacted(value) if isinstance(value, str) else value


def kept_frame(text: str) -> str:
    """What is kept of a message: its beginning, without tokens. Other secrets are hidden when it is shown."""
    text = _beginning(text)
    return redacted(text) if "eyJ" in text or "oken" in text else text


def kept_event(text: str) -> str:
    """What is kept of a function's event: its beginning, without tokens.

    Events of messages have no headers (documented): a token in one is in the message, or a JWT in the context of the
    authorizer. All other events are looked through for everything.
    """
    text = _beginning(text)
    if text.startswith('{"requestContext"') and "eyJ" not in text and 'oken\\"' not in text:
        return text
    return redacted(text)


def _beginning(text: str) -> str:
    if len(text) <= MOST_CHARS:
        return text
    return f"{text[:MOST_CHARS]}… and {len(text) - MOST_CHARS} more characters"
