import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.rules.events import (
    ConnectionFacts,
    Event,
    HandshakeRequest,
    authorizer_event,
    connect_event,
    connect_method_arn,
    disconnect_event,
    message_event,
)

GOLDEN = Path(__file__).parents[4] / "events"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
DOMAIN = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
AUTHORIZER = {"principalId": "user-17", "userId": "user-17", "tokenExpiresAt": "1763466031", "admin": "false"}
ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/$connect"


def facts(**changes: Any) -> ConnectionFacts:
    return ConnectionFacts(
        **{
            "api_id": "a1b2c3d4e5",
            "stage": "prod",
            "domain_name": DOMAIN,
            "connection_id": "UMh4oc2XDoECHKA=",
            "connected_at": 1763462431190,
            "source_ip": "203.0.113.7",
            **changes,
        }
    )


def handshake(*headers: tuple[str, str], query_string: str = "", user_agent: str | None = None) -> HandshakeRequest:
    sent = (
        ("Host", "localhost:3001"),
        ("Connection", "keep-alive, Upgrade"),
        ("Upgrade", "WebSocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        *headers,
    )
    return HandshakeRequest(sent, query_string, "203.0.113.7", user_agent)


def connect(shake: HandshakeRequest, authorizer: dict[str, str] | None = None, **changes: Any) -> Event:
    return connect_event(facts(**changes), shake, authorizer, request_id="UMh4oE5gDoEFb3Q=", now=1763462431192)


def message(body: str = "{}", **changes: Any) -> Event:
    return message_event(
        facts(**changes),
        "$default",
        body,
        None,
        message_id="UMh5Nf6sDoECHKA=",
        request_id="UMh5NFPbjoEFcNg=",
        now=1763462434007,
    )


def disconnect(code: int, reason: str, authorizer: dict[str, str] | None, now: int) -> Event:
    return disconnect_event(facts(), code, reason, authorizer, host=DOMAIN, request_id="UMh5pGKmDoEFRAw=", now=now)


def assert_golden(event: Event, name: str) -> None:
    """Compares path by path, so that a failure names the one that differs; of trace ids, the form."""
    expected = dict(leaves(json.loads((GOLDEN / f"{name}.json").read_text())))
    actual = dict(leaves(event))
    assert actual.keys() == expected.keys()
    for path, value in expected.items():
        if path[-1] == "X-Amzn-Trace-Id" or "X-Amzn-Trace-Id" in path:
            assert same_trace_form(actual[path], value), path
        else:
            assert (path, actual[path], type(actual[path])) == (path, value, type(value))


def same_trace_form(actual: str, expected: str) -> bool:
    root, random = actual[:16], actual[16:]
    return root == expected[:16] and len(random) == 24 and set(random) <= set("0123456789abcdef")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def test_connect_is_as_captured() -> None:
    shake = handshake(("User-Agent", FIREFOX), ("Origin", "https://app.example.com"), user_agent=FIREFOX)
    assert_golden(connect(shake, user_agent=FIREFOX), "connect")


def test_connect_after_an_authorizer_is_as_captured() -> None:
    shake = handshake(
        ("Sec-WebSocket-Protocol", "upload-progress.v1"), query_string="room=first&lang=de&room=second%20room"
    )
    event = connect_event(
        facts(), shake, AUTHORIZER, request_id="UMh4oE5gDoEFb3Q=", now=1763462431192, integration_latency=111
    )
    assert_golden(event, "connect_with_authorizer")


def test_the_authorizer_is_asked_as_documented() -> None:
    shake = handshake(("Authorization", "Bearer abc.def.ghi"), query_string="token=abc.def.ghi")
    event = authorizer_event(facts(), shake, ARN, request_id="UMh4oE5gDoEFb3Q=", now=1763462431191)
    assert_golden(event, "authorizer")


def test_a_message_is_as_captured() -> None:
    event = message_event(
        facts(),
        "sendMessage",
        '{\r\n\t"action": "sendMessage", "text": "Grüße \\u2713"\r\n}',
        AUTHORIZER,
        message_id="UMh5Nf6sDoECHKA=",
        request_id="UMh5NFPbjoEFcNg=",
        now=1763462434007,
    )
    assert_golden(event, "message")


@pytest.mark.parametrize(
    ("name", "code", "reason", "authorizer", "now"),
    [
        ("client_no_status", 1005, "Client-side close frame status not set", AUTHORIZER, 1763462436840),
        ("idle", 1001, "Going away", None, 1763463035090),
        ("deleted", 1000, "Connection Closed Normally", AUTHORIZER, 1763464022001),
    ],
)
def test_a_disconnect_is_as_captured(
    name: str, code: int, reason: str, authorizer: dict[str, str] | None, now: int
) -> None:
    assert_golden(disconnect(code, reason, authorizer, now), f"disconnect_{name}")


def test_the_method_arn_ends_in_the_stage_and_the_route() -> None:
    assert connect_method_arn("eu-west-1", "123456789012", "a1b2c3d4e5", "prod") == ARN


def test_the_clients_case_of_header_names_is_kept() -> None:
    event = connect(handshake(("x-CuStOm", "1"), ("accept-language", "de")))
    assert event["headers"]["x-CuStOm"] == "1"
    assert event["headers"]["accept-language"] == "de"
    assert "X-Custom" not in event["headers"]


def test_a_repeated_header_keeps_its_last_value_and_all_of_them() -> None:
    event = connect(handshake(("X-Tag", "a"), ("x-tag", "b"), ("X-TAG", "c")))
    assert event["headers"]["X-Tag"] == "c"
    assert event["multiValueHeaders"]["X-Tag"] == ["a", "b", "c"]
    assert not {"x-tag", "X-TAG"} & event["headers"].keys()


def test_hop_headers_are_shown_to_the_authorizer_alone() -> None:
    shake = handshake(("Content-Length", "0"))
    hop = {"Connection": "upgrade", "Upgrade": "websocket", "content-length": "0"}
    asked = authorizer_event(facts(), shake, ARN, request_id="UMh4oE5gDoEFb3Q=", now=1)
    assert {name: asked["headers"][name] for name in hop} == hop
    assert not {name.lower() for name in connect(shake)["headers"]} & {name.lower() for name in hop}
    assert "Content-Length" not in asked["headers"]


def test_authorizer_and_connect_of_one_handshake_have_the_same_trace() -> None:
    asked = authorizer_event(facts(), handshake(), ARN, request_id="UMh4oE5gDoEFb3Q=", now=1)
    assert asked["headers"]["X-Amzn-Trace-Id"] == connect(handshake())["headers"]["X-Amzn-Trace-Id"]
    other = connect(handshake(), connection_id="R1kmxc2VNjMCFIA=")
    assert other["headers"]["X-Amzn-Trace-Id"] != asked["headers"]["X-Amzn-Trace-Id"]


def test_a_trace_that_the_client_began_goes_on() -> None:
    event = connect(handshake(("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678")))
    assert event["headers"]["X-Amzn-Trace-Id"] == "Root=1-67891233-abcdef012345678912345678"


def test_the_clients_address_is_appended_to_those_of_its_proxies() -> None:
    event = connect(handshake(("X-Forwarded-For", "198.51.100.2"), ("x-forwarded-proto", "http")))
    assert event["headers"]["X-Forwarded-For"] == "198.51.100.2, 203.0.113.7"
    assert event["multiValueHeaders"]["X-Forwarded-Proto"] == ["https"]


def test_the_host_is_the_domain_of_the_api() -> None:
    event = connect(handshake(("host", "second.example.com")), domain_name="ws.example.com")
    assert event["headers"]["Host"] == event["requestContext"]["domainName"] == "ws.example.com"
    assert event["multiValueHeaders"]["Host"] == ["ws.example.com"]


@pytest.mark.parametrize("host", ["localhost:3001", "127.0.0.1:3001", "[::1]:3001", "LOCALHOST:3001", "devbox"])
def test_an_origin_that_is_the_address_dialled_is_the_domain_of_the_api(host: str) -> None:
    shake = HandshakeRequest((("Host", host), ("Origin", f"http://{host.lower()}")), "", "127.0.0.1", None)

    event = connect_event(facts(domain_name="ws.example.com"), shake, None, request_id="r", now=1)

    assert event["headers"]["Origin"] == "https://ws.example.com"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:3001", "http://localhost:3002"),
        ("localhost:3001", "https://app.example.com"),
        ("localhost:3001", "null"),
        ("rebound.example.com:3001", "http://rebound.example.com:3001"),
    ],
)
def test_any_other_origin_is_as_sent(host: str, origin: str) -> None:
    shake = HandshakeRequest((("Host", host), ("Origin", origin)), "", "127.0.0.1", None)

    event = connect_event(facts(), shake, None, request_id="r", now=1)

    assert event["headers"]["Origin"] == origin


@pytest.mark.parametrize("query_string", ["", "&", "&&"])
def test_without_a_query_connect_has_no_query_maps(query_string: str) -> None:
    event = connect(handshake(query_string=query_string))
    assert {"queryStringParameters", "multiValueQueryStringParameters"} & event.keys() == set()


@pytest.mark.parametrize("query_string", ["", "&", "&&"])
def test_without_a_query_the_authorizer_sees_empty_query_maps(query_string: str) -> None:
    event = authorizer_event(facts(), handshake(query_string=query_string), ARN, request_id="r", now=1)
    assert (event["queryStringParameters"], event["multiValueQueryStringParameters"]) == ({}, {})


@pytest.mark.parametrize(
    ("query_string", "single", "multi"),
    [
        ("a=1&a=2", {"a": "2"}, {"a": ["1", "2"]}),
        ("a=b%2Bc%3D%26&d=e+f", {"a": "b+c=&", "d": "e f"}, {"a": ["b+c=&"], "d": ["e f"]}),
        ("flag&empty=", {"flag": "", "empty": ""}, {"flag": [""], "empty": [""]}),
        ("na%20me=gr%C3%BC%C3%9Fe", {"na me": "grüße"}, {"na me": ["grüße"]}),
        ("a=b=c;d=e", {"a": "b=c;d=e"}, {"a": ["b=c;d=e"]}),
        ("bad=%zz%", {"bad": "%zz%"}, {"bad": ["%zz%"]}),
        ("a=1&A=2", {"a": "1", "A": "2"}, {"a": ["1"], "A": ["2"]}),
    ],
)
def test_the_query_is_decoded(query_string: str, single: dict[str, str], multi: dict[str, list[str]]) -> None:
    event = connect(handshake(query_string=query_string))
    assert event["queryStringParameters"] == single
    assert event["multiValueQueryStringParameters"] == multi


def test_stage_variables_are_always_shown_to_the_authorizer_and_elsewhere_only_if_there_are_any() -> None:
    colour = {"colour": "green"}
    asked = authorizer_event(facts(stage_variables=colour), handshake(), ARN, request_id="r", now=1)
    assert asked["stageVariables"] == colour
    assert connect(handshake(), stage_variables=colour)["stageVariables"] == colour
    assert message(stage_variables=colour)["stageVariables"] == colour
    assert "stageVariables" not in message()


def test_only_connect_tells_how_long_the_authorizer_took() -> None:
    event = connect_event(facts(), handshake(), AUTHORIZER, request_id="r", now=1, integration_latency=0)
    assert event["requestContext"]["authorizer"] == {**AUTHORIZER, "integrationLatency": 0}
    assert "integrationLatency" not in AUTHORIZER
    without = connect_event(facts(), handshake(), None, request_id="r", now=1, integration_latency=0)
    assert "authorizer" not in without["requestContext"]


def test_the_time_of_connecting_never_changes_while_that_of_the_request_does() -> None:
    events = [connect(handshake()), message(), disconnect(1001, "", None, 1763462436840)]
    assert {event["requestContext"]["connectedAt"] for event in events} == {1763462431190}
    assert len({event["requestContext"]["requestTimeEpoch"] for event in events}) == 3


header_names = st.text("abcXYZ-", min_size=1, max_size=8)
shakes = st.builds(
    HandshakeRequest,
    st.lists(st.tuples(header_names, st.text(max_size=8)), max_size=6).map(tuple),
    st.text(max_size=30),
    st.just("203.0.113.7"),
    st.none() | st.text(),
)
authorizers = st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
some_facts = st.builds(
    facts,
    user_agent=st.none() | st.text(),
    stage_variables=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
)
times = st.integers(0, 4_102_444_800_000)
events = st.one_of(
    st.builds(lambda f, s, n: authorizer_event(f, s, ARN, request_id="r", now=n), some_facts, shakes, times),
    st.builds(
        lambda f, s, a, n: connect_event(f, s, a, request_id="r", now=n),
        some_facts,
        shakes,
        authorizers,
        times,
    ),
    st.builds(
        lambda f, b, a, n: message_event(f, "$default", b, a, message_id="m", request_id="r", now=n),
        some_facts,
        st.text(),
        authorizers,
        times,
    ),
    st.builds(
        lambda f, c, r, a, n: disconnect_event(f, c, r, a, host=DOMAIN, request_id="r", now=n),
        some_facts,
        st.integers(1000, 4999),
        st.text(),
        authorizers,
        times,
    ),
)


@given(events)
def test_nothing_in_an_event_is_null_and_all_of_it_is_json(event: Event) -> None:
    assert all(value is not None for _, value in leaves(event))
    assert json.loads(json.dumps(event, allow_nan=False)) == event


@given(events)
def test_every_event_has_the_common_context(event: Event) -> None:
    context = event["requestContext"]
    assert context["requestId"] == context["extendedRequestId"]
    assert context["messageDirection"] == "IN"
    assert ("messageId" in context) is (context["eventType"] == "MESSAGE")
    assert ("headers" in event) is ("multiValueHeaders" in event) is (context["eventType"] != "MESSAGE")
    assert ("disconnectStatusCode" in context) is (context["eventType"] == "DISCONNECT")
    assert ("body" in event) is (context["eventType"] == "MESSAGE")


@given(events)
def test_both_maps_of_headers_and_of_the_query_agree(event: Event) -> None:
    for single, multi in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        assert event.get(single, {}) == {name: values[-1] for name, values in event.get(multi, {}).items()}
