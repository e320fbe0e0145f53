"""Where a handshake carries its token, and which web pages may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.handshake import Handshake, HandshakeRules, normalize_origin

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
    ("offered", "foreign"),
    [
        ([], False),
        ([""], False),
        (["upload-progress.v1"], False),
        (["bearer.abc,upload-progress.v1"], False),
        (["upload-progress.v2", "upload-progress.v1"], False),
        (["bearer.abc"], True),
        (["upload-progress.v2, bearer.abc"], True),
        (["Upload-Progress.V1, bearer.abc"], True),
    ],
)
def test_an_offer_without_a_version_of_ours_is_foreign_and_no_offer_is_not(offered: list[str], foreign: bool) -> None:
    assert Handshake({"sec-websocket-protocol": offered}, {}).has_foreign_subprotocols is foreign


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
        ("", False),
    ],
)
def test_a_page_of_another_origin_is_refused_and_no_page_at_all_is_not(origin: str | None, refused: bool) -> None:
    rules = HandshakeRules(allowed_origins=frozenset({"https://app.example.com"}))
    handshake = Handshake({} if origin is None else {"origin": [origin]}, {})

    assert rules.refuses_origin(handshake) is refused


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://app.example.com/", "https://app.example.com"),
        (" HTTPS://App.Example.com:443/ ", "https://app.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:443", "http://localhost:443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", "null"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(written: str, origin: str) -> None:
    assert normalize_origin(written) == origin
    assert normalize_origin(origin) == origin


def test_no_page_may_connect_if_no_origin_is_allowed() -> None:
    assert STRICT.refuses_origin(Handshake({"origin": ["https://app.example.com"]}, {}))


def refuses(origin: str, *hosts: str, viewer_hosts: list[str] | None = None, header: str | None = None) -> bool:
    headers = {"origin": [origin], "host": list(hosts), "x-viewer-host": viewer_hosts or []}
    return HandshakeRules(viewer_host_header=header).refuses_origin(Handshake(headers, {}))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://api.example.com", "api.example.com"),
        ("https://api.example.com", "API.example.com:443"),
        ("https://api.example.com:443", "api.example.com"),
        ("http://api.example.com:80", "api.example.com"),
        ("http://localhost:3001", "localhost:3001"),
        ("http://[::1]:3001", "[::1]:3001"),
    ],
)
def test_a_program_that_sends_the_apis_own_address_is_let_in(origin: str, host: str) -> None:
    assert not refuses(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "api.example.com",
        "file://api.example.com",
        "https://api.example.com:8443",
        "https://api.example.com.evil.example",
        "https://evil.example/api.example.com",
        "https://evil@api.example.com",
        "https://api.example.com/",
        "https://",
    ],
)
def test_an_origin_that_only_looks_like_the_apis_own_is_refused(origin: str) -> None:
    assert refuses(origin, "api.example.com")
    assert refuses(origin) and refuses(origin, "")


def test_of_several_hosts_none_is_the_apis_own() -> None:
    assert refuses("https://evil.example", "api.example.com", "evil.example")


def test_behind_a_proxy_the_viewers_host_is_the_apis_own_and_only_there() -> None:
    own, gateway = "https://live.example.com", "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"

    assert not refuses(own, gateway, viewer_hosts=["live.example.com"], header="x-viewer-host")
    assert refuses(own, gateway, viewer_hosts=["live.example.com"])
    assert refuses(own, gateway, viewer_hosts=["evil.example", "live.example.com"], header="x-viewer-host")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_origin_beside_any_host_is_judged(origin: str, host: str) -> None:
    assert refuses(f"https://x{origin}", host) or f"x{origin}".lower().split(":")[0] == host.lower().split(":")[0]


def test_a_user_agent_is_cut_to_256_characters() -> None:
    assert Handshake({"user-agent": ["x" * 300]}, {}).user_agent == "x" * 256
    assert Handshake({}, {}).user_agent is None
