"""The senders of webhooks, in a secret of Secrets Manager."""

from __future__ import annotations

from collections.abc import Callable

from domain.webhook_sender import WebhookSender, read_senders
from domain.webhook_signature import SignedMessage
from infra.tokens.key_cache import KeyCache
from infra.tokens.secret_text import parsed


class StoredSenders:
    """Senders as `read` returns them (see `read_senders`), read at first use and again after 300 s.

    A signature of no known secret may be of a newer one, so it causes an early read, at most once in 30 s. A new secret
    therefore counts soon after it was added. `read` raises KeysUnavailableError if it fails; a text that is no list of
    senders counts as a failure too.
    """

    def __init__(self, read: Callable[[], str]) -> None:
        self._cache = KeyCache(lambda: parsed(read, read_senders))

    def sender_of(self, message: SignedMessage) -> WebhookSender | None:
        """Returns the sender that signed a message, None if there is none. Raises KeysUnavailableError."""
        signed = self._cache.search(lambda senders: [one for one in senders if one.has_signed(message)], early=True)
        return signed[0] if signed else None
