"""The kinds of tokens that open a connection: the tokens of common issuers, and every mark alone."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.token_claims import ClaimsRule
from domain.token_errors import InvalidTokenError
from domain.token_kind import read_kinds
from infra.tokens.shared_secrets import SharedSecrets
from infra.tokens.verifier import TokenVerifier
from testing.provider import NOW

SECRET = "a secret of more than thirty-two bytes"
VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("token_vectors.json").read_text(encoding="utf-8"))
CLAIMS = {"iss": "issuer", "aud": "api", "sub": "alice", "exp": 1000}


def signed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Returns an HS256 token with the header's `typ` JWT and `exp` in ten minutes, unless the vector says otherwise."""
    payload = {name: value for name, value in {"exp": NOW + 600, **claims}.items() if value is not None}
    return jwt.PyJWS().encode(json.dumps(payload).encode(), SECRET, "HS256", header)


def verdict(vector: dict[str, Any]) -> tuple[str, str | None]:
    issuer = vector["claims"]["iss"] or "https://id.example.com"
    kinds = read_kinds(vector["kinds"])
    verifier = TokenVerifier(SharedSecrets([SECRET]), ClaimsRule(issuer, vector["audience"], kinds=kinds))
    try:
        verifier.verify(signed(vector["header"], vector["claims"]), NOW)
    except InvalidTokenError as refused:
        claim = refused.evidence.get("claim")
        return refused.reason, None if claim is None else str(claim)
    return "accepted", None


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['issuer']}, {vector['token']}")
def test_tokens_of_common_issuers(vector: dict[str, Any]) -> None:
    assert verdict(vector) == (vector["verdict"], vector.get("claim"))


def judge(header_typ: str | None = None, kinds: str = "access", /, **claims: Any) -> dict[str, Any]:
    """Returns the evidence of a refusal for its kind; nothing if the token is accepted."""
    rule = ClaimsRule("issuer", "api", 0, kinds=read_kinds(kinds))
    try:
        rule.judge(json.dumps({**CLAIMS, **claims}).encode(), 500, header_typ)
    except InvalidTokenError as refused:
        assert refused.reason == "wrong_token_kind"
        return dict(refused.evidence)
    return {}


@pytest.mark.parametrize("typ", [None, "", "JWT", "jwt", "application/jwt", "at+jwt", "AT+JWT", "Application/at+JWT"])
def test_a_header_of_an_access_token_or_without_a_kind_passes(typ: str | None) -> None:
    assert judge(typ) == {}


@pytest.mark.parametrize(
    "typ",
    [
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "application/secevent+JWT",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "JOSE",
        "id_token",
        "at+jwt ",
    ],
)
def test_a_header_of_any_other_kind_is_refused_whatever_kinds_are_allowed(typ: str) -> None:
    assert judge(typ, "access,id,machine") == {"header": "typ", "expected": "access or id", "came": typ}


@pytest.mark.parametrize("name", ["token_use", "token_type", "type", "typ"])
def test_a_claim_that_names_the_use_must_name_an_access_token(name: str) -> None:
    for use in ("access", "ACCESS", "access_token", "Bearer", "DPoP", "urn:ietf:params:oauth:token-type:access_token"):
        assert judge(**{name: use}) == {}
    for use in ("id", "ID", "id_token", "refresh", "Offline", "Logout", "reset_password", "accessible"):
        assert judge(**{name: use}) == {"claim": name, "expected": "access", "came": use}
    for unsaid in (None, "", "JWT"):
        assert judge(**{name: unsaid}) == {}


@pytest.mark.parametrize("use", [7, True, ["access"], {"access": 1}])
def test_a_use_that_is_no_text_is_refused(use: Any) -> None:
    assert judge(token_use=use)["claim"] == "token_use"


@pytest.mark.parametrize("name", ["at_hash", "c_hash", "s_hash"])
def test_a_hash_marks_an_id_token_even_beside_a_mark_of_an_access_token(name: str) -> None:
    assert judge("at+jwt", **{name: "77Qm"}) == {"claim": name, "expected": "access", "came": "present"}
    assert judge(None, "id", **{name: "77Qm"}) == {}


def test_a_nonce_marks_an_id_token_unless_another_mark_names_an_access_token() -> None:
    assert judge(nonce="n")["claim"] == "nonce"
    assert judge("at+jwt", nonce="n") == judge(typ="Bearer", nonce="n") == judge(token_use="access", nonce="n") == {}
    assert judge(None, "access,id", nonce="n") == {}


def test_events_are_refused_whatever_else_is_said() -> None:
    assert judge("at+jwt", "access,id,machine", events={}, token_use="access")["claim"] == "events"


@pytest.mark.parametrize("name", ["client_id", "azp", "cid"])
def test_a_clients_own_token_is_refused_unless_machines_are_allowed(name: str) -> None:
    for client, subject in (("alice", "alice"), ("app-1", "app-1@clients")):
        assert judge("at+jwt", sub=subject, **{name: client})["claim"] == "sub"
        assert judge("at+jwt", "access,machine", sub=subject, **{name: client}) == {}
    assert judge("at+jwt", **{name: "alice2"}) == {}


def test_an_access_token_is_refused_where_id_tokens_alone_are_allowed() -> None:
    assert judge("at+jwt", "id")["expected"] == "id"
    assert judge(None, "id") == {}


MARKS = ["token_use", "token_type", "type", "typ", "events", "at_hash", "c_hash", "nonce", "client_id", "azp"]
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=300) | st.lists(st.text()) | st.just({"a": 1})


@given(st.dictionaries(st.sampled_from(MARKS), VALUES), st.none() | st.text(max_size=300))
def test_any_marks_are_judged_and_the_evidence_is_short_and_printable(marks: dict[str, Any], typ: str | None) -> None:
    for value in judge(typ, **marks).values():
        assert len(value) <= 160 and value.isascii() and value.isprintable()


@given(st.text(max_size=40).filter(lambda word: word.strip() not in {"access", "id", "machine"} and "," not in word))
def test_a_kind_that_there_is_not_is_an_error_when_a_function_starts(word: str) -> None:
    with pytest.raises(ValueError, match="token kinds"):
        read_kinds(f"access,{word}")


def test_machines_alone_are_no_kind_of_a_users_token() -> None:
    with pytest.raises(ValueError, match="kinds"):
        ClaimsRule("issuer", "api", 0, kinds=read_kinds("machine"))
