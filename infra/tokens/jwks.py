"""The public keys of an identity provider: RS256, ES256 and Ed25519, looked up in its JWKS by `kid`.

PyJWKClient of PyJWT (read at 2.15.1) is not used, for these reasons. It bounds each
operation of a socket instead of the whole fetch, and reads answers of any size. It pauses only after fetches that
succeeded, so every token asks a provider that is down. It holds its lock while it waits for the network. It drops keys
as they expire, also if it cannot fetch newer ones. It takes no clock.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from domain.token_errors import KeysUnavailableError, printable
from infra.telemetry import log
from infra.tokens.jwks_download import TIMEOUT_SECONDS, Download, check_url
from infra.tokens.key_cache import KeyCache
from infra.tokens.key_set import ALGORITHMS, KeySet, SkippedKey, read_key_set


class JwksKeys:
    """Keys of the JWKS at `url` (https, or http on loopback; else ValueError).

    Fetched when first needed, again after 300 s, and when a `kid` is unknown. An unknown `kid` causes one fetch per
    30 s, and one earlier, since some issuers publish a key when they first sign with it. A fetch has at most 3 s and
    256 KB. Keys are served for at most an hour while the provider gives none. Nothing is kept for a `kid` that is
    unknown. `clock` counts seconds and never goes back.
    """

    algorithms = ALGORITHMS

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 < timeout_seconds <= TIMEOUT_SECONDS:
            raise ValueError(f"timeout_seconds must be above 0 and at most {TIMEOUT_SECONDS:g}")
        self._url, self._timeout_seconds = check_url(url), timeout_seconds
        self._was_asked = False
        self._cache = KeyCache(self._fetch, wait_seconds=timeout_seconds, clock=clock)

    def candidates(self, algorithm: str, kid: str | None) -> Sequence[Any]:
        """Returns the keys to try; none if the provider does not know the `kid`. Raises KeysUnavailableError."""
        return self._cache.search(lambda keys: keys.find(algorithm, kid), early=kid is not None)

    def _fetch(self) -> KeySet:
        """Fetches the keys; logs a renewal that fails, because older keys stay in use."""
        is_renewal, self._was_asked = self._was_asked, True
        try:
            keys = self._read(past_caches=is_renewal)
        except KeysUnavailableError as failure:
            if is_renewal:
                log("keys_not_renewed", **failure.evidence)
            raise
        if keys.left_out:
            log("keys_left_out", host=self._url.netloc, keys=[_line(one) for one in keys.left_out])
        return keys

    def _read(self, past_caches: bool) -> KeySet:
        document = Download(self._url, self._timeout_seconds, past_caches=past_caches).result()
        try:
            return read_key_set(document)
        except ValueError as error:
            raise KeysUnavailableError(host=self._url.netloc, problem=str(error)) from None


def _line(key: SkippedKey) -> str:
    """Returns the `kid` and the reason as printable ASCII of bounded length."""
    return printable(f"{key.kid or 'without kid'}: {key.reason}")
