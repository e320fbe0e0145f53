"""The refusals of a token, with reasons that are safe to log.

- InvalidTokenError: the token is refused; the handshake answers 401.
- InsufficientScopeError, a subclass: the token is valid, but lacks the required scope; the handshake answers 403.
- KeysUnavailableError, a subclass: no key was available to verify the token with.
"""

import json
from typing import Literal

Reason = Literal[
    "missing",
    "too_large",
    "opaque",
    "encrypted",
    "unsigned",
    "malformed",
    "unsupported_header",
    "wrong_algorithm",
    "unknown_key",
    "bad_signature",
    "wrong_token_kind",
    "missing_claim",
    "wrong_issuer",
    "wrong_audience",
    "expired",
    "not_yet_valid",
    "bad_subject",
    "insufficient_scope",
    "keys_unavailable",
]

Evidence = str | int | float

MAX_EVIDENCE_CHARACTERS = 160


class InvalidTokenError(Exception):
    """A token is refused.

    `reason` is one of a fixed set of codes, fit for a metric's dimension. `evidence` has details by name: the `claim`,
    `header` or `part`, the `expected` value, a size, seconds. The value that `came` is there only once the signature
    was verified: before that, anyone may have written the token. It never holds the token or its signature. Strings in
    it are printable ASCII of at most 160 characters.
    """

    def __init__(self, reason: Reason, **evidence: Evidence) -> None:
        self.reason: Reason = reason
        self.evidence = {
            name: printable(value) if isinstance(value, str) else value for name, value in evidence.items()
        }
        super().__init__(reason, self.evidence)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.evidence.items())
        return f"{self.reason} ({details})" if details else self.reason


class InsufficientScopeError(InvalidTokenError):
    """The token of `user_id` lacks the scope that this deployment requires (RFC 6750, section 3.1)."""

    def __init__(self, user_id: str, *, expected: str, came: str) -> None:
        super().__init__("insufficient_scope", expected=expected, came=came)
        self.user_id = user_id


class KeysUnavailableError(InvalidTokenError):
    """No key is available: the provider is down or slow, or its answer is invalid.

    It is no judgement of the token, so alarms should count it apart from refusals.
    """

    def __init__(self, **evidence: Evidence) -> None:
        super().__init__("keys_unavailable", **evidence)


def shown(value: object) -> str:
    """Returns a JSON value as evidence shows it: text and numbers as JSON, of anything else the name of its type."""
    return json.dumps(value) if isinstance(value, str | int | float) else type(value).__name__


def printable(text: str) -> str:
    """Returns `text` as printable ASCII of bounded length, fit for a log."""
    return ascii(text)[1:-1][:MAX_EVIDENCE_CHARACTERS]
