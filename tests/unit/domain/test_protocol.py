"""What servers say: every message fits a frame, reads back as JSON, and gives no secret away."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import disconnect, protocol
from domain.connection import ConnectionLimits
from domain.deadlines import new_connection
from domain.disconnect import RATE_LIMITED, Disconnect
from domain.protocol import MessageRefusedError, encode, snapshot, upload_message
from domain.timestamps import rfc3339
from domain.update import STATUSES
from domain.upload import UploadProgress
from testing.updates import NOW, fold, update

LARGEST = 32 * 1024
DISCONNECTS = [value for value in vars(disconnect).values() if isinstance(value, Disconnect)]
IDS = st.none() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=64).filter(str.isprintable)
CONNECTION = new_connection("alice", "A1=", connected_at=NOW, token_expires_at=NOW + 1, limits=ConnectionLimits())

# Characters that need one to four bytes in UTF-8, and six as an escape.
TEXT = st.text(st.sampled_from('a"\\\u0001\n\u007f\u20ac\U0001f4c4'), max_size=40)
OBJECT = st.dictionaries(
    TEXT, st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=3), max_size=4
)
ALWAYS = {"uploadId", "fileName", "status", "phase", "bytesUploaded", "bytesTotal", "percent", "attempt", "rev"}


@st.composite
def states(draw: st.DrawFn, upload_id: str = "u1") -> UploadProgress:
    """Any state that updates can bring about; some are as large as they may be."""
    swell = draw(st.sampled_from(["", "\u0001", "\U0001f4c4"]))
    fields: dict[str, Any] = {
        "status": draw(st.sampled_from(STATUSES)),
        "fileName": draw(TEXT) + swell * 900,
        "message": draw(TEXT) + swell * 900,
        "result": draw(OBJECT) | ({"note": "x" * draw(st.integers(0, 2500))} if swell else {}),
        "error": {"code": "E", "message": draw(TEXT) + swell * 500},
        "bytesTotal": draw(st.none() | st.integers(0, 2**53 - 1)),
        "updatedAt": rfc3339(NOW - draw(st.integers(0, 60_000))),
    }
    state = fold(None, [update(uploadId=upload_id, **fields)]).state
    assert state is not None
    return state


def many(count: int, **fields: Any) -> list[UploadProgress]:
    """As many states, each a second older than the one before."""
    made = [
        fold(None, [update(uploadId=f"u{age}", updatedAt=rfc3339(NOW - age * 1000), **fields)]).state
        for age in range(count)
    ]
    return [state for state in made if state is not None]


@given(states())
def test_an_upload_message_fits_one_frame_and_reads_back(state: UploadProgress) -> None:
    message = upload_message(state)

    data = encode(message)

    assert len(data) <= LARGEST
    assert json.loads(data) == message
    assert message["type"] == ("status" if state.rev == state.status_rev else "progress")
    assert message["channel"] == "/user/alice/upload-progress"
    assert message["upload"].keys() >= ALWAYS | {"startedAt", "updatedAt"}
    assert "userId" not in message["upload"]


def test_the_largest_upload_that_is_accepted_fits_a_page_of_its_own() -> None:
    """Control characters are six bytes each in JSON."""
    control = "\u0001"
    error = {"code": control * 64, "message": "m", "note": "\u20ac" * 1200}
    state = fold(
        None,
        [
            update(
                userId="u" * 128,
                uploadId="\U0001f4c4" * 256,
                fileName=control * 1024,
                phase=control * 64,
                message=control * 1000,
                error=error,
                result={"note": "n" * 4080},
                **dict.fromkeys(("bytesUploaded", "bytesTotal", "bytesPerSecond", "etaSeconds", "rev"), 2**53 - 1),
            )
        ],
    ).state
    assert state is not None

    assert len(encode(upload_message(state))) <= LARGEST
    for page in snapshot("u" * 128, [state, _named(state, "\U0001f4ca" * 256)], "5" * 16, NOW, '"' * 64):
        assert len(encode(page)) <= LARGEST


@pytest.mark.parametrize("filler", ["x", "\u00e9", "\u20ac", "\U0001f4c4"])
def test_the_largest_page_has_at_most_32768_bytes_in_utf_8(filler: str) -> None:
    """The uploads fill the room of a page to the byte, and its envelope is the longest that there is."""
    user, room = "u" * 128, protocol.MAX_PAGE_BYTES
    uploads = _filling(user, room, filler)
    assert sum(len(encode(protocol.upload_fields(one))) + 1 for one in uploads) == room

    page, more = snapshot(user, [*uploads, _named(uploads[-1], "older")], "5" * 16, NOW, '"' * 64)

    assert len(page["uploads"]) == len(uploads) and len(more["uploads"]) == 1
    assert 32_768 - 1024 < len(encode(page)) <= 32_768


def _filling(user_id: str, room: int, filler: str) -> list[UploadProgress]:
    """States whose JSON objects, each with its comma, need exactly `room` bytes."""
    made: list[UploadProgress] = []
    while room:
        fields = {"userId": user_id, "uploadId": f"u{len(made):02}", "updatedAt": rfc3339(NOW - len(made))}
        empty = fold(None, [update(**fields, result={"note": ""})]).state
        assert empty is not None
        bare = len(encode(protocol.upload_fields(empty))) + 1
        taken = room if room < bare + 3000 else min(room - bare, bare + 3000)
        count, rest = divmod(taken - bare, len(filler.encode()))
        state = fold(None, [update(**fields, result={"note": filler * count + "x" * rest})]).state
        assert state is not None
        made.append(state)
        room -= taken
    return made


@settings(max_examples=40)
@given(st.data(), st.integers(0, 130), IDS)
def test_a_snapshot_is_complete_newest_first_and_each_page_fits_one_frame(
    data: st.DataObject, count: int, id: str | int | None
) -> None:
    template = data.draw(st.lists(states(), min_size=1, max_size=4))
    uploads = [_named(template[number % len(template)], f"u{number}") for number in range(count)]

    pages = snapshot("alice", uploads, "5f", NOW, id)

    shown = [upload for page in pages for upload in page["uploads"]]
    assert all(len(encode(page)) <= LARGEST for page in pages)
    assert [page["page"] for page in pages] == list(range(1, len(pages) + 1))
    assert {page["pages"] for page in pages} == {len(pages)}
    assert {page["snapshotId"] for page in pages} == {"5f"}
    assert {page["truncated"] for page in pages} == {count > 100}
    assert len({upload["uploadId"] for upload in shown}) == len(shown) == min(count, 100)
    assert [upload["updatedAt"] for upload in shown] == sorted((u["updatedAt"] for u in shown), reverse=True)
    assert all(page.get("id") == id and ("id" in page) is (id is not None) for page in pages)
    assert count == 0 or all(page["uploads"] for page in pages)


def _named(state: UploadProgress, upload_id: str) -> UploadProgress:
    return replace(state, upload_id=upload_id)


def test_a_snapshot_of_nothing_is_one_empty_page() -> None:
    [page] = snapshot("alice", [], "5f", NOW)

    assert (page["uploads"], page["page"], page["pages"], page["truncated"]) == ([], 1, 1, False)


def test_a_snapshot_keeps_the_newest_hundred() -> None:
    pages = snapshot("alice", many(101)[::-1], "5f", NOW)

    assert [upload["uploadId"] for page in pages for upload in page["uploads"]] == [f"u{age}" for age in range(100)]
    assert all(page["truncated"] for page in pages)


def test_a_snapshot_leaves_out_what_ended_over_15_minutes_ago() -> None:
    long_ago = NOW - 1000 * 1000
    running, ended = [replace(many(1, status=status)[0], received_at=long_ago) for status in ("uploading", "completed")]

    [page] = snapshot("alice", [running, ended], "5f", NOW)

    assert [upload["status"] for upload in page["uploads"]] == ["uploading"]


def test_small_uploads_share_a_page() -> None:
    assert len(snapshot("alice", many(60), "5f", NOW)) == 1


@given(st.integers(-(10**12), 253_370_764_799_999))
def test_times_are_rfc_3339_utc(epoch_ms: int) -> None:
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=epoch_ms)

    assert rfc3339(epoch_ms).endswith("Z")
    assert datetime.fromisoformat(rfc3339(epoch_ms)) == expected
    assert len(rfc3339(epoch_ms)) == len("2026-03-01T12:00:00.000Z")


def test_welcome_tells_who_and_every_limit_in_force() -> None:
    limits = ConnectionLimits(100, 200, 90, 7000, 400, 5, 15, 8)

    assert protocol.welcome(CONNECTION, limits, 3, "w1") == {
        "id": "w1",
        "type": "welcome",
        "protocol": "upload-progress.v1",
        "connectionId": "A1=",
        "channel": "/user/alice/upload-progress",
        "heartbeatSeconds": 100,
        "idleTimeoutSeconds": 200,
        "warningSeconds": 90,
        "maxConnectionSeconds": 7000,
        "maxConnectionWarningSeconds": 400,
        "maxConnectionsPerUser": 5,
        "messagesBurst": 15,
        "messagesPer10Seconds": 8,
        "maxMessageBytes": 4096,
        "maxRefreshBytes": 10240,
        "syncIntervalSeconds": 5,
        "maxPredictionPercent": 10,
        "predictionSeconds": 5,
        "latePredictionSeconds": 10,
        "latePredictionAfterSeconds": 120,
        "tokenExpiresAt": "2026-03-01T12:00:00.001Z",
        "connectionExpiresAt": "2026-03-01T13:56:40.000Z",
        "activeConnections": 3,
    }


@given(IDS)
def test_an_id_is_echoed_and_never_made_up(id: str | int | None) -> None:
    refused = MessageRefusedError(4400, "bad_request", "m", id=id)
    answers = [
        protocol.welcome(CONNECTION, ConnectionLimits(), 1, id),
        *snapshot("alice", many(2), "5f", NOW, id),
        protocol.pong(id),
        protocol.ack(id),
        protocol.error(refused, "r"),
    ]

    for answer in answers:
        assert ("id" in answer) is (id is not None)
        assert answer.get("id") == id
        assert json.loads(encode(answer)) == answer


@pytest.mark.parametrize(
    ("code", "temporary"), [(4400, False), (4404, False), (4413, False), (4429, True), (4500, True)]
)
def test_an_error_says_whether_trying_again_may_help(code: int, temporary: bool) -> None:
    message = protocol.error(MessageRefusedError(code, "name", "text"), "PJq=")

    assert message == {
        "type": "error",
        "code": code,
        "name": "name",
        "message": "text",
        "temporary": temporary,
        "requestId": "PJq=",
    }
    assert protocol.error(MessageRefusedError(code, "n", "m", retry_after_ms=0), "r")["retryAfterMs"] == 0


def test_the_reasons_for_a_disconnect_are_those_of_the_contract() -> None:
    assert sorted((why.code, why.reason, why.reconnect) for why in DISCONNECTS) == [
        (4400, "bad_request", False),
        (4401, "token_expired", True),
        (4403, "forbidden", False),
        (4403, "revoked", False),
        (4408, "idle_timeout", False),
        (4409, "unknown_connection", True),
        (4410, "max_duration", True),
        (4412, "no_pong", True),
        (4426, "connection_limit", False),
        (4427, "replaced", False),
        (4429, "rate_limited", True),
        (4500, "internal", True),
    ]


@pytest.mark.parametrize("why", DISCONNECTS, ids=lambda why: why.reason)
def test_a_disconnect_is_complete(why: Disconnect) -> None:
    message = protocol.disconnect(why)

    assert message.keys() == {"type", "code", "reason", "message", "reconnect", "retryAfterMs"}
    assert message["type"] == "disconnect" and message["message"] and message["retryAfterMs"] >= 0
    assert json.loads(encode(message)) == message


def test_who_is_to_come_back_later_is_told_when() -> None:
    assert protocol.disconnect(RATE_LIMITED)["retryAfterMs"] > 0


def test_the_channel_holds_the_id_percent_encoded() -> None:
    assert protocol.channel("alice+news@example.com") == "/user/alice%2Bnews@example.com/upload-progress"
    assert protocol.channel("auth0|5f7c") == "/user/auth0|5f7c/upload-progress"
