"""The senders of webhooks: each has its own secrets, and the users for whom it may report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.strict_json import read_list
from domain.webhook_signature import SignedMessage, read_secret

MAX_SENDERS = 50
MAX_SECRETS = 4  # of one sender: the old one and the new one, and one more for a rotation that was left half done


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """A sender. It may report for `users`, and for each user whose id begins with `user_prefix`."""

    name: str
    secrets: tuple[bytes, ...] = field(repr=False)
    users: frozenset[str] = frozenset()
    user_prefix: str | None = None

    def may_report_for(self, user_id: str) -> bool:
        is_prefixed = self.user_prefix is not None and user_id.startswith(self.user_prefix)
        return is_prefixed or user_id in self.users

    def has_signed(self, message: SignedMessage) -> bool:
        """Returns True if one of the secrets signed the message; all of them are tried."""
        return any([message.is_signed_with(secret) for secret in self.secrets])


def read_senders(text: str) -> tuple[WebhookSender, ...]:
    """Reads the form kept in Secrets Manager: a JSON list of `{name, secrets, users, userPrefix}`.

    Raises ValueError, which names a sender by its position and never shows a secret.
    """
    found = read_list(text.encode())
    if not 1 <= len(found) <= MAX_SENDERS:
        raise ValueError(f"must be a list of 1 to {MAX_SENDERS} senders")
    return tuple(_sender(one, index) for index, one in enumerate(found))


def _sender(given: Any, index: int) -> WebhookSender:
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError(f"sender {index}: needs a name")
    users, prefix = given.get("users", []), given.get("userPrefix")
    if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
        raise ValueError(f"sender {index}: users must be a list of texts")
    if prefix is not None and not isinstance(prefix, str):
        raise ValueError(f"sender {index}: userPrefix must be a text")
    if not users and prefix is None:
        raise ValueError(f"sender {index}: needs users or userPrefix")
    return WebhookSender(name, _secrets(given.get("secrets"), index), frozenset(users), prefix)


def _secrets(given: Any, index: int) -> tuple[bytes, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_SECRETS:
        raise ValueError(f"sender {index}: secrets must be a list of 1 to {MAX_SECRETS}")
    try:
        return tuple(read_secret(one) for one in given)
    except ValueError as problem:
        raise ValueError(f"sender {index}: a secret {problem}") from None
