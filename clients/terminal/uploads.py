"""The uploads of a user as the server has told them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

ENDED = frozenset({"completed", "failed", "canceled"})
MAX_KEPT = 200

Upload = dict[str, Any]
Verdict = Literal["accepted", "duplicate", "stale"]


def has_ended(upload: Upload) -> bool:
    return upload["status"] in ENDED


def judge(stored: Upload | None, update: Upload) -> Verdict:
    """Whether an update may take the place of what is stored.

    A higher attempt always; within an attempt that has not ended a higher rev, or whatever ends it. An end that the
    bucket's event brought gives way to a higher rev, too.
    """
    if stored is None or update["attempt"] > stored["attempt"]:
        return "accepted"
    if update["attempt"] < stored["attempt"]:
        return "stale"
    if update["rev"] > stored["rev"] and (not has_ended(stored) or stored.get("source") == "bucket"):
        return "accepted"
    if has_ended(update) and not has_ended(stored):
        return "accepted"
    return "duplicate" if update["rev"] == stored["rev"] else "stale"


class UploadList:
    """The uploads by id. Until the snapshot of a new connection is whole, what was known before is shown."""

    def __init__(self) -> None:
        self._by_id: dict[str, Upload] = {}
        self._since: dict[str, Upload] = {}
        self._pages: dict[str, dict[int, list[Upload]]] = {}

    def __iter__(self) -> Any:
        """Those under way first, each kind with the latest start first."""
        latest = sorted(self._by_id.values(), key=lambda one: str(one.get("startedAt")), reverse=True)
        return iter(sorted(latest, key=has_ended))

    def __len__(self) -> int:
        return len(self._by_id)

    def ask(self) -> None:
        """A snapshot is asked for: what comes live from now on may be newer than it."""
        self._since, self._pages = {}, {}

    def take(self, update: object) -> Upload | None:
        """An update that came live: the upload if that changed it."""
        if not _is_upload(update):
            return None
        upload: Upload = update  # type: ignore[assignment]  # just looked at
        if judge(self._by_id.get(upload["uploadId"]), upload) != "accepted":
            return None
        self._by_id[upload["uploadId"]] = self._since[upload["uploadId"]] = upload
        self._forget()
        return upload

    def page(self, page: dict[str, Any]) -> bool:
        """One page of a snapshot; True once all are there and the list is the snapshot with what is newer."""
        pages = self._pages.setdefault(str(page.get("snapshotId")), {})
        pages[page.get("page", 1)] = [
            self._with_known_news(one) for one in page.get("uploads") or () if _is_upload(one)
        ]
        if len(pages) < page.get("pages", 1):
            return False
        self._by_id = merged([one for part in pages.values() for one in part], self._since.values())
        self._pages = {}
        return True

    def _with_known_news(self, told: Upload) -> Upload:
        """An upload of a snapshot; what was known already is no news."""
        known = self._by_id.get(told["uploadId"])
        same = known is not None and all(known[name] == told[name] for name in ("attempt", "rev", "status"))
        return told | {"newsAt": known["newsAt"]} if known is not None and same and "newsAt" in known else told

    def _forget(self) -> None:
        """Who watches for weeks keeps no more than can be looked at: what ended first goes first."""
        if len(self._by_id) > MAX_KEPT and (ended := [one for one in self._by_id.values() if has_ended(one)]):
            del self._by_id[min(ended, key=lambda one: str(one.get("updatedAt")))["uploadId"]]


def merged(snapshot: Iterable[Upload], since: Iterable[Upload]) -> dict[str, Upload]:
    """The snapshot, and what came live since it was asked for and is newer."""
    uploads = {one["uploadId"]: one for one in snapshot}
    for upload in since:
        if judge(uploads.get(upload["uploadId"]), upload) == "accepted":
            uploads[upload["uploadId"]] = upload
    return uploads


def _is_upload(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("uploadId"), str):
        return False
    return isinstance(value.get("status"), str) and all(isinstance(value.get(name), int) for name in ("attempt", "rev"))
