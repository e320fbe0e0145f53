"""Decides which outcomes are retried, and when."""

from __future__ import annotations

from infra.gateway.sender.outcome import NoResponse, Outcome
from infra.gateway.sender.server_clock import http_date

MAX_TRIES = 5
MAX_UNANSWERED_TRIES = 2
MAX_TRIES_AMONG_TAKEN = 2
BASE_SECONDS, CAP_SECONDS = 0.1, 3.0

REQUEST_TIMEOUT, TOO_MANY_REQUESTS = 408, 429


def pause(
    outcome: Outcome, tries: int, retry_after: float | None, chance: float, *, among_taken: bool = False
) -> float | None:
    """Returns the seconds until a request with this outcome is sent again; None if the outcome is final.

    Temporary refusals (408, 429, 5xx) are tried five times in all. Requests without a response are tried twice,
    although the first may have arrived: clients recognise repeated states by attempt and rev, and queues deliver twice
    anyway.
    A 429 while most of the same call was accepted (`among_taken`) is tried twice: then the buffer of this client is
    full, rather than the account's rate exceeded. Source: LimitExceededException in the API Gateway Management API
    reference, PostToConnection.
    `chance` is from [0, 1): the pause is drawn from a range that doubles (full jitter), so that requests refused
    together are not repeated together. A `Retry-After` is added to it.
    """
    if tries >= _most_tries(outcome, among_taken) or not is_passing(outcome):
        return None
    longest: float = min(CAP_SECONDS, BASE_SECONDS * 2**tries)
    return (retry_after or 0.0) + chance * longest


def _most_tries(outcome: Outcome, among_taken: bool) -> int:
    if isinstance(outcome, NoResponse):
        return MAX_UNANSWERED_TRIES
    return MAX_TRIES_AMONG_TAKEN if among_taken and outcome == TOO_MANY_REQUESTS else MAX_TRIES


def is_passing(outcome: Outcome) -> bool:
    """Returns True if the same request may succeed a moment later."""
    if isinstance(outcome, NoResponse):
        return outcome in (NoResponse.LOST, NoResponse.TIMED_OUT)
    return outcome in (REQUEST_TIMEOUT, TOO_MANY_REQUESTS) or outcome >= 500


def retry_after_seconds(value: str, now: float) -> float | None:
    """Returns the seconds of a `Retry-After` header, given as seconds or a date; None for others (RFC 9110, 10.2.3)."""
    if value.isascii() and value.isdigit():
        return float(value)
    at = http_date(value)
    return None if at is None else max(0.0, at - now)
