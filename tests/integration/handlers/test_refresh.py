"""A later token takes over in place; nothing else does."""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from domain.connection import Connection, ConnectionLimits
from domain.deadlines import new_connection
from handlers import bootstrap, default
from testing import gateway_events
from testing.aws_environment import AUDIENCE, ISSUER, forget_adapters
from testing.provider import JwksServer, SigningKey, jwks_server
from testing.stub_management import StubManagement

KEY = SigningKey("ES256", "k1")


@pytest.fixture(scope="module")
def provider() -> Iterator[JwksServer]:
    with jwks_server() as server:
        server.publish(KEY.jwk())
        yield server


@pytest.fixture(autouse=True)
def _settings(world: None, provider: JwksServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWKS_URL", provider.url)
    forget_adapters()


def now_ms() -> int:
    return int(time.time() * 1000)


def token(seconds: int, **claims: Any) -> str:
    return KEY.token(**{"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + seconds, **claims})


def refresh(value: object) -> None:
    made = new_connection(
        "alice", "A=", connected_at=now_ms() - 60_000, token_expires_at=now_ms() + 100_000, limits=ConnectionLimits()
    )
    bootstrap.connections().add(made)
    body = json.dumps({"action": "refresh", "id": 1, "token": value})
    default.handler(gateway_events.message("alice", "A=", body), None)


def stored() -> list[Connection]:
    return bootstrap.connections().of_user("alice", 0)


def test_a_later_token_of_the_same_user_extends_the_connection(management: StubManagement) -> None:
    refresh(token(7200))

    [told] = management.sent_to("A=")
    [row] = stored()
    assert row.token_expires_at == (int(time.time()) + 7200) * 1000 or row.token_expires_at > now_ms() + 7_000_000
    assert (told["type"], told["id"]) == ("refreshed", 1)
    assert management.closed() == []


def test_an_earlier_expiry_is_refused_and_changes_nothing(management: StubManagement) -> None:
    refresh(token(50))

    [told] = management.sent_to("A=")
    assert (told["type"], told["code"], "token" in told["message"]) == ("error", 4400, True)
    assert stored()[0].token_expires_at > now_ms() + 60_000


def test_a_connection_that_was_closed_meanwhile_hears_nothing_more(management: StubManagement) -> None:
    """A sweep may close it between the two writes of a refresh."""

    def mark_closing(params: Any, **_: Any) -> None:
        if b"tokenExpiresAt <=" in params["body"]:
            [row] = stored()
            bootstrap.connections().begin_close(row, "token_expired", now_ms())

    bootstrap._dynamodb().meta.events.register("before-call.dynamodb.UpdateItem", mark_closing)
    refresh(token(7200))

    assert management.calls == []
    assert [row.closing for row in stored()] == ["token_expired"]


def test_another_users_token_ends_the_connection(management: StubManagement) -> None:
    refresh(token(7200, sub="bob"))

    [told] = management.sent_to("A=")
    assert (told["type"], told["code"], told["reconnect"]) == ("disconnect", 4403, False)
    assert management.closed() == ["A="]
    assert stored() == []


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("nonsense", id="nonsense"),
        pytest.param(token(7200, aud="another"), id="audience"),
        pytest.param(token(-7200), id="expired"),
        pytest.param(token(7200, at_hash="77Qm"), id="ID token"),
        pytest.param(token(7200, type="refresh"), id="refresh token"),
        pytest.param(token(7200, azp="alice"), id="machine's token"),
        pytest.param(token(7200, aud=None, client_id="another"), id="another client"),
        pytest.param(SigningKey("ES256", "k1").token(iss=ISSUER, aud=AUDIENCE, exp=2_000_000_000), id="signature"),
        pytest.param("x" * 9000, id="too large"),
        pytest.param("", id="empty"),
        pytest.param(7, id="number"),
        pytest.param(None, id="missing"),
    ],
)
def test_a_token_that_does_not_hold_is_an_error_and_the_connection_stays(
    management: StubManagement, value: object
) -> None:
    refresh(value)

    [told] = management.sent_to("A=")
    assert (told["type"], told["code"], told["id"]) == ("error", 4400, 1)
    assert told["message"].startswith("token: ")
    assert management.closed() == []
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("claims", "answer"),
    [
        ({}, "error"),
        ({"scope": "profile"}, "error"),
        ({"scp": ["progress"]}, "refreshed"),
        ({"scope": "profile progress"}, "refreshed"),
    ],
)
def test_a_refresh_requires_the_scope_that_a_handshake_requires(
    management: StubManagement, monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any], answer: str
) -> None:
    monkeypatch.setenv("JWT_SCOPE", "progress")
    forget_adapters()

    refresh(token(7200, **claims))

    [told] = management.sent_to("A=")
    assert told["type"] == answer
    assert answer == "refreshed" or told["message"] == "token: insufficient_scope"
    assert management.closed() == []
    assert (stored()[0].token_expires_at > now_ms() + 200_000) == (answer == "refreshed")


def test_the_log_says_what_was_wrong_with_a_refreshed_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "upload_progress"):
        refresh(token(7200, token_use="id"))

    [line] = [record.__dict__ for record in caplog.records if record.message == "refresh_refused"]
    assert (line["connectionId"], line["reason"]) == ("A=", "wrong_token_kind")
    assert (line["claim"], line["expected"], line["came"]) == ("token_use", "access", "id")


def test_refreshes_count_against_the_rate_like_any_message(management: StubManagement) -> None:
    for _ in range(25):
        refresh_again()
    codes = [message.get("code") for message in management.sent_to("A=")]
    assert 4429 in codes


def refresh_again() -> None:
    if not stored():
        refresh("nonsense")
        return
    body = json.dumps({"action": "refresh", "token": token(7200)})
    default.handler(gateway_events.message("alice", "A=", body), None)
