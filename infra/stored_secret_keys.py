"""HS256 secrets that live in Secrets Manager and change there while this process goes on."""

import time
from collections.abc import Callable, Sequence

from infra.invalid_token import KeysUnavailable
from infra.key_cache import KeyCache
from infra.secret_keys import SecretKeys


class StoredSecretKeys:
    """Secrets as `read` returns them: a JSON list of strings, oldest first (see SecretKeys).

    Read when first needed and again after 300 s, so a new secret may sign five minutes after it was appended.
    `read` raises KeysUnavailable if it fails; a text that is no such list counts as a failure too. The last
    good list serves for an hour at most. `clock` counts seconds and never goes back.
    """

    algorithms = SecretKeys.algorithms

    def __init__(self, read: Callable[[], str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._cache = KeyCache(self._fetch, clock=clock)

    def candidates(self, algorithm: str, kid: str | None) -> Sequence[bytes]:
        """All secrets, newest first. Raises KeysUnavailable."""
        return self._cache.current().candidates(algorithm, kid)

    def _fetch(self) -> SecretKeys:
        try:
            return SecretKeys.from_json(self._read())
        except ValueError as error:
            raise KeysUnavailable(problem=str(error)) from None
