"""The bucket that stores uploads, and the meaning of its objects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from domain.key_pattern import KeyPattern
from domain.update import CreatedObject

CLEAN_PHASE = "scanned"
SEQUENCER = re.compile(r"[0-9A-Fa-f]{1,64}")


@dataclass(frozen=True, slots=True)
class UploadBucket:
    """Reads the keys of objects that are uploads.

    `status` is the status once the object was created, `scanned_status` the one once it was scanned without a threat.
    With `accepts_unscanned` an object that could not be scanned has that status, too.

    An object with an ignored suffix belongs to a tool (a tus store keeps `ID.info` and `ID.part`), unless an upload of
    exactly that id runs.
    """

    keys: KeyPattern
    status: str = "completed"
    ignored_suffixes: tuple[str, ...] = ()
    scanned_status: str = "completed"
    accepts_unscanned: bool = False

    @property
    def clean(self) -> dict[str, Any]:
        """The fields of an update after a scan without a threat."""
        phase = {"phase": CLEAN_PHASE} if self.scanned_status == "processing" else {}
        return {"status": self.scanned_status, **phase}

    def created(
        self, key: object, size: object, etag: object, sequencer: object = None
    ) -> tuple[dict[str, Any], CreatedObject] | None:
        """Returns the update for an object that was created, and the object; None if it is no upload.

        Etag and size identify repeated events. The sequencer orders the objects of one key, and therefore the events of
        an upload only if the pattern gives it one key.
        """
        update = self.ids(key)
        if update is None:
            return None
        update["status"] = self.status
        if size is not None:
            update |= {"bytesUploaded": size, "bytesTotal": size}
        identity = f"{etag[:128]} {size}" if isinstance(etag, str) and etag else None
        is_order = self.keys.has_ids_alone and isinstance(sequencer, str) and SEQUENCER.fullmatch(sequencer)
        return update, CreatedObject(identity, str(sequencer).upper() if is_order else None)

    def ids(self, key: object) -> dict[str, Any] | None:
        """Returns the ids in a key; None also for a key that ends in a slash, which consoles show as a folder."""
        named = None if not isinstance(key, str) or key.endswith("/") else self.keys.read(key)
        if named is None:
            return None
        return {name: named[name] for name in ("userId", "uploadId", "fileName") if name in named}

    def is_of_tool(self, key: object) -> bool:
        """Returns True for an ignored suffix."""
        return isinstance(key, str) and key.endswith(self.ignored_suffixes)
