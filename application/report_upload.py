"""Stores what a client reports of its user's upload, and sends it to the user's other connections."""

from __future__ import annotations

from application.broadcast import Broadcast
from domain.client_report import MAX_CLIENT_UPLOADS
from domain.protocol import MessageRefusedError
from domain.update import Update
from infra.dynamodb.uploads import UploadStore
from infra.thread_pool import SecondsLeft


class ReportUndeliveredError(Exception):
    """A status is stored, but did not reach every connection; the same report sends it again."""


class ReportUpload:
    """Takes one report. What the server has said of the same attempt stays, and is not sent again."""

    def __init__(self, uploads: UploadStore, broadcast: Broadcast) -> None:
        self._uploads = uploads
        self._broadcast = broadcast

    def report(self, update: Update, connection_id: str, now: int, seconds_left: SecondsLeft) -> None:
        """Stores and sends; the reporting connection itself gets no message.

        Raises MessageRefusedError (4428) at the limit of uploads, and ReportUndeliveredError.
        """
        key = update.user_id, update.upload_id
        stored = self._uploads.read([key]).get(key)
        if stored is None or stored.has_expired(now):
            self._check_limit(update.user_id, now)
        batch = self._uploads.save(stored, [update], now)
        if batch.state is None or not (batch.changed or batch.duplicate):
            return
        sent = self._broadcast.deliver([batch.state], now, seconds_left, sender=connection_id)
        if sent.undelivered and batch.state.brings_status:
            raise ReportUndeliveredError(update.upload_id)

    def _check_limit(self, user_id: str, now: int) -> None:
        """Raises MessageRefusedError at the limit. Reports that arrive together may exceed it by a few."""
        kept = sum(one.is_clients and not one.has_expired(now) for one in self._uploads.of_user(user_id))
        if kept >= MAX_CLIENT_UPLOADS:
            limit = f"upload: clients keep at most {MAX_CLIENT_UPLOADS} uploads of a user"
            raise MessageRefusedError(4428, "upload_limit", limit)
