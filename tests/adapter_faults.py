"""What can go wrong, or come between, at one call of an adapter: through botocore's own events, on the real clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from infra import bootstrap


class Died(BaseException):
    """The function ended here: killed, out of time, out of memory. No handler of exceptions sees that."""


@dataclass(frozen=True)
class Fault:
    """At the `nth` call (from 0) something happens: see `KINDS`. `meanwhile` names what comes between."""

    kind: str
    nth: int
    meanwhile: str = ""


KINDS = (
    "refused",  # DynamoDB throttles, the management API cannot be reached; nothing was done
    "unanswered",  # it was done, but the answer was lost
    "dies",  # the function ends before the call
    "between",  # somebody else does something before the call
)


class AdapterFaults:
    """Watches every call of the DynamoDB and the management client, and lets one fault at a time happen."""

    def __init__(self) -> None:
        self.happened = 0
        self._fault: Fault | None = None
        self._between: Callable[[str], None] = lambda name: None
        self._count = 0
        self._dead = False
        for client in (bootstrap._dynamodb(), bootstrap.management()._gateway):
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)

    def arm(self, fault: Fault | None, between: Callable[[str], None]) -> None:
        self._fault, self._between, self._count = fault, between, 0

    def disarm(self) -> None:
        self._fault, self._dead = None, False

    def _before(self, model: Any, **_: Any) -> None:
        if self._dead:
            raise Died
        fault = self._fault
        if fault is None or self._count < fault.nth:
            self._count += 1
            return
        if fault.kind == "unanswered":
            return
        self._spend()
        if fault.kind == "dies":
            self._dead = True
            raise Died
        if fault.kind == "refused":
            raise _refusal(model)
        self._between(fault.meanwhile)

    def _after(self, **_: Any) -> None:
        fault = self._fault
        if fault is not None and fault.kind == "unanswered" and self._count >= fault.nth:
            self._spend()
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")

    def _spend(self) -> None:
        self._fault = None
        self.happened += 1


def _refusal(model: Any) -> Exception:
    if model.service_model.service_name == "dynamodb":
        return throttled(model.name)
    return ConnectTimeoutError(endpoint_url="http://127.0.0.1")  # type: ignore[no-any-return]


def throttled(operation: str) -> Exception:
    """What botocore raises when its retries have not helped."""
    error = {"Code": "ProvisionedThroughputExceededException", "Message": "Slow down."}
    return ClientError({"Error": error}, operation)  # type: ignore[no-any-return]
