"""What a client may report of its user's uploads, and what becomes of it beside the server's word."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.abandonment import look
from domain.acceptance import Verdict, judge
from domain.action import parse_action
from domain.client_report import parse_report
from domain.protocol import MessageRefusedError, upload_message
from domain.update import STATUSES, Update
from domain.upload import ENDED_KEPT_SECONDS, UploadProgress
from testing.updates import ANY_JSON, NOW, after, fold, update, updates

LIMIT = 6 * 3_600_000
SERVERS = updates(rev=st.integers(0, 6) | st.integers(NOW - 3, NOW + 3), attempt=st.none() | st.integers(1, 3))
CLIENTS = updates(rev=st.integers(0, 6) | st.integers(NOW - 3, NOW + 3), attempt=st.none()).map(
    lambda said: replace(said, by_client=True)
)


def report(**upload: Any) -> Update:
    return parse_report(
        parse_action(json.dumps({"action": "report", "id": 1, "upload": {"uploadId": "u1", **upload}})), "alice", NOW
    )


def refusal(**fields: Any) -> MessageRefusedError:
    with pytest.raises(MessageRefusedError) as caught:
        parse_report(parse_action(json.dumps({"action": "report", "id": 1, **fields})), "alice", NOW)
    assert (caught.value.code, caught.value.name, caught.value.id) == (4400, "bad_request", 1)
    return caught.value


def test_a_report_is_an_update_of_the_connections_user_at_the_time_of_receipt() -> None:
    said = report(status="uploading", rev=5, fileName="a.mp4", bytesUploaded=3, bytesTotal=9, bytesPerSecond=1)

    assert (said.user_id, said.upload_id, said.attempt, said.run_id, said.by_client) == (
        "alice",
        "u1",
        None,
        None,
        True,
    )
    assert (said.rev, said.updated_at, said.received_at) == (5, NOW, NOW)
    assert said.facts == {"fileName": "a.mp4", "bytesUploaded": 3, "bytesTotal": 9, "bytesPerSecond": 1}
    assert report(status="uploading").rev == NOW


@pytest.mark.parametrize(
    "name", ["userId", "attempt", "runId", "source", "startedAt", "updatedAt", "result", "correlationId"]
)
def test_a_field_that_no_client_decides_is_refused_by_name(name: str) -> None:
    upload = {"uploadId": "u1", "status": "uploading"}

    assert refusal(upload=upload | {name: None}).message == f"upload.{name}: a client must not name it"
    assert refusal(upload=upload, **{name: "alice"}).message == f"{name}: a client must not name it"


@pytest.mark.parametrize(
    ("upload", "field"),
    [
        (None, "upload:"),
        ([], "upload:"),
        ({"status": "uploading"}, "upload.uploadId:"),
        ({"uploadId": "x" * 1025, "status": "uploading"}, "upload.uploadId:"),
        ({"uploadId": "a\n", "status": "uploading"}, "upload.uploadId:"),
        ({"uploadId": "u1"}, "upload.status:"),
        ({"uploadId": "u1", "status": "gone"}, "upload.status:"),
        ({"uploadId": "u1", "status": "uploading", "fileName": "x" * 1025}, "upload.fileName:"),
        ({"uploadId": "u1", "status": "uploading", "bytesUploaded": 2, "bytesTotal": 1}, "upload.bytesUploaded:"),
        ({"uploadId": "u1", "status": "uploading", "rev": -1}, "upload.rev:"),
    ],
    ids=str,
)
def test_a_wrong_report_is_refused_with_the_name_of_the_field(upload: Any, field: str) -> None:
    assert refusal(upload=upload).message.startswith(field)


@given(ANY_JSON)
def test_any_upload_is_a_report_or_is_refused(upload: Any) -> None:
    try:
        action = parse_action(json.dumps({"action": "report", "upload": upload}))
        assert parse_report(action, "alice", NOW).user_id == "alice"
    except MessageRefusedError as refused:
        assert refused.code in (4400, 4413)


@given(st.lists(SERVERS, min_size=1, max_size=4), st.lists(CLIENTS, max_size=6), st.randoms())
def test_the_server_wins_in_every_order_of_arrival(servers: list[Update], clients: list[Update], chance: Any) -> None:
    """The server's words alone, in their order, give the same state as with reports between them at any place."""
    places = sorted(chance.randint(0, len(servers)) for _ in clients)
    mixed: list[Update] = []
    for place, server in enumerate(servers):
        mixed += [one for at, one in zip(places, clients, strict=True) if at == place] + [server]
    mixed += [one for at, one in zip(places, clients, strict=True) if at == len(servers)]

    assert of_server(after(*mixed)) == of_server(after(*servers))


def of_server(state: UploadProgress) -> tuple[object, ...]:
    """The state without what the first word of the server may have left out: name, sizes and start."""
    order = (state.attempt, state.rev, state.status_rev, state.attempt_rev, state.earlier_end)
    return (state.status, state.source, state.run_ids, state.object_identity, *order)


@given(updates(bytesUploaded=st.integers(0, 100)), updates(attempt=st.none(), bytesUploaded=st.integers(0, 10**9)))
def test_no_report_changes_the_bytes_that_the_server_names_later(server: Update, client: Update) -> None:
    lie = replace(client, by_client=True, facts=client.facts | {"bytesTotal": client.facts["bytesUploaded"]})
    earlier = replace(lie, rev=min(lie.rev, server.rev))

    assert after(earlier, server).facts == after(server).facts


def test_an_update_of_the_server_that_comes_late_takes_no_bytes_of_the_report_back() -> None:
    def seen(client: Update, **late: Any) -> dict[str, Any]:
        return dict(after(client, update(status="uploading", rev=1, **late)).facts)

    client = report(status="uploading", rev=9, bytesUploaded=80, bytesTotal=100)
    assert seen(client, bytesUploaded=40, bytesTotal=100) == {"bytesUploaded": 80, "bytesTotal": 100}
    assert seen(client, bytesUploaded=40, bytesTotal=50) == {"bytesUploaded": 50, "bytesTotal": 50}
    assert seen(client, bytesUploaded=90) == {"bytesUploaded": 90}
    assert seen(client, attempt=2, bytesUploaded=40) == {"bytesUploaded": 40}
    ended = report(status="completed", rev=9, bytesUploaded=100, bytesTotal=100)
    assert after(ended, update(status="uploading", rev=1, bytesUploaded=40, bytesTotal=100)).percent == 99.9


def test_what_the_server_leaves_out_stays_as_the_client_reported_it() -> None:
    first = report(status="uploading", fileName="a.mp4", bytesUploaded=3, bytesTotal=9, message="m")
    state = after(first, update(status="processing", rev=1))

    assert (state.source, state.facts) == (None, {"fileName": "a.mp4", "bytesUploaded": 3, "bytesTotal": 9})
    assert state.started_at == NOW


@pytest.mark.parametrize("status", STATUSES)
def test_the_servers_first_word_is_sent_as_a_status(status: str) -> None:
    state = after(report(status=status, rev=9), update(status=status, rev=3))

    assert upload_message(state)["type"] == "status"
    assert "source" not in upload_message(state)["upload"]


def test_a_report_names_its_source_and_stays_after_the_server_has_spoken() -> None:
    assert upload_message(after(report(status="uploading")))["upload"]["source"] == "client"
    server = after(update(status="uploading", rev=1))
    assert judge(server, report(status="completed"), NOW) is Verdict.STALE
    assert fold(server, [report(status="completed")]).state == server


def test_an_upload_of_clients_is_abandoned_and_resumes_by_their_news_or_the_servers() -> None:
    running = replace(after(report(status="uploading", rev=5)), due_at=NOW + LIMIT)
    silent = look(running, NOW + LIMIT, LIMIT)

    assert (silent.status, silent.source, silent.facts["error"]["code"]) == ("failed", "client", "abandoned")
    assert silent.is_abandoned and silent.is_due(silent.received_at + LIMIT)
    assert judge(silent, report(status="uploading", rev=6), NOW) is Verdict.ACCEPTED
    assert judge(silent, update(status="uploading", rev=1), NOW) is Verdict.ACCEPTED


def test_an_upload_that_its_client_ended_is_kept_like_any_ended_one() -> None:
    assert after(report(status="completed")).expires_at == NOW // 1000 + ENDED_KEPT_SECONDS
