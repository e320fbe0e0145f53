"""Where a handshake carries its token, and which web pages may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.handshake import Handshake, HandshakeRules

STRICT, LENIENT = HandshakeRules(), HandshakeRules(allow_query_token=True)
HEADER = {"authorization": ["Bearer from-header"]}
OFFER = {"sec-websocket-protocol": ["upload-progress.v1, bearer.from-subprotocol"]}
QUERY = {"token": "from-query"}
TOKENS = st.text("abcXYZ019._-", min_size=1)


@pytest.mark.parametrize(
    ("headers", "query", "token"),
    [
        (HEADER | OFFER, QUERY, "from-header"),
        (OFFER, QUERY, "from-subprotocol"),
        ({}, QUERY, "from-query"),
        ({}, {}, None),
    ],
)
def test_the_safest_place_that_has_a_token_wins(
    headers: dict[str, list[str]], query: dict[str, str], token: str | None
) -> None:
    assert Handshake(headers, query).token(LENIENT) == token


def test_the_query_is_not_read_unless_it_is_allowed() -> None:
    assert Handshake({}, QUERY).token(STRICT) is None
    assert Handshake(OFFER, QUERY).token(STRICT) == "from-subprotocol"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("space", [" ", "   "])
def test_the_authorization_scheme_is_read_in_any_case(scheme: str, space: str) -> None:
    """RFC 9110, section 11.1."""
    assert Handshake({"authorization": [f"{scheme}{space}abc"]}, {}).token(STRICT) == "abc"


@pytest.mark.parametrize("value", ["Basic dXNlcg==", "Bearer", "Bearer ", "Bearerabc", "", "abc"])
def test_an_authorization_that_bears_no_token_is_passed_over(value: str) -> None:
    assert Handshake({"authorization": [value]}, {}).token(STRICT) is None
    assert Handshake({"authorization": [value], **OFFER}, {}).token(STRICT) == "from-subprotocol"


@given(
    TOKENS, st.permutations(["upload-progress.v1", "bearer.", "other.v2"]), st.booleans(), st.sampled_from(["", " "])
)
def test_subprotocols_may_come_in_any_order_in_one_header_or_several(
    token: str, offered: list[str], several: bool, space: str
) -> None:
    names = [name + token if name == "bearer." else name for name in offered]
    values = names if several else [f",{space}".join(names)]

    handshake = Handshake({"sec-websocket-protocol": values}, {})

    assert handshake.token(STRICT) == token
    assert handshake.subprotocols == names
    assert handshake.chosen_subprotocol == "upload-progress.v1"


@pytest.mark.parametrize("value", ["bearer.", "bearer", "Bearer.abc", "xbearer.abc", "", ",,", "upload-progress.v1"])
def test_a_subprotocol_that_bears_no_token_is_passed_over(value: str) -> None:
    assert Handshake({"sec-websocket-protocol": [value]}, {}).token(STRICT) is None


@pytest.mark.parametrize("value", ["", "upload-progress.v2", "Upload-Progress.v1", "upload-progress.v1x", "bearer.abc"])
def test_only_our_own_subprotocol_is_chosen(value: str) -> None:
    """RFC 6455, section 4.2.2: never one that the client did not offer."""
    assert Handshake({"sec-websocket-protocol": [value]}, {}).chosen_subprotocol is None
    assert Handshake({}, {}).chosen_subprotocol is None


@pytest.mark.parametrize(
    ("origin", "refused"),
    [
        (None, False),
        ("https://app.example.com", False),
        ("https://evil.example.com", True),
        ("http://app.example.com", True),
        ("https://app.example.com:8443", True),
        ("https://app.example.com.evil.example", True),
        ("null", True),
        ("", True),
    ],
)
def test_a_page_of_another_origin_is_refused_and_no_page_at_all_is_not(origin: str | None, refused: bool) -> None:
    rules = HandshakeRules(allowed_origins=frozenset({"https://app.example.com"}))
    handshake = Handshake({} if origin is None else {"origin": [origin]}, {})

    assert rules.refuses_origin(handshake.origin) is refused


def test_no_page_may_connect_if_no_origin_is_allowed() -> None:
    assert STRICT.refuses_origin("https://app.example.com")


def test_a_user_agent_is_cut_to_256_characters() -> None:
    assert Handshake({"user-agent": ["x" * 300]}, {}).user_agent == "x" * 256
    assert Handshake({}, {}).user_agent is None
