"""The local identity provider: what it signs is accepted, and refused, where it should be."""

import asyncio
import json
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pytest_aiohttp.plugin import AiohttpClient

from domain.token_claims import ClaimsRule
from infra.tokens.jwks import JwksKeys
from infra.tokens.verifier import TokenVerifier
from local_emulator.identity.provider import LocalIdentity, routes
from local_emulator.identity.token_request import InvalidTokenRequestError, TokenRequest, read_token_request

NOW = 1_800_000_000
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def identity() -> LocalIdentity:
    return LocalIdentity("http://localhost:3001/_emulator/identity", "upload-progress")


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, identity: LocalIdentity) -> Client:
    app = web.Application()
    app.add_routes(routes(identity, clock=lambda: NOW + 0.5))
    return await aiohttp_client(app)


def read(token: str, jwks: dict[str, Any]) -> dict[str, Any]:
    """The claims of a token, verified by PyJWT against the published key; its times are not judged."""
    head = jwt.get_unverified_header(token)
    payload: bytes = jwt.PyJWS().decode(token, jwt.PyJWKSet.from_dict(jwks)[head["kid"]].key, [head["alg"]])
    claims: dict[str, Any] = json.loads(payload)
    return claims


def test_a_token_says_who_for_whom_and_until_when() -> None:
    identity = LocalIdentity("me", "you")
    token = identity.issue(TokenRequest("alice", lifetime_seconds=60, scope="a b"), NOW + 0.9)

    assert jwt.get_unverified_header(token)["alg"] == "ES256"
    assert read(token, identity.jwks()) == {
        "iss": "me",
        "aud": "you",
        "sub": "alice",
        "iat": NOW,
        "exp": NOW + 60,
        "scope": "a b",
    }


def test_claims_can_be_added_changed_and_left_out(identity: LocalIdentity) -> None:
    asked = TokenRequest("alice", claims={"aud": "else", "sub": None, "role": "x"})
    claims = read(identity.issue(asked, NOW), identity.jwks())

    assert claims["aud"] == "else" and claims["role"] == "x" and "sub" not in claims


def test_the_published_key_is_public_and_stays_the_same(identity: LocalIdentity) -> None:
    (jwk,) = identity.jwks()["keys"]

    assert identity.jwks() == {"keys": [jwk]}
    assert jwk["use"] == "sig" and "d" not in jwk


def test_two_providers_have_two_keys(identity: LocalIdentity) -> None:
    other = LocalIdentity(identity.issuer, identity.audience)

    assert other.jwks()["keys"][0]["kid"] != identity.jwks()["keys"][0]["kid"]


async def test_a_token_is_had_over_http_and_verifies_against_the_jwks_there(client: Client) -> None:
    answer = await client.post("/_emulator/identity/token", json={"user": "alice", "lifetimeSeconds": 60})
    said = await answer.json()
    jwks = await (await client.get("/_emulator/identity/jwks.json")).json()

    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    assert said["tokenType"] == "Bearer" and said["expiresInSeconds"] == 60
    assert read(said["token"], jwks)["exp"] == NOW + 60


async def test_tokens_that_will_be_refused_can_be_had_too(client: Client, identity: LocalIdentity) -> None:
    asked = {
        "user": "alice",
        "lifetimeSeconds": -60,
        "notBefore": NOW + 900,
        "scope": "a",
        "claims": {"iss": "evil", "now": 1, "user": 2, "self": 3},
    }
    said = await (await client.post("/_emulator/identity/token", json=asked)).json()
    claims = read(said["token"], identity.jwks())

    assert (claims["exp"], claims["nbf"], claims["iss"], claims["scope"]) == (
        NOW - 60,
        NOW + 900,
        "evil",
        "a",
    )
    assert (claims["now"], claims["user"], claims["self"]) == (1, 2, 3)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", "body"),
        ("not json", "body"),
        ("[]", "body"),
        ("[" * 4000, "body"),
        (json.dumps({"user": "x" * 5000}), "body"),
        ("{}", "user"),
        ('{"user": ""}', "user"),
        ('{"user": 7}', "user"),
        (json.dumps({"user": "x" * 257}), "user"),
        ('{"user": "a", "lifetimeSeconds": "60"}', "lifetimeSeconds"),
        ('{"user": "a", "lifetimeSeconds": true}', "lifetimeSeconds"),
        ('{"user": "a", "lifetimeSeconds": 1e3}', "lifetimeSeconds"),
        ('{"user": "a", "lifetimeSeconds": 99999999}', "lifetimeSeconds"),
        ('{"user": "a", "scope": ["b"]}', "scope"),
        ('{"user": "a", "notBefore": "soon"}', "notBefore"),
        ('{"user": "a", "notBefore": -1}', "notBefore"),
        ('{"user": "a", "claims": []}', "claims"),
        ('{"user": "a", "lifetime": 60}', "lifetime"),
    ],
)
async def test_bad_input_is_answered_with_400_and_the_field(client: Client, body: str, field: str) -> None:
    answer = await client.post("/_emulator/identity/token", data=body)
    said = await answer.json()

    assert answer.status == 400
    assert said["field"] == field and said["message"].startswith(f"{field} ")


async def test_a_token_is_not_had_by_get(client: Client) -> None:
    assert (await client.get("/_emulator/identity/token")).status == 405


@given(st.binary(max_size=200))
def test_any_body_is_a_request_or_names_its_field(body: bytes) -> None:
    with pytest.raises(InvalidTokenRequestError) as caught:
        read_token_request(body)

    assert caught.value.field


async def test_the_verifier_of_production_reads_the_jwks_and_accepts_the_token(client: Client) -> None:
    keys = JwksKeys(str(client.make_url("/_emulator/identity/jwks.json")))
    verifier = TokenVerifier(keys, ClaimsRule("http://localhost:3001/_emulator/identity", "upload-progress"))
    said = await (await client.post("/_emulator/identity/token", json={"user": "alice"})).json()

    verified = await asyncio.to_thread(verifier.verify, said["token"], NOW)

    assert (verified.user_id, verified.expires_at) == ("alice", (NOW + 3630) * 1000)
