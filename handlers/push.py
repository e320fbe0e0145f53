"""Push: store what pipelines report and bring it to every connection of the user."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from domain.update import InvalidUpdate, Update, parse_update
from domain.upload import UploadProgress
from handlers.event import now_ms
from infra import bootstrap
from infra.telemetry import log, log_failure
from infra.uploads import TooContended, UploadKey

MOST_ERRORS = 1000  # Lambda answers with 6 MB at most
COUNTED = ("received", "invalid", "stale", "duplicate", "conflated", "delivered", "pending", "gone", "failed")

bootstrap.build_early(bootstrap.uploads, bootstrap.broadcast)


def handler(event: Any, context: object) -> dict[str, Any]:
    """Take one update, a list of them, or `{"updates": [...]}`.

    Answers how many were received, invalid, stale, duplicate and conflated, how many sends were delivered, pending,
    gone or failed, and under `errors` one `{index, field, reason}` for each invalid item, up to a thousand. Updates
    that could not be stored because others kept writing the same upload count as failed. No item costs the others.
    """
    now, items = now_ms(), _items(event)
    updates, errors = _parse(items, now)
    counts = Counter(received=len(items), invalid=len(errors))
    states = _store(updates, counts)
    counts += bootstrap.broadcast().deliver(states, now)
    answer = {name: counts[name] for name in COUNTED}
    log("pushed", **answer)
    return {**answer, "errors": errors[:MOST_ERRORS]}


def _items(event: Any) -> list[Any]:
    updates = event.get("updates", event) if isinstance(event, dict) else event
    return updates if isinstance(updates, list) else [updates]


def _parse(items: list[Any], now: int) -> tuple[list[Update], list[dict[str, Any]]]:
    updates, errors = [], []
    for index, item in enumerate(items):
        try:
            updates.append(parse_update(item, received_at=now, position=index))
        except InvalidUpdate as invalid:
            errors.append({"index": index, "field": invalid.field, "reason": invalid.reason})
    return updates, errors


def _store(updates: list[Update], counts: Counter[str]) -> list[UploadProgress]:
    """Write the newest state of each upload, before anybody hears of it; answers the states to send."""
    by_upload: defaultdict[UploadKey, list[Update]] = defaultdict(list)
    for update in updates:
        by_upload[update.user_id, update.upload_id].append(update)
    stored = bootstrap.uploads().read(by_upload)
    states = []
    for key, theirs in by_upload.items():
        try:
            batch = bootstrap.uploads().save(stored.get(key), theirs)
        except TooContended:
            log_failure("upload_contended", userId=key[0], uploadId=key[1])
            counts.update(failed=len(theirs))
            continue
        counts.update(stale=batch.stale, duplicate=batch.duplicate, conflated=batch.conflated)
        if batch.state and (batch.changed or batch.duplicate):
            states.append(batch.state)
    return states
