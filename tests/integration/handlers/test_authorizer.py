"""Who is let in: real tokens, a real provider, and every way to be refused."""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from domain.token_errors import KeysUnavailableError
from handlers import authorizer
from testing import gateway_events
from testing.aws_environment import AUDIENCE, ISSUER, forget_adapters
from testing.provider import JwksServer, SigningKey, jwks_server

KEY, STRANGER = SigningKey("RS256", "rsa-1"), SigningKey("RS256", "rsa-1")
ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/prod/$connect"
OUR_PAGE = {"Origin": "https://app.example.com"}


@pytest.fixture(scope="module")
def provider() -> Iterator[JwksServer]:
    with jwks_server() as server:
        server.publish(KEY.jwk())
        yield server


@pytest.fixture(autouse=True)
def _settings(variables: None, provider: JwksServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWKS_URL", provider.url)
    forget_adapters()


def set_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    forget_adapters()


def token(key: SigningKey = KEY, **claims: Any) -> str:
    return key.token(**{"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600, **claims})


def ask(headers: dict[str, str] | None = None, query: dict[str, str] | None = None) -> dict[str, Any]:
    event = gateway_events.connect("", "A=", headers=headers)
    del event["requestContext"]["authorizer"]
    event |= {"type": "REQUEST", "methodArn": ARN}
    if query:
        event["queryStringParameters"] = query
    return authorizer.handler(event, None)


def bearer(value: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}", **more}


def effect(policy: dict[str, Any]) -> str:
    [statement] = policy["policyDocument"]["Statement"]
    return str(statement["Effect"])


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], signature: bytes = b"") -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": int(time.time()) + 600}
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{b64(signature)}"


def signed_with_the_public_key() -> str:
    """The classic confusion: what everybody may know is taken for a shared secret."""
    form, encoding = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.PEM
    public = KEY.private.public_key().public_bytes(encoding, form)
    said = unsigned({"alg": "HS256", "kid": KEY.kid}).rpartition(".")[0]
    return f"{said}.{b64(hmac.new(public, said.encode(), hashlib.sha256).digest())}"


REFUSED = {
    "missing": lambda: "",
    "malformed": lambda: "not.a.token",
    "no token at all": lambda: "x",
    "expired": lambda: token(exp=int(time.time()) - 60),
    "not yet valid": lambda: token(nbf=int(time.time()) + 600),
    "issued in the future": lambda: token(iat=int(time.time()) + 600),
    "wrong issuer": lambda: token(iss="https://evil.example.com/"),
    "wrong audience": lambda: token(aud="another-application"),
    "without exp": lambda: token(exp=None),
    "without sub": lambda: token(sub=None),
    "without iss": lambda: token(iss=None),
    "without aud": lambda: token(aud=None),
    "subject with a newline": lambda: token(sub="alice\nbob"),
    "another key of the same kid": lambda: token(STRANGER),
    "alg none": lambda: unsigned({"alg": "none"}),
    "alg None": lambda: unsigned({"alg": "None", "kid": KEY.kid}),
    "HS256 signed with the public key": signed_with_the_public_key,
    "signature of another token": lambda: token().rpartition(".")[0] + "." + token(sub="bob").rpartition(".")[2],
    "over 8 KB": lambda: token(note="x" * 9000),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("by_subprotocol", [False, True], ids=["header", "subprotocol"])
def test_a_token_that_does_not_hold_is_unauthorized_and_never_logged(
    make: Any, by_subprotocol: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """API Gateway answers 401 to exactly this text, and 500 to any other."""
    said = make()
    offered = {"Sec-WebSocket-Protocol": f"upload-progress.v1, bearer.{said}"}

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception) as caught:
        ask(offered if by_subprotocol else bearer(said))

    assert (type(caught.value), str(caught.value)) == (Exception, "Unauthorized")
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    [record] = [one for one in caplog.records if one.name == "upload_progress"]
    assert record.getMessage() == "handshake_refused"
    assert_not_logged(caplog, said)


def refusal(caplog: pytest.LogCaptureFixture, said: str) -> dict[str, Any]:
    """Returns the fields of the one line that the log has of this refused token."""
    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(bearer(said))
    [record] = [one for one in caplog.records if one.name == "upload_progress"]
    return record.__dict__


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"aud": None}, {"reason": "missing_claim", "claim": "aud", "expected": AUDIENCE}),
        ({"aud": None, "client_id": "app-2"}, {"reason": "wrong_audience", "claim": "client_id", "came": "app-2"}),
        ({"aud": ["a", "b"]}, {"reason": "wrong_audience", "claim": "aud", "expected": AUDIENCE, "came": "a b"}),
        ({"iss": ISSUER[:-1]}, {"reason": "wrong_issuer", "claim": "iss", "expected": ISSUER, "came": ISSUER[:-1]}),
        ({"sub": ".."}, {"reason": "bad_subject", "claim": "sub", "came": '".."'}),
        ({"exp": "soon"}, {"reason": "malformed", "claim": "exp", "came": '"soon"'}),
        ({"exp": 1}, {"reason": "expired", "claim": "exp"}),
        ({"token_use": "id"}, {"reason": "wrong_token_kind", "claim": "token_use", "expected": "access", "came": "id"}),
    ],
)
def test_the_log_says_which_claim_was_refused_what_was_expected_and_what_came(
    caplog: pytest.LogCaptureFixture, claims: dict[str, Any], told: dict[str, str]
) -> None:
    assert refusal(caplog, token(**claims)).items() >= told.items()


def test_what_came_is_cut_to_160_printable_characters(caplog: pytest.LogCaptureFixture) -> None:
    came = refusal(caplog, token(iss="\n\u202e" * 200))["came"]

    assert len(came) == 160 and came.isascii() and came.isprintable()


@pytest.mark.parametrize(
    "said",
    [
        token(STRANGER, iss="https://stranger.example/"),
        token(headers={"kid": "a-kid-of-the-client"}),
        unsigned({"alg": "an-alg-of-the-client", "kid": KEY.kid}, b"signature"),
        unsigned({"alg": "RS256", "typ": "a-typ-of-the-client"}, b"signature"),
    ],
)
def test_nothing_of_a_token_is_logged_before_its_signature_was_verified(
    caplog: pytest.LogCaptureFixture, said: str
) -> None:
    logged = repr(refusal(caplog, said))

    assert "stranger.example" not in logged and "-of-the-client" not in logged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("SlAV32hkKG", "opaque"),
        ("eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn", "encrypted"),
        (unsigned({"alg": "none"}), "unsigned"),
    ],
)
def test_the_log_names_what_is_no_signed_token(caplog: pytest.LogCaptureFixture, said: str, reason: str) -> None:
    assert refusal(caplog, said)["reason"] == reason


def test_a_token_of_another_kind_is_counted_under_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    line = refusal(caplog, token(nonce="n-0S6"))

    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert (line["reason"], line["HandshakesUnauthorized"]) == ("wrong_token_kind", 1)
    assert directive["Dimensions"] == [[], ["reason"]]


def test_a_deployment_may_name_the_claims_of_user_and_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variable(monkeypatch, "JWT_USER_CLAIM", "email")
    set_variable(monkeypatch, "JWT_AUDIENCE_CLAIM", "azp")

    answer = ask(bearer(token(aud=None, azp=AUDIENCE, email="alice+news@example.com")))
    assert (effect(answer), answer["context"]["userId"]) == ("Allow", "alice+news@example.com")


def test_a_deployment_may_allow_id_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variable(monkeypatch, "JWT_KINDS", "access,id")

    assert effect(ask(bearer(token(nonce="n-0S6", at_hash="77Qm")))) == "Allow"


def test_the_client_id_is_the_audience_of_a_token_without_any() -> None:
    assert effect(ask(bearer(token(aud=None, client_id=AUDIENCE, token_use="access")))) == "Allow"


def test_a_handshake_without_any_header_is_unauthorized(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask()
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler({"requestContext": {"connectionId": "A="}, "methodArn": ARN, "headers": None}, None)

    assert {one.__dict__["reason"] for one in caplog.records} == {"missing"}


def test_a_verified_user_is_allowed_and_known_to_every_later_event(caplog: pytest.LogCaptureFixture) -> None:
    expires = int(time.time()) + 600
    said = token(sub="auth0|5f7c", exp=expires)

    with caplog.at_level(logging.DEBUG):
        policy = ask(bearer(said))

    assert policy == {
        "principalId": "auth0|5f7c",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}],
        },
        "context": {"userId": "auth0|5f7c", "tokenExpiresAt": (expires + 30) * 1000},
    }
    assert_not_logged(caplog, said)


def test_the_context_holds_only_what_api_gateway_can_carry() -> None:
    """Developer Guide: values must be strings, numbers or booleans."""
    assert all(isinstance(value, str | int | bool) for value in ask(bearer(token()))["context"].values())


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "bearer {}"},
        {"Sec-WebSocket-Protocol": "upload-progress.v1, bearer.{}"},
        {"sec-websocket-protocol": "bearer.{},upload-progress.v1"},
        {"Authorization": "Basic dXNlcg==", "Sec-WebSocket-Protocol": "bearer.{}"},
        {"Authorization": "Bearer {}", "Sec-WebSocket-Protocol": "bearer.nonsense"},
    ],
    ids=str,
)
def test_a_token_is_taken_from_the_safest_place(headers: dict[str, str]) -> None:
    assert effect(ask({name: value.format(token()) for name, value in headers.items()})) == "Allow"


def test_a_bad_token_in_a_better_place_is_not_made_good_by_one_in_a_worse() -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(bearer("nonsense") | {"Sec-WebSocket-Protocol": f"bearer.{token()}"})


def test_the_query_is_read_only_if_the_deployment_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(query={"token": token()})

    set_variable(monkeypatch, "ALLOW_QUERY_TOKEN", "true")

    assert effect(ask(query={"token": token()})) == "Allow"


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "https://app.example.com.evil.example"])
def test_a_foreign_page_is_denied_however_good_its_token(origin: str, caplog: pytest.LogCaptureFixture) -> None:
    said = token()

    with caplog.at_level(logging.DEBUG):
        assert effect(ask(bearer(said, Origin=origin))) == "Deny"
    assert_not_logged(caplog, said)
    [record] = [one for one in caplog.records if one.getMessage() == "handshake_forbidden"]
    assert not origin or origin not in repr(record.__dict__)


def test_a_program_that_sends_the_apis_own_address_as_origin_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's websocket-client does so."""
    said = token()
    own = {"Host": "live.example.com", "Origin": "https://live.example.com"}
    behind = {"Host": "a1.execute-api.eu-west-1.amazonaws.com", "X-Viewer-Host": "live.example.com"}

    assert effect(ask(bearer(said, **own))) == "Allow"
    assert effect(ask(bearer(said, Origin="https://live.example.com", **behind))) == "Allow"

    set_variable(monkeypatch, "VIEWER_HOST_HEADER", "")
    assert effect(ask(bearer(said, Origin="https://live.example.com", **behind))) == "Deny"


@pytest.mark.parametrize("origin", [None, ""])
def test_what_sends_no_origin_is_no_page(origin: str | None) -> None:
    assert effect(ask(bearer(token(), **({} if origin is None else {"Origin": origin})))) == "Allow"


def test_our_own_page_is_allowed() -> None:
    assert effect(ask(bearer(token(), **OUR_PAGE))) == "Allow"


def test_a_foreign_page_with_a_bad_token_learns_no_more_than_anybody() -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask(bearer("nonsense", Origin="https://evil.example.com"))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, "Deny"),
        ({"scope": "profile"}, "Deny"),
        ({"scope": "profile progress"}, "Allow"),
        ({"scp": ["progress"]}, "Allow"),
    ],
)
def test_a_token_without_the_scope_is_denied(
    monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any], expected: str
) -> None:
    set_variable(monkeypatch, "JWT_SCOPE", "progress")

    assert effect(ask(bearer(token(**claims)))) == expected


def test_the_log_names_the_scope_that_is_missing_and_those_that_came(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    set_variable(monkeypatch, "JWT_SCOPE", "progress")

    with caplog.at_level(logging.DEBUG):
        ask(bearer(token(scope="profile email")))

    line = caplog.records[-1].__dict__
    assert (line["reason"], line["expected"], line["came"]) == ("scope", "progress", "email profile")


def test_keys_that_cannot_be_had_are_no_refusal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A client with a good token must not be told that it is bad: 500, not 401, and an error for the alarm."""
    set_variable(monkeypatch, "JWKS_URL", "http://127.0.0.1:9/jwks.json")
    said = token()

    with caplog.at_level(logging.DEBUG), pytest.raises(KeysUnavailableError) as caught:
        ask(bearer(said))

    assert str(caught.value) != "Unauthorized"
    assert_not_logged(caplog, said)


def assert_not_logged(caplog: pytest.LogCaptureFixture, said: str) -> None:
    """Neither the token nor any longer part of it, in whatever field of whatever record."""
    parts = [part for part in said.split(".") if len(part) > 8]
    for record in caplog.records:
        logged = repr({**record.__dict__, "text": record.getMessage()})
        assert not any(part in logged for part in parts)
