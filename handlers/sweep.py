"""Runs once a minute: pings quiet connections, warns, and closes those that are dead, idle, expired or too old.

Then it ends uploads without news.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from domain.connection import DUE_SHARDS
from handlers import bootstrap
from handlers.gateway_event import now_ms
from handlers.remaining_time import seconds_left
from infra.dynamodb.due_index import DueKey, DueKeys, ShardUnreadError
from infra.telemetry import log, log_failure

if TYPE_CHECKING:
    from infra.thread_pool import SecondsLeft

SPARE_MS = 10_000  # left for what was begun when the sweep stops taking work
MAX_SWEPT_AT_ONCE = 10_000
POSTS_PER_SECOND = 1000.0  # of all sweeps together, out of the account's 10 000

bootstrap.build_early(bootstrap.due_index, bootstrap.connections, bootstrap.close_connection)


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Sweeps all shards, or the one that the event names; returns the count of each action.

    Above 10 000 due connections each shard gets an asynchronous invocation of its own, which splits no further. The
    error of a shard that cannot be read is raised once the others are swept.
    """
    shard, now = (event or {}).get("shard"), now_ms()
    shards = range(DUE_SHARDS) if shard is None else [int(shard)]
    errors: list[Exception] = []
    keys = _keys(bootstrap.due_index(), shards, now, errors)
    first = list(islice(keys, MAX_SWEPT_AT_ONCE + 1))
    backlog = max((now - key.due_at for key in first), default=0)
    if shard is None and len(first) > MAX_SWEPT_AT_ONCE:
        return _hand_on(context.function_name, backlog)
    pace = POSTS_PER_SECOND if shard is None else POSTS_PER_SECOND / DUE_SHARDS
    left = seconds_left(context, SPARE_MS)
    counts = bootstrap.sweep(pace).run(chain(first, keys), now_ms, lambda: left() > 0)
    counts += _sweep_uploads(shards, pace, left, errors)
    measures = {"SweepDuration": now_ms() - now, "SweepBacklog": backlog}
    if counts["uploads_abandoned"]:
        measures["UploadsAbandoned"] = counts["uploads_abandoned"]
    measured = bootstrap.metrics().of(None, **measures)
    log("swept", shard=shard, **counts, **measured)
    if errors:
        raise errors[0]
    return dict(counts)


def _sweep_uploads(shards: Sequence[int], pace: float, left: SecondsLeft, errors: list[Exception]) -> Counter[str]:
    """Ends uploads without news. Their use case is built only if an upload is due, which is rare."""
    due = bootstrap.due_uploads()
    keys = _keys(due, shards, now_ms(), errors) if due and left() > 0 else iter(())
    first = list(islice(keys, 1))
    return bootstrap.abandon_uploads(pace).run(chain(first, keys), now_ms, left) if first else Counter()


def _keys(due: DueKeys, shards: Sequence[int], now: int, errors: list[Exception]) -> Iterator[DueKey]:
    for shard in shards:
        try:
            yield from due.keys(shard, now)
        except ShardUnreadError as error:
            log_failure("shard_not_read", dueShard=shard)
            errors.append(error)


def _hand_on(function_name: str, backlog: int) -> dict[str, int]:
    for shard in range(DUE_SHARDS):
        payload = json.dumps({"shard": shard}).encode()
        bootstrap.functions().invoke(FunctionName=function_name, InvocationType="Event", Payload=payload)
    log("sweep_handed_on", shards=DUE_SHARDS, **bootstrap.metrics().of(SweepBacklog=backlog))
    return {"shards": DUE_SHARDS}
