"""The sends of one call, and the outcome of each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence

from infra.gateway.credentials import Credentials
from infra.gateway.sender.endpoint import Endpoint
from infra.gateway.sender.outcome import NoResponse, Outcome
from infra.gateway.sender.sigv4 import PreparedRequest

MIN_TAKEN_SHARE = 0.75
FRESH_SECONDS = 60.0  # a prepared request is used so long: its signature is valid for five minutes


class Send:
    """One request under way; `tries` counts its writes to a connection."""

    __slots__ = ("batch", "body", "connection_id", "index", "restarted", "signed_at", "tries")

    def __init__(self, batch: SendBatch, index: int, connection_id: str, body: bytes) -> None:
        self.batch = batch
        self.index = index
        self.connection_id = connection_id
        self.body = body
        self.tries = 0
        self.restarted = False
        self.signed_at = 0.0

    def request(self, now: float) -> bytes:
        """Returns the bytes to write, signed for this moment."""
        prepared = self.batch.prepared(self.body, now)
        self.signed_at = prepared.at
        return prepared.to(self.connection_id)

    def settle(self, outcome: Outcome) -> None:
        self.batch.settle(self.index, outcome)


class SendBatch:
    """Settles every send exactly once: by a response, a failure or the deadline; then sets `done`.

    `deadline` is of the monotonic clock. Only the loop's thread may use it, except for `done`.
    """

    def __init__(
        self,
        method: str,
        sends: Sequence[tuple[str, bytes]],
        endpoint: Endpoint,
        region: str,
        credentials: Credentials,
        deadline: float,
    ) -> None:
        self.deadline = deadline
        self.done = threading.Event()
        self.timer: asyncio.TimerHandle | None = None
        self._method, self._endpoint, self._region, self._credentials = method, endpoint, region, credentials
        self._sends = sends
        self._outcomes: list[Outcome | None] = [None] * len(sends)
        self._left = len(sends)
        self._taken = 0
        self._prepared: dict[bytes, PreparedRequest] = {}

    def sends(self) -> Iterator[Send]:
        """Returns the sends; call it once, since they are not kept here."""
        return (Send(self, index, *send) for index, send in enumerate(self._sends))

    @property
    def over(self) -> bool:
        return not self._left

    @property
    def is_mostly_taken(self) -> bool:
        """Returns True if the gateway accepted so many requests that a refusal is not due to the account's rate."""
        return self._taken >= MIN_TAKEN_SHARE * len(self._sends)

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes in the order of the sends; a send that was never settled is out of time."""
        return [NoResponse.OUT_OF_TIME if outcome is None else outcome for outcome in self._outcomes]

    def prepared(self, body: bytes, now: float) -> PreparedRequest:
        prepared = self._prepared.get(body)
        if prepared is None or abs(now - prepared.at) > FRESH_SECONDS:
            prepared = PreparedRequest(self._method, self._endpoint, self._region, self._credentials, body, now)
            self._prepared[body] = prepared
        return prepared

    def settle(self, index: int, outcome: Outcome) -> None:
        """Records the outcome of a send, unless it has one or the time is over."""
        if self.over or self._outcomes[index] is not None:
            return
        self._outcomes[index] = outcome
        self._taken += not isinstance(outcome, NoResponse) and outcome < 300
        self._left -= 1
        if not self._left:
            self._finish()

    def give_up(self) -> None:
        """Ends the batch at its deadline."""
        if self._left:
            self._left = 0
            self._finish()

    def _finish(self) -> None:
        if self.timer:
            self.timer.cancel()
        self.done.set()
