"""The gateway's management API: send to a connection, close a connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum

from infra.gateway.credentials import Credentials
from infra.gateway.sender.engine import Engine
from infra.gateway.sender.outcome import NoResponse, Outcome
from infra.gateway.sender.timeouts import Timeouts
from infra.telemetry import log

CALL_SECONDS = 6.0  # for one call with all its tries, unless the caller gives another limit
GONE, TOO_MANY_REQUESTS = 410, 429


class Delivery(Enum):
    """The outcome of one send or close."""

    DELIVERED = "delivered"
    GONE = "gone"  # 410: the gateway has no such connection (any more, or not yet)
    REFUSED = "refused"  # 429 at the last try: the client reads nothing, or the account's request rate is exceeded
    UNSENT = "unsent"  # no connection to the gateway could be opened: it did not arrive
    FAILED = "failed"  # anything else: it may have arrived

    @property
    def is_failure(self) -> bool:
        return self in (Delivery.REFUSED, Delivery.UNSENT, Delivery.FAILED)


class ManagementApi:
    """Sends and closes through API Gateway's `@connections`, from any thread.

    `credentials` is called before each call, so that a rotated key is used. Temporary failures are retried while there
    is time (infra/gateway/sender/retry_policy.py). `url` ends with the stage; `roots` is a PEM file of root
    certificates, None for the system's.
    Source of the responses: API Gateway Management API reference, PostToConnection and DeleteConnection.
    """

    def __init__(
        self,
        url: str,
        region: str,
        credentials: Callable[[], Credentials],
        roots: str | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._engine = Engine(url, region, roots, timeouts)
        self._credentials = credentials

    def send(self, connection_id: str, data: bytes, within: float = CALL_SECONDS) -> Delivery:
        [delivery] = self._call("POST", [(connection_id, data)], within)
        return delivery

    def send_all(self, sends: Sequence[tuple[str, bytes]], within: float = CALL_SECONDS) -> list[Delivery]:
        """Sends each (connection id, data) concurrently; returns the outcomes in the order of the sends.

        Returns after `within` seconds at the latest.
        """
        return self._call("POST", sends, within) if sends else []

    def close(self, connection_id: str, within: float = CALL_SECONDS) -> Delivery:
        """Closes a connection; the gateway's code is always 1000."""
        [delivery] = self.close_all([connection_id], within)
        return delivery

    def close_all(self, connection_ids: Sequence[str], within: float = CALL_SECONDS) -> list[Delivery]:
        """Closes each connection concurrently; returns the outcomes in the order of the ids."""
        closes = [(connection_id, b"") for connection_id in connection_ids]
        return self._call("DELETE", closes, within) if closes else []

    def _call(self, method: str, sends: Sequence[tuple[str, bytes]], within: float) -> list[Delivery]:
        """Sends the requests; logs the reasons of failures once for all of them."""
        outcomes = self._engine.call(method, sends, self._credentials(), within)
        deliveries = [_delivery(outcome) for outcome in outcomes]
        failed = [outcome for outcome, delivery in zip(outcomes, deliveries, strict=True) if delivery.is_failure]
        reasons = Counter(str(getattr(outcome, "value", outcome)) for outcome in failed)
        if reasons:
            log("sends_failed", method=method, sends=len(sends), reasons=dict(reasons))
        return deliveries


def _delivery(outcome: Outcome) -> Delivery:
    """Returns the outcome; a 410 counts with or without the `x-amzn-ErrorType` that SDKs require."""
    if outcome == GONE:
        return Delivery.GONE
    if outcome == TOO_MANY_REQUESTS:
        return Delivery.REFUSED
    if outcome in (NoResponse.UNREACHABLE, NoResponse.UNTRUSTED):
        return Delivery.UNSENT
    delivered = not isinstance(outcome, NoResponse) and 200 <= outcome < 300
    return Delivery.DELIVERED if delivered else Delivery.FAILED
