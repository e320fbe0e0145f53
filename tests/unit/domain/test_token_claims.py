"""The rule of the claims, bare: every verdict depends on the claims and on `now`, and on nothing else."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.token_claims import NO_AUDIENCE, ClaimsRule, VerifiedToken
from domain.token_errors import InsufficientScopeError, InvalidTokenError

RULE = ClaimsRule("issuer", "audience", leeway_seconds=30)
CLAIMS = {"iss": "issuer", "aud": "audience", "sub": "alice", "exp": 1000}


def claims_of(**claims: Any) -> bytes:
    return json.dumps({**CLAIMS, **claims}).encode()


def judge(now: float = 500, **claims: Any) -> VerifiedToken:
    return RULE.judge(claims_of(**claims), now)


def reason(now: float = 500, **claims: Any) -> str:
    with pytest.raises(InvalidTokenError) as caught:
        judge(now, **claims)
    return caught.value.reason


@given(exp=st.floats(0, 1e9) | st.integers(0, 10**9), now=st.floats(0, 1e9))
def test_a_token_expires_at_exp_and_not_a_moment_before(exp: float, now: float) -> None:
    rule = ClaimsRule("issuer", "audience", leeway_seconds=0)
    payload = json.dumps({**CLAIMS, "exp": exp}).encode()
    if now < exp:
        assert rule.judge(payload, now).expires_at == math.ceil(exp * 1000)
    else:
        with pytest.raises(InvalidTokenError, match="expired"):
            rule.judge(payload, now)


@pytest.mark.parametrize("name", ["nbf", "iat"])
@given(start=st.integers(0, 900), now=st.floats(0, 900))
def test_a_token_is_good_from_nbf_and_iat_on_less_the_leeway(name: str, start: int, now: float) -> None:
    if now >= start - 30:
        assert judge(now, **{name: start}).user_id == "alice"
    else:
        assert reason(now, **{name: start}) == "not_yet_valid"


def test_the_leeway_counts_for_the_connection_as_it_does_for_the_token() -> None:
    assert judge(now=1029.9).expires_at == 1_030_000
    assert judge(now=500).expires_at == 1_030_000
    assert reason(now=1030) == "expired"


@given(exp=st.floats(0, 2000) | st.integers(0, 2000), leeway=st.integers(0, 30), now=st.floats(0, 2000))
def test_whoever_is_let_in_has_not_expired(exp: float, leeway: int, now: float) -> None:
    """At any moment, in whole milliseconds as the rows have them: a connection never opens to be closed at once."""
    payload = json.dumps({**CLAIMS, "exp": exp}).encode()
    try:
        verified = ClaimsRule("issuer", "audience", leeway).judge(payload, now)
    except InvalidTokenError:
        assert now >= exp + leeway
    else:
        assert verified.expires_at > int(now * 1000)


def test_a_fraction_of_a_second_counts() -> None:
    assert judge(exp=1000.25).expires_at == 1_030_250


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", [True, False, "1000", "", [1000], {}, -1, 1e300, 10**30, 253_402_300_800])
def test_a_time_that_is_no_number_of_seconds_is_malformed(name: str, value: Any) -> None:
    assert reason(**{name: value}) == "malformed"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000])
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_a_time_that_is_not_finite_is_malformed(name: str, number: str) -> None:
    claims = {key: value for key, value in CLAIMS.items() if key != name}
    payload = f'{json.dumps(claims)[:-1]}, "{name}": {number}}}'
    with pytest.raises(InvalidTokenError, match="malformed"):
        RULE.judge(payload.encode(), 500)


@pytest.mark.parametrize("name", ["exp", "sub", "aud", "iss"])
def test_every_required_claim_is_required_and_null_is_none(name: str) -> None:
    absent: dict[str, Any] = {name: None}

    assert reason(**absent) == "missing_claim"


@pytest.mark.parametrize("issuer", ["Issuer", "issuer/", "issue", "", "xissuer"])
def test_the_issuer_is_compared_whole(issuer: str) -> None:
    assert reason(iss=issuer) == "wrong_issuer"


@pytest.mark.parametrize(("name", "value"), [("iss", ["issuer"]), ("iss", 1), ("aud", {"audience": 1}), ("aud", 5)])
def test_issuer_and_audience_of_a_wrong_type_are_malformed(name: str, value: Any) -> None:
    assert reason(**{name: value}) == "malformed"


def test_one_audience_among_several_is_enough() -> None:
    assert judge(aud=["another", "audience"]).user_id == "alice"
    assert reason(aud=["another", "audiences"]) == "wrong_audience"
    assert reason(aud=["audience", 5]) == "malformed"


@pytest.mark.parametrize(
    "sub", ["auth0|5f7c", "a.b-c_d:e@example.com", "alice+news@example.com", "Qm9i+/x=", "DOMAIN\\user", "x" * 255, "é"]
)
def test_subjects_of_the_usual_providers_are_accepted(sub: str) -> None:
    assert judge(sub=sub).user_id == sub


@pytest.mark.parametrize("sub", ["", "..", "a\nb", "x" * 256, "\ud800", 7, ["a"]])
def test_subjects_that_are_no_text_for_a_row_are_refused(sub: Any) -> None:
    assert reason(sub=sub) == "bad_subject"


def test_another_claim_can_name_the_user() -> None:
    by_email = replace(RULE, user_claim="email")

    assert by_email.judge(claims_of(email="alice+news@example.com"), 500).user_id == "alice+news@example.com"
    with pytest.raises(InvalidTokenError) as refused:
        by_email.judge(claims_of(), 500)
    assert (refused.value.reason, refused.value.evidence["claim"]) == ("missing_claim", "email")


def test_another_claim_can_name_the_audience() -> None:
    by_page = replace(RULE, audience="https://app.example.com", audience_claim="azp")

    assert by_page.judge(claims_of(aud=None, azp="https://app.example.com"), 500).user_id == "alice"
    with pytest.raises(InvalidTokenError) as refused:
        by_page.judge(claims_of(aud="https://app.example.com", azp="https://other.example"), 500)
    assert (refused.value.reason, refused.value.evidence["claim"]) == ("wrong_audience", "azp")


def test_the_check_of_the_audience_can_be_switched_off() -> None:
    assert replace(RULE, audience_claim=NO_AUDIENCE).judge(claims_of(aud=None), 500).user_id == "alice"


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({}, set()),
        ({"scope": "a b  a"}, {"a", "b"}),
        ({"scope": ""}, set()),
        ({"scp": ["a", "b"]}, {"a", "b"}),
        ({"scp": "a b"}, {"a", "b"}),
        ({"scope": None, "scp": "b"}, {"b"}),
        ({"scope": "a", "scp": "b"}, {"a"}),
    ],
)
def test_scopes_come_from_scope_or_else_scp(claims: dict[str, Any], scopes: set[str]) -> None:
    assert judge(**claims).scopes == scopes


@pytest.mark.parametrize("scope", [7, True, {"a": 1}, ["a", 1]])
def test_scopes_of_a_wrong_type_are_malformed(scope: Any) -> None:
    assert reason(scope=scope) == "malformed"


@pytest.mark.parametrize(
    ("scope", "accepted"), [("", False), ("progress progress:read2", False), ("profile progress:read", True)]
)
def test_a_scope_is_required_only_if_the_deployment_names_one(scope: str, accepted: bool) -> None:
    rule = ClaimsRule("issuer", "audience", leeway_seconds=30, scope="progress:read")
    payload = json.dumps({**CLAIMS, "scope": scope}).encode()

    assert RULE.judge(payload, 500).user_id == "alice"
    if accepted:
        assert rule.judge(payload, 500).user_id == "alice"
    else:
        with pytest.raises(InsufficientScopeError) as caught:
            rule.judge(payload, 500)
        assert (caught.value.user_id, caught.value.evidence["expected"]) == ("alice", "progress:read")


@pytest.mark.parametrize("payload", [b"", b"[]", b"7", b"{", b"\xff", b'{"sub": "alice", "sub": "bob"}', b"[" * 6000])
def test_claims_that_are_not_one_json_object_are_malformed(payload: bytes) -> None:
    with pytest.raises(InvalidTokenError, match="malformed"):
        RULE.judge(payload, 500)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "scope", "scp"]), ANYTHING),
    st.floats(0, 4e9),
)
def test_claims_of_any_type_are_judged_or_refused_and_never_break_the_rule(claims: dict[str, Any], now: float) -> None:
    try:
        verified = judge(now, **claims)
    except InvalidTokenError:
        return
    assert now * 1000 < verified.expires_at + 31_000


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(payload: bytes) -> None:
    with pytest.raises(InvalidTokenError):
        RULE.judge(payload, 500)


@pytest.mark.parametrize(("issuer", "audience", "leeway"), [("", "a", 0), ("i", "", 0), ("i", "a", 31), ("i", "a", -1)])
def test_a_rule_that_would_accept_too_much_cannot_be_made(issuer: str, audience: str, leeway: int) -> None:
    with pytest.raises(ValueError):
        ClaimsRule(issuer, audience, leeway)
