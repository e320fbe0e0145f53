"""The end of uploads without news, and the times at which the sweep looks at an upload.

A pipeline that was killed never reports an end. The sweep ends its upload as `failed` with the code `abandoned`.
"""

from __future__ import annotations

from dataclasses import replace

from domain.upload import ABANDONED, KEPT_WHEN_LEFT_OUT, SWEEP, UploadProgress

REPEAT_MS = 60_000  # one sweep interval: an end that did not reach every connection is sent again
MAX_SILENCE_MS = 1380 * REPEAT_MS  # the maximum of AbandonAfterMinutes: then the row still exists


def next_due(stored: UploadProgress | None, state: UploadProgress, abandon_after_ms: int) -> int | None:
    """Returns when the sweep looks at a new state; None if it has ended, or if `abandon_after_ms` is 0.

    The time of a stored running upload stays: an update of progress then writes no entry of the due index.
    """
    if state.ended or not abandon_after_ms:
        return None
    if stored and stored.due_at is not None and not stored.ended:
        return stored.due_at
    return state.received_at + abandon_after_ms


def look(stored: UploadProgress, now: int, abandon_after_ms: int) -> UploadProgress:
    """Returns the state that replaces a due one. Times are epoch milliseconds.

    An upload without news for `abandon_after_ms` ends, or later if it announced a longer silence. Later news moves the
    time of the next look. An end of the sweep stays due until it is sent, or until snapshots no longer show it. Other
    ended uploads are not due any more.
    """
    if stored.is_abandoned:
        return replace(stored, due_at=now + REPEAT_MS if stored.is_shown(now) else None)
    if stored.ended or stored.has_expired(now):
        return replace(stored, due_at=None)
    announced_ms = min(stored.facts.get("stalledAfterSeconds", 0) * 1000, MAX_SILENCE_MS)
    silent_until = stored.received_at + max(abandon_after_ms, announced_ms)
    return replace(stored, due_at=silent_until) if silent_until > now else _abandon(stored, now)


def _abandon(stored: UploadProgress, now: int) -> UploadProgress:
    """Returns the end. It keeps the `rev` of the last news, so that all later news has a higher one.

    An upload of the user's clients keeps its source: otherwise their later news would count as stale.
    """
    kept = {name: value for name, value in stored.facts.items() if name in KEPT_WHEN_LEFT_OUT}
    minutes = (now - stored.received_at) // 60_000
    time = "1 minute" if minutes == 1 else f"{minutes} minutes"
    error = {"code": ABANDONED, "message": f"There was no news of this upload for {time}."}
    return replace(
        stored,
        status="failed",
        status_rev=stored.rev,
        updated_at=now,
        received_at=now,
        facts=kept | {"error": error},
        source=stored.source if stored.is_clients else SWEEP,
        due_at=now + REPEAT_MS,
    )
