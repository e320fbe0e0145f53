"""Which outcome is tried again, and when."""

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
    """Seconds until a request with this outcome is sent again; None if the outcome stands.

    Refused for now (408, 429, 5xx): up to five tries in all. Unanswered: twice in all, although the first may have
    arrived: clients recognise a repeated message (by attempt and rev; the others say the same twice), as they must
    anyway, since queues deliver twice.
    A 429 while most of the same call was taken (`among_taken`) is sent twice in all: then not the account's requests
    are used up, but this client's buffer is full, and its others need not wait for it. Source: LimitExceededException
    in the API Gateway Management API reference, PostToConnection.
    `chance` is from [0, 1): the pause is drawn from a range that doubles (full jitter), so that those who were refused
    together do not come back together. A `Retry-After` is waited out first.
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
    """Whether the same request may fare better a moment later."""
    if isinstance(outcome, NoResponse):
        return outcome in (NoResponse.LOST, NoResponse.TIMED_OUT)
    return outcome in (REQUEST_TIMEOUT, TOO_MANY_REQUESTS) or outcome >= 500


def retry_after_seconds(value: str, now: float) -> float | None:
    """What a `Retry-After` header asks for: seconds, or a date. None if it is neither. Source: RFC 9110, 10.2.3."""
    if value.isascii() and value.isdigit():
        return float(value)
    at = http_date(value)
    return None if at is None else max(0.0, at - now)
