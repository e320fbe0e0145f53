"""The parts of messages, events and results that the inspector keeps, without JWTs. Pure."""

from __future__ import annotations

from local_emulator.awslambda.payload import Payload
from local_emulator.redaction import redacted

MAX_CHARS = 64 * 1024


def kept_text(text: str) -> str:
    """Returns the kept part of a message or a result: its beginning, without JWTs. The view hides other secrets."""
    if len(text) > MAX_CHARS:
        text = _beginning(text)
    # Looking for one letter costs a tenth of looking for three.
    return redacted(text) if "J" in text and "eyJ" in text else text


def kept_event(payload: Payload) -> Payload:
    """Returns the kept part of a function's event: its beginning, without tokens."""
    return Payload(redacted(_beginning(payload.text)))


def kept_answer(answer: Payload) -> Payload:
    """Returns the kept part of a function's answer: its beginning, without JWTs."""
    text = kept_text(answer.text)
    return answer if text is answer.text else Payload(text)


def _beginning(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    return f"{text[:MAX_CHARS]}… and {len(text) - MAX_CHARS} more characters"
