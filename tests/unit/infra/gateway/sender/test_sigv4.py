"""The oracle is botocore: its signer for any input, and its client for what goes over the wire."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import quote

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from infra.gateway.credentials import Credentials
from infra.gateway.sender.endpoint import Endpoint
from infra.gateway.sender.sigv4 import PreparedRequest

CASES = 10_000
REGION = "eu-west-1"
URLS = [
    "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod",
    "https://push.example.com",
    "https://push.example.com:8443/key.$-_+!*'()/",
    "http://localhost:3001/Gateway/prod",
    "http://[::1]:3001/local",
    "https://[2001:db8::1]/prod",
]
ID_CHARACTERS = string.ascii_letters + string.digits + "+/=-_.~ %@:&?#é📄"
KEY_CHARACTERS = string.ascii_letters + string.digits + "+/="


def some_text(chance: random.Random, characters: str, most: int) -> str:
    return "".join(chance.choices(characters, k=chance.randint(1, most)))


def some_id(chance: random.Random) -> str:
    """Never dots alone: those are steps in a path, and no id."""
    return some_text(chance, ID_CHARACTERS, 24).strip(".") or "A="


def head(request: bytes) -> tuple[str, dict[str, str], bytes]:
    """The request line, the headers and the body."""
    start, _, body = request.partition(b"\r\n\r\n")
    line, *headers = start.decode().split("\r\n")
    return line, dict(header.split(": ", 1) for header in headers), body


def signed_by_botocore(method: str, url: str, body: bytes, credentials: Credentials) -> dict[str, str]:
    request = AWSRequest(method, url, data=body or None)
    theirs = BotocoreCredentials(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None
    )
    SigV4Auth(theirs, "execute-api", REGION).add_auth(request)
    return dict(request.headers)


def check_ten_ids(chance: random.Random, at: float) -> None:
    """One prepared request serves ten ids, as in a broadcast."""
    endpoint = Endpoint.parse(chance.choice(URLS))
    token = chance.choice([None, some_text(chance, KEY_CHARACTERS, 500)])
    key = Credentials(some_text(chance, KEY_CHARACTERS, 20), some_text(chance, KEY_CHARACTERS, 80), token)
    method = chance.choice(["POST", "DELETE"])
    body = chance.randbytes(chance.randint(0, 300)) if method == "POST" else b""
    prepared = PreparedRequest(method, endpoint, REGION, key, body, at)
    origin = f"{'https' if endpoint.secure else 'http'}://{endpoint.host_header}"
    for _ in range(10):
        connection_id = some_id(chance)
        line, headers, sent = head(prepared.to(connection_id))
        path = f"{endpoint.path}/@connections/{quote(connection_id, safe='-._~')}"
        theirs = signed_by_botocore(method, origin + path, body, key)
        assert (line, sent) == (f"{method} {path} HTTP/1.1", body)
        assert headers["authorization"] == theirs["Authorization"]
        assert headers["x-amz-date"] == theirs["X-Amz-Date"]
        assert headers.get("x-amz-security-token") == theirs.get("X-Amz-Security-Token")


def test_the_signature_is_botocores_for_any_id_body_key_token_and_time() -> None:
    chance = random.Random(20260101)
    with mock.patch("botocore.auth.get_current_datetime") as now:
        for _ in range(CASES // 10):
            at = chance.uniform(0, 4_102_444_800)
            now.return_value = datetime.fromtimestamp(int(at), UTC)
            check_ten_ids(chance, at)


class SentError(Exception):
    """What a client was about to put on the wire."""


def on_the_wire(client: Any, operation: str, **arguments: Any) -> tuple[str, str, dict[str, str]]:
    with pytest.raises(SentError) as sent:
        getattr(client, operation)(**arguments)
    request = sent.value.args[0]
    texts = {
        name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    return request.method, request.url, texts


def catching_client(url: str, token: str | None) -> Any:
    client = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="AKID",
        aws_secret_access_key="secret",
        aws_session_token=token,
    )

    def catch(request: Any, **_: object) -> None:
        raise SentError(request)

    client.meta.events.register("before-send", catch)
    return client


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("token", [None, "token/+="])
def test_method_url_and_authorization_are_those_of_boto3s_client(url: str, token: str | None) -> None:
    client, chance, endpoint = catching_client(url, token), random.Random(url), Endpoint.parse(url)
    for _ in range(20):
        connection_id, body = some_id(chance), chance.randbytes(20)
        for method, operation, data in (
            ("POST", "post_to_connection", {"Data": body}),
            ("DELETE", "delete_connection", {}),
        ):
            their_method, their_url, theirs = on_the_wire(client, operation, ConnectionId=connection_id, **data)
            at = datetime.strptime(theirs["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
            key = Credentials("AKID", "secret", token)
            sent = body if method == "POST" else b""
            line, ours, _ = head(PreparedRequest(method, endpoint, REGION, key, sent, at).to(connection_id))
            our_method, our_path, _ = line.split(" ")
            origin = f"{'https' if endpoint.secure else 'http'}://{endpoint.host_header}"
            assert (our_method, origin + our_path) == (their_method, their_url)
            assert ours["authorization"] == theirs["authorization"]


def test_secrets_never_show() -> None:
    assert repr(Credentials("AKID", "secret", "token")) == "Credentials(access_key_id='AKID')"
