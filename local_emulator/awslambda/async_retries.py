"""The rules for a further try of an asynchronous invocation, and for giving it up. Pure.

Source: Lambda Developer Guide, invocation-async-error-handling.
"""

from __future__ import annotations

from dataclasses import dataclass

from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.deployment import Function


@dataclass(frozen=True, slots=True)
class Retry:
    """Try once more, after so many seconds."""

    delay_seconds: float


@dataclass(frozen=True, slots=True)
class Discard:
    """Give up; `condition` is the word for it in the invocation record."""

    condition: str


def after_error(function: Function, attempts: int, age_seconds: float, limits: LambdaLimits) -> Retry | Discard:
    """The function has failed `attempts` times on an event of this age.

    Documented: MaximumRetryAttempts more attempts, 2 by default, one minute after the first and two after the
    second. Reported: a retry that would come too late for MaximumEventAgeInSeconds is not waited for.
    """
    if attempts > function.event_invoke.max_retries:
        return Discard("RetriesExhausted")
    return _if_young(function, age_seconds, attempts * limits.retry_delay_seconds)


def after_throttle(function: Function, throttles: int, age_seconds: float, limits: LambdaLimits) -> Retry | Discard:
    """The event could not be run, now for the `throttles`th time in a row.

    Documented: not an attempt; retried from 1 second and exponentially to 5 minutes until the event is too old.
    Reported: with a reserved concurrency of 0 there is nothing to wait for.
    """
    if function.reserved_concurrency == 0:
        return Discard("ZeroReservedConcurrency")
    return _if_young(function, age_seconds, throttle_delay(throttles, limits))


def throttle_delay(throttles: int, limits: LambdaLimits) -> float:
    """Seconds to wait after the `throttles`th throttle in a row."""
    doublings = min(throttles - 1, 30)
    return float(min(limits.throttle_delay_seconds * 2**doublings, limits.most_throttle_delay_seconds))


def _if_young(function: Function, age_seconds: float, delay_seconds: float) -> Retry | Discard:
    if age_seconds + delay_seconds >= function.event_invoke.max_age_seconds:
        return Discard("EventAgeExceeded")
    return Retry(delay_seconds)
