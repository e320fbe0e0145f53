"""The failed messages of a batch, read from the function's result. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def failed_messages(result: Any, message_ids: Iterable[str]) -> set[str]:
    """Returns the ids to leave in the queue, all of them if the result is malformed.

    For event sources with ReportBatchItemFailures. (Lambda Developer Guide, services-sqs-errorhandling.)
    Documented: an empty or null answer or list is a success. An identifier that is empty, null or under a wrong
    name fails the whole batch. Inferred: so do an unknown identifier and an answer of another shape.
    """
    everything = set(message_ids)
    if result is None or result == "" or result == {}:
        return set()
    if not isinstance(result, dict):
        return everything
    failures = result.get("batchItemFailures")
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return everything
    failed = {_identifier(failure) for failure in failures}
    return {one for one in failed if one is not None} if failed <= everything else everything


def _identifier(failure: Any) -> str | None:
    identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return identifier if isinstance(identifier, str) and identifier else None
