"""What becomes of a client's report: its answer, the row, and what the user's other connections get."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from domain.client_report import MAX_CLIENT_UPLOADS
from domain.connection import ConnectionLimits
from domain.deadlines import new_connection
from domain.upload import UploadProgress
from handlers import bootstrap, default, push
from testing import gateway_events
from testing.lambda_context import Context
from testing.stub_management import StubManagement

pytestmark = pytest.mark.usefixtures("world")


def now_ms() -> int:
    return int(time.time() * 1000)


def connect(*connection_ids: str, user_id: str = "alice") -> None:
    for connection_id in connection_ids:
        made = new_connection(
            user_id,
            connection_id,
            connected_at=now_ms() - 60_000,
            token_expires_at=now_ms() + 3_600_000,
            limits=ConnectionLimits(),
        )
        bootstrap.connections().add(made)


def report(upload_id: str = "u1", *, connection_id: str = "A=", **upload: Any) -> None:
    message = {"action": "report", "id": 7, "upload": {"uploadId": upload_id, "status": "uploading", **upload}}
    default.handler(gateway_events.message("alice", connection_id, json.dumps(message)), Context())


def row(upload_id: str = "u1", user_id: str = "alice") -> UploadProgress | None:
    return bootstrap.uploads().read([(user_id, upload_id)]).get((user_id, upload_id))


def kinds(management: StubManagement, connection_id: str) -> list[Any]:
    return [one["upload"]["status"] if "upload" in one else one for one in management.sent_to(connection_id)]


def test_a_report_is_stored_acknowledged_and_sent_to_the_users_other_connections_alone(
    management: StubManagement,
) -> None:
    connect("A=", "B=", "C=")
    connect("D=", user_id="bob")

    report(fileName="a.mp4", bytesUploaded=1, bytesTotal=4)

    assert management.sent_to("A=") == [{"type": "ack", "id": 7}]
    for other in ("B=", "C="):
        [sent] = management.sent_to(other)
        assert (sent["type"], sent["channel"]) == ("status", "/user/alice/upload-progress")
        assert (sent["upload"]["source"], sent["upload"]["percent"]) == ("client", 25.0)
    assert management.sent_to("D=") == []
    assert row(user_id="bob") is None


def test_the_servers_word_ends_what_a_client_may_say(management: StubManagement) -> None:
    connect("A=", "B=")
    report(status="completed", rev=now_ms() + 60_000)
    push.handler({"userId": "alice", "uploadId": "u1", "status": "processing", "rev": 1}, Context())
    report(status="failed")

    assert kinds(management, "B=") == ["completed", "processing"]
    stored = row()
    assert stored is not None and (stored.status, stored.source) == ("processing", None)
    acks = [one for one in management.sent_to("A=") if one["type"] == "ack"]
    assert len(acks) == 2


def test_a_user_in_a_report_is_refused_by_name(management: StubManagement) -> None:
    connect("A=", "B=")

    report(userId="bob")

    [error] = management.sent_to("A=")
    assert (error["code"], error["id"], error["message"]) == (4400, 7, "upload.userId: a client must not name it")
    assert (row(), row(user_id="bob"), management.sent_to("B=")) == (None, None, [])


def test_wrong_reports_do_not_close_the_connection(management: StubManagement) -> None:
    connect("A=")
    for _ in range(4):
        report(status="gone")

    assert [one["code"] for one in management.sent_to("A=")] == [4400] * 4
    assert management.closed() == []


def test_reports_count_in_the_flood_rule(management: StubManagement, monkeypatch: pytest.MonkeyPatch) -> None:
    now = now_ms()
    monkeypatch.setattr(default, "now_ms", lambda: now)  # a slow process stays within the time of the rule
    connect("A=")
    for _ in range(ConnectionLimits().messages_burst + 1):
        report()

    names = [one["name"] for one in management.sent_to("A=") if one["type"] == "error"]
    assert names == ["rate_limited"]


def test_no_client_keeps_more_uploads_than_the_limit_and_the_servers_do_not_count(management: StubManagement) -> None:
    connect("A=")
    by_client = {"userId": "alice", "status": "uploading"}
    push.handler({**by_client, "uploadId": "of the server"}, Context())
    kept = row("of the server")
    assert kept is not None
    for number in range(MAX_CLIENT_UPLOADS):
        made = replace(kept, upload_id=f"c{number}", source="client")
        bootstrap.uploads()._write(made, None)
    management.calls.clear()

    report("one too many")
    report("c0", status="completed")

    error, ack = management.sent_to("A=")
    assert (error["code"], error["name"], error["temporary"], error["id"]) == (4428, "upload_limit", False, 7)
    assert ack == {"type": "ack", "id": 7}
    assert row("one too many") is None


def test_an_expired_upload_of_a_client_does_not_count(management: StubManagement) -> None:
    connect("A=")
    push.handler({"userId": "alice", "uploadId": "u", "status": "uploading"}, Context())
    kept = row("u")
    assert kept is not None
    for number in range(MAX_CLIENT_UPLOADS):
        bootstrap.uploads()._write(replace(kept, upload_id=f"c{number}", source="client", received_at=1), None)

    report("u1")

    assert row("u1") is not None


def test_reports_are_an_unknown_action_unless_the_parameter_allows_them(
    management: StubManagement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_CLIENT_REPORTS", "false")
    bootstrap.client_actions.cache_clear()
    connect("A=", "B=")

    report()

    [error] = management.sent_to("A=")
    assert (error["code"], error["name"], error["id"]) == (4404, "unknown_action", 7)
    assert (row(), management.sent_to("B=")) == (None, [])


def test_a_status_that_did_not_arrive_is_a_temporary_error_and_is_sent_again(management: StubManagement) -> None:
    connect("A=", "B=")
    management.answers["B="] = 403
    report(status="completed", rev=5)
    management.answers.clear()
    report(status="completed", rev=5)

    error, ack = management.sent_to("A=")
    assert (error["code"], error["temporary"], error["id"], ack["type"]) == (4500, True, 7, "ack")
    assert kinds(management, "B=")[-1] == "completed"


def test_a_clock_that_is_wrong_by_days_does_not_hide_a_report(management: StubManagement) -> None:
    connect("A=", "B=")

    report(rev=5, bytesUploaded=1)
    report(rev=6, bytesUploaded=2)

    assert [one["upload"]["bytesUploaded"] for one in management.sent_to("B=")] == [1, 2]
