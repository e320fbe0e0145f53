import pytest

from local_emulator.apigateway.rules.events import ConnectionFacts, HandshakeRequest, authorizer_event
from local_emulator.apigateway.rules.identity_sources import is_identity_source, missing_source

FACTS = ConnectionFacts("api", "dev", "host", "id=", 0, "::1", stage_variables={"colour": "green", "none": ""})


def event(query="", headers=()):
    handshake = HandshakeRequest(tuple(headers), query, "::1", None)
    return authorizer_event(FACTS, handshake, "arn", request_id="r", now=0)


def brought(source, query="", headers=(), **more):
    return missing_source((source,), event(query, headers), **more) is None


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("stageVariables.colour", True),
        ("stageVariables.none", False),
        ("stageVariables.other", False),
        ("context.stage", True),
        ("context.identity.sourceIp", True),
        ("context.identity.other", False),
        ("context.stage.deeper", False),
        ("nonsense", False),
    ],
)
def test_stage_variables_and_the_context_are_sources(source, there):
    assert brought(source) is there


def test_a_query_parameter_must_not_be_empty():
    source = "route.request.querystring.token"
    assert brought(source, "token=a%20b") and not brought(source, "token=") and not brought(source, "Token=a")
    # The last value is the one that the authorizer sees.
    assert brought(source, "token=&token=a") and not brought(source, "token=a&token=")


def test_names_of_headers_have_no_case_unless_told():
    source, headers = "route.request.header.Auth", [("auth", "x")]
    assert brought(source, headers=headers)
    assert not brought(source, headers=headers, headers_have_case=True)
    assert not brought(source, headers=[("auth", "")])


def test_all_of_them_must_be_there():
    both = ("route.request.querystring.a", "route.request.querystring.b")
    assert missing_source(both, event("a=1")) == both[1]
    assert missing_source((), event()) is None


def test_what_http_apis_and_rest_apis_write_is_none():
    assert is_identity_source("route.request.header.Auth") and is_identity_source("context.identity.sourceIp")
    for other in ("$request.header.Auth", "method.request.header.Auth", "route.request.body.x", "stageVariables."):
        assert not is_identity_source(other)


def test_headers_that_the_gateway_adds_are_sources():
    assert brought("route.request.header.X-Forwarded-Proto")
