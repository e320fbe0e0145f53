"""The HS256 secrets in a secret of Secrets Manager."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from infra.tokens.key_cache import KeyCache
from infra.tokens.secret_text import parsed
from infra.tokens.shared_secrets import SharedSecrets


class StoredSecrets:
    """Secrets as `read` returns them: a JSON list of strings, oldest first (see SharedSecrets).

    Reads at first use and again after 300 s, so a new secret may sign five minutes after it was appended.
    `read` raises KeysUnavailableError if it fails; a text that is no such list counts as a failure too. The last
    valid list is used for an hour at most. `clock` counts seconds and never goes back.
    """

    algorithms = SharedSecrets.algorithms

    def __init__(self, read: Callable[[], str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache = KeyCache(lambda: parsed(read, SharedSecrets.from_json), clock=clock)

    def candidates(self, algorithm: str, kid: str | None) -> Sequence[bytes]:
        """Returns all secrets, newest first. Raises KeysUnavailableError."""
        return self._cache.current().candidates(algorithm, kid)
