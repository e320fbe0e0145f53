"""Answers the messages of clients, or closes the connection that sent them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from application.client_message import ClientMessage
from domain.action import Action
from domain.client_report import parse_report
from domain.connection import MAX_FLOOD_ERRORS, Connection, ConnectionLimits, replaced_by
from domain.disconnect import (
    BAD_REQUEST,
    FORBIDDEN,
    RATE_LIMITED,
    REPLACED,
    TOKEN_EXPIRED,
    UNKNOWN_CONNECTION,
    Disconnect,
)
from domain.protocol import SYNC_INTERVAL_MS, MessageRefusedError, ack, encode, pong, refreshed, snapshot, welcome
from domain.token_errors import InvalidTokenError, KeysUnavailableError
from infra.gateway.management_api import Delivery, ManagementApi
from infra.telemetry import log

if TYPE_CHECKING:
    from application.close_connection import CloseConnection
    from application.report_upload import ReportUpload
    from infra.dynamodb.connections import ConnectionStore
    from infra.dynamodb.uploads import UploadStore
    from infra.tokens.verifier import TokenVerifier

Payload = dict[str, Any]


class ClientActions:
    """Answers through the management API. `tokens` gives the verifier, which a `refresh` alone needs.

    Without `reports`, clients must not report uploads.
    """

    def __init__(
        self,
        connections: ConnectionStore,
        uploads: UploadStore,
        management: ManagementApi,
        closer: CloseConnection,
        tokens: Callable[[], TokenVerifier],
        limits: ConnectionLimits,
        reports: ReportUpload | None,
    ) -> None:
        self._connections = connections
        self._uploads = uploads
        self._management = management
        self._closer = closer
        self._tokens = tokens
        self._limits = limits
        self._reports = reports
        self._answers: Mapping[str, Callable[[ClientMessage, Connection, Action, int], None]] = {
            "hello": self._hello,
            "sync": self._sync,
            "ping": self._ping,
            "pong": self._pong,
            "keepalive": self._keepalive,
            "refresh": self._refresh,
            "report": self._report,
        }

    def answer(self, message: ClientMessage, now: int) -> None:
        """Records the sign of life in one write, then answers, or closes the connection. Raises MessageRefusedError."""
        connection, action = self._touch(message, now), message.action
        if connection is None:
            self._closer.reject_unknown(message.connection_id, UNKNOWN_CONNECTION)
        elif connection.closing:
            log("message_ignored", **message.about, reason=connection.closing)
        elif why := self._reason_to_close(connection, message, now):
            self._closer.close(connection, why, now)
        elif connection.is_flooding(now, self._limits):
            wait = self._limits.burst_refill_ms // self._limits.messages_burst
            raise MessageRefusedError(
                4429, "rate_limited", "Too many messages.", id=action and action.id, retry_after_ms=wait
            )
        elif message.refused:
            raise message.refused
        elif action:
            self._answers[action.name](message, connection, action, now)

    def _touch(self, message: ClientMessage, now: int) -> Connection | None:
        action = message.action
        return self._connections.touch(
            message.user_id,
            message.connection_id,
            now,
            active=action.is_activity if action else False,
            syncs=action.name == "sync" if action else False,
            greets=action.name == "hello" if action else False,
            malformed=message.is_malformed,
            client_id=action.client_id if action else None,
        )

    def _reason_to_close(self, connection: Connection, message: ClientMessage, now: int) -> Disconnect | None:
        """Returns the reason to close, if there is one; `connection` is as it was before this message."""
        if connection.is_expired(now):
            return TOKEN_EXPIRED
        if connection.is_flooding(now, self._limits, MAX_FLOOD_ERRORS):
            return RATE_LIMITED
        if message.is_malformed and connection.keeps_being_malformed(now):
            return BAD_REQUEST
        return None

    def _hello(self, message: ClientMessage, connection: Connection, action: Action, now: int) -> None:
        """Sends `welcome` and `snapshot`, and only then closes older connections of the same page."""
        _check_interval(action, connection.greeted_at, now)
        connections = self._connections.of_user(message.user_id, now)
        active = sum(one.is_reachable(now) for one in connections)
        terms = welcome(connection, self._limits, active, action.id)
        if self._send(connection, [terms, *self._snapshot(message, action, now)], now) and action.client_id:
            self._closer.close_all(replaced_by(connection, connections, action.client_id), REPLACED, now)

    def _sync(self, message: ClientMessage, connection: Connection, action: Action, now: int) -> None:
        _check_interval(action, connection.synced_at, now)
        self._send(connection, self._snapshot(message, action, now), now)

    def _refresh(self, message: ClientMessage, connection: Connection, action: Action, now: int) -> None:
        """Takes a later token of the same user. The token of another user closes the connection."""
        try:
            verified = self._tokens().verify(action.token or "", now / 1000)
        except KeysUnavailableError:
            raise
        except InvalidTokenError as invalid:
            log("refresh_refused", **message.about, reason=invalid.reason, **invalid.evidence)
            raise MessageRefusedError(4400, "bad_request", f"token: {invalid.reason}", id=action.id) from None
        if verified.user_id != message.user_id:
            self._closer.close(connection, FORBIDDEN, now)
            return
        known = self._connections.extend(connection, verified.expires_at)
        if known is None or known.closing:
            return  # it was closed meanwhile, and got its `disconnect`
        if known.token_expires_at > verified.expires_at:
            raise MessageRefusedError(
                4400, "bad_request", "token: must not expire before the present one", id=action.id
            )
        self._send(connection, [refreshed(verified.expires_at, action.id)], now)

    def _ping(self, message: ClientMessage, connection: Connection, action: Action, now: int) -> None:
        self._send(connection, [pong(action.id)], now)

    def _pong(self, message: ClientMessage, connection: Connection, action: Action, now: int) -> None:
        """Sends nothing: the sign of life is recorded."""

    def _keepalive(self, message: ClientMessage, connection: Connection, action: Action, now: int) -> None:
        self._send(connection, [ack(action.id)], now)

    def _report(self, message: ClientMessage, connection: Connection, action: Action, now: int) -> None:
        """Takes a report on an upload of the connection's own user. Raises MessageRefusedError."""
        if self._reports is None:
            raise MessageRefusedError(4404, "unknown_action", "report: is not allowed here", id=action.id)
        update = parse_report(action, message.user_id, now)
        try:
            self._reports.report(update, message.connection_id, now, message.seconds_left)
        except MessageRefusedError as refused:
            refused.id = action.id
            raise
        self._send(connection, [ack(action.id)], now)

    def _snapshot(self, message: ClientMessage, action: Action, now: int) -> list[Payload]:
        uploads = self._uploads.of_user(message.user_id)
        return snapshot(message.user_id, uploads, secrets.token_hex(8), now, action.id)

    def _send(self, connection: Connection, payloads: Iterable[Payload], now: int) -> bool:
        """Sends messages in order; returns False after the first failure. Deletes the row of a gone connection."""
        for payload in payloads:
            delivery = self._management.send(connection.connection_id, encode(payload))
            if delivery is Delivery.GONE and not connection.is_in_handshake(now):
                self._closer.remove_gone(connection)
            if delivery is not Delivery.DELIVERED:
                return False
        return True


def _check_interval(action: Action, asked_at: int, now: int) -> None:
    """Raises MessageRefusedError (4429) for a second snapshot within five seconds: one can cost dozens of sends.

    A client that asks again too early restarts the wait.
    """
    if now - asked_at < SYNC_INTERVAL_MS:
        wait = f"{action.name}: at most once in {SYNC_INTERVAL_MS // 1000} s"
        raise MessageRefusedError(4429, "rate_limited", wait, id=action.id, retry_after_ms=SYNC_INTERVAL_MS)
