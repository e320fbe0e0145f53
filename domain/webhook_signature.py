"""Signatures of Standard Webhooks (standard-webhooks specification 1.0, "Webhook headers" and "Signature scheme").

A sender signs `{webhook-id}.{webhook-timestamp}.{body}` with HMAC-SHA256.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "whsec_"
MIN_SECRET_BYTES = 24
MAX_SECRET_BYTES = 64
TOLERANCE_SECONDS = 300
MAX_SIGNATURES = 16
MAX_ID_CHARACTERS = 256
VERSION = "v1,"
EPOCH_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)


class UnsignedMessageError(Exception):
    """A message is not signed as it must be; the text is the reason, without any part of the message."""


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message whose signature is still to be verified. `signatures` are the bytes of those of version 1.

    `sent_at` is in epoch seconds. It is signed too, so a message that is sent again has the same time.
    """

    sent_at: int
    content: bytes
    signatures: tuple[bytes, ...]

    def is_signed_with(self, secret: bytes) -> bool:
        """Returns True if one of the signatures is of this secret. The time does not depend on the signatures."""
        expected = hmac.digest(secret, self.content, "sha256")
        return any([hmac.compare_digest(expected, one) for one in self.signatures])


def read_message(headers: Mapping[str, str], body: bytes, now: int) -> SignedMessage:
    """Returns the message of a request; `headers` have lower-case names, `now` is in epoch seconds.

    Raises UnsignedMessageError without the three headers. It also raises it for a time more than five minutes away:
    another party may have sent the message again.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 1 <= len(message_id) <= MAX_ID_CHARACTERS:
        raise UnsignedMessageError("webhook-id is missing or too long")
    if not EPOCH_SECONDS.fullmatch(timestamp):
        raise UnsignedMessageError("webhook-timestamp must be in epoch seconds")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise UnsignedMessageError("webhook-timestamp is more than 5 minutes away")
    signatures = headers.get("webhook-signature", "").split(" ")[:MAX_SIGNATURES]
    found = tuple(_decoded(one.removeprefix(VERSION)) for one in signatures if one.startswith(VERSION))
    if not found:
        raise UnsignedMessageError("webhook-signature has no signature of version v1")
    content = b".".join([message_id.encode(errors="replace"), timestamp.encode(), body])
    return SignedMessage(int(timestamp), content, found)


def read_secret(text: object) -> bytes:
    """Returns the key in `whsec_` and base64. Raises ValueError, whose text has no part of the secret."""
    if not isinstance(text, str) or not text.startswith(PREFIX):
        raise ValueError(f"must begin with {PREFIX}")
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"must be base64 after {PREFIX}") from None
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError(f"must have {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes")
    return key


def _decoded(text: str) -> bytes:
    """Returns the bytes of a signature; none for another text, which equals no signature."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
