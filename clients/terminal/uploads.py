"""The uploads of a user, by the server's messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from clients.terminal.prediction import PredictionLimits

ENDED = frozenset({"completed", "failed", "canceled"})
MAX_KEPT = 200

Upload = dict[str, Any]
Verdict = Literal["accepted", "duplicate", "stale"]


def has_ended(upload: Upload) -> bool:
    """Returns whether the upload's status is final."""
    return upload["status"] in ENDED


def judge(stored: Upload | None, update: Upload) -> Verdict:
    """Returns the verdict on an update for the stored upload (tests/vectors).

    Accepts a higher attempt, and within an attempt that has not ended a higher rev or any end. An end that the
    bucket's event brought is replaced by a higher rev, too. An end that the sweep brought counts as no end. Within an
    attempt, the server's update replaces a client's report, and a report never replaces the server's update.
    """
    if stored is None or update["attempt"] > stored["attempt"]:
        return "accepted"
    if update["attempt"] < stored["attempt"]:
        return "stale"
    is_report = update.get("source") == "client"
    if is_report != (stored.get("source") == "client"):
        return "stale" if is_report else "accepted"
    may_follow = not has_ended(stored) or stored.get("source") in ("bucket", "sweep", "client")
    if update["rev"] > stored["rev"]:
        return "accepted" if may_follow else "stale"
    is_open = not has_ended(stored) or (stored.get("source") == "sweep" and update["status"] != stored["status"])
    if has_ended(update) and is_open:
        return "accepted"
    return "duplicate" if update["rev"] == stored["rev"] else "stale"


class UploadList:
    """The uploads by id, and the server's limits of prediction.

    The former list stays until the snapshot of a new connection is complete.
    """

    def __init__(self) -> None:
        self.limits = PredictionLimits()
        self._by_id: dict[str, Upload] = {}
        self._since: dict[str, Upload] = {}
        self._pages: dict[str, dict[int, list[Upload]]] = {}

    def __iter__(self) -> Any:
        """Yields running uploads before ended ones, each kind with the latest start first."""
        latest = sorted(self._by_id.values(), key=lambda one: str(one.get("startedAt")), reverse=True)
        return iter(sorted(latest, key=has_ended))

    def __len__(self) -> int:
        return len(self._by_id)

    def ask(self) -> None:
        """Notes that a snapshot is requested: updates from now on may be newer than it."""
        self._since, self._pages = {}, {}

    def take(self, update: object) -> Upload | None:
        """Takes a live update; returns the upload if it changed."""
        if not _is_upload(update):
            return None
        upload: Upload = update  # type: ignore[assignment]  # checked above
        if judge(self._by_id.get(upload["uploadId"]), upload) != "accepted":
            return None
        self._by_id[upload["uploadId"]] = self._since[upload["uploadId"]] = upload
        self._forget()
        return upload

    def page(self, page: dict[str, Any]) -> bool:
        """Takes one page of a snapshot; returns True once all pages are there and the list is replaced."""
        pages = self._pages.setdefault(str(page.get("snapshotId")), {})
        pages[page.get("page", 1)] = [
            self._with_known_news(one) for one in page.get("uploads") or () if _is_upload(one)
        ]
        if len(pages) < page.get("pages", 1):
            return False
        self._by_id = merged([one for part in pages.values() for one in part], self._since.values())
        self._pages = {}
        return True

    def _with_known_news(self, upload: Upload) -> Upload:
        """Returns an upload of a snapshot; a state that is known already keeps the time of its news."""
        known = self._by_id.get(upload["uploadId"])
        same = known is not None and all(known[name] == upload[name] for name in ("attempt", "rev", "status"))
        return upload | {"newsAt": known["newsAt"]} if known is not None and same and "newsAt" in known else upload

    def _forget(self) -> None:
        """Removes the upload that ended first once there are more than MAX_KEPT."""
        if len(self._by_id) > MAX_KEPT and (ended := [one for one in self._by_id.values() if has_ended(one)]):
            del self._by_id[min(ended, key=lambda one: str(one.get("updatedAt")))["uploadId"]]


def merged(snapshot: Iterable[Upload], since: Iterable[Upload]) -> dict[str, Upload]:
    """Returns the snapshot with the newer updates since its request."""
    uploads = {one["uploadId"]: one for one in snapshot}
    for upload in since:
        if judge(uploads.get(upload["uploadId"]), upload) == "accepted":
            uploads[upload["uploadId"]] = upload
    return uploads


def _is_upload(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("uploadId"), str):
        return False
    return isinstance(value.get("status"), str) and all(isinstance(value.get(name), int) for name in ("attempt", "rev"))
