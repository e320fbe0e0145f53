"""Events and responses of function URLs: payload format 2.0."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.awslambda.function_url_event import (
    InvalidResultError,
    UrlHost,
    UrlRequest,
    event_of,
    response_of,
)

HOST = UrlHost("abc123", "us-east-1", "123456789012")
NOW = 1_700_000_000_123


def event(body: bytes = b"", headers: tuple[tuple[str, str], ...] = (), query: str = "", host: UrlHost = HOST) -> dict:
    request = UrlRequest("POST", "/a%20b", query, headers, body, "127.0.0.1")
    return event_of(request, host, "request-1", "Root=1-2-3", NOW)


def test_the_event_has_the_documented_shape() -> None:
    headers = (("User-Agent", "curl"), ("X-Two", "1"), ("x-two", "2"), ("Cookie", "a=1; b=2"), ("Host", "127.0.0.1:1"))
    assert event(headers=headers, query="a=1&a=2&b=x%20y") == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/a%20b",
        "rawQueryString": "a=1&a=2&b=x%20y",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "user-agent": "curl",
            "x-two": "1,2",
            "cookie": "a=1; b=2",
            "host": "abc123.lambda-url.us-east-1.on.aws",
            "x-forwarded-proto": "https",
            "x-forwarded-port": "443",
            "x-forwarded-for": "127.0.0.1",
            "x-amzn-trace-id": "Root=1-2-3",
        },
        "queryStringParameters": {"a": "1,2", "b": "x y"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc123",
            "domainName": "abc123.lambda-url.us-east-1.on.aws",
            "domainPrefix": "abc123",
            "http": {
                "method": "POST",
                "path": "/a%20b",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl",
            },
            "requestId": "request-1",
            "routeKey": "$default",
            "stage": "$default",
            "time": "14/Nov/2023:22:13:20 +0000",
            "timeEpoch": NOW,
        },
        "isBase64Encoded": False,
    }


def test_fields_without_a_value_are_left_out() -> None:
    assert not {"body", "cookies", "queryStringParameters"} & event().keys()


def test_a_signed_request_names_its_signer() -> None:
    signer = {"accessKey": "AKIA"}
    found = event(host=UrlHost("abc123", "us-east-1", "123456789012", signer))
    assert found["requestContext"]["authorizer"] == {"iam": signer}
    assert found["requestContext"]["accountId"] == "123456789012"


@pytest.mark.parametrize("kind", ["application/json", "text/plain; charset=utf-8", "application/cloudevents+json"])
def test_text_stays_text(kind: str) -> None:
    found = event("{“ü”}".encode(), (("Content-Type", kind),))
    assert (found["body"], found["isBase64Encoded"]) == ("{“ü”}", False)


@pytest.mark.parametrize("kind", ["image/png", "application/x-www-form-urlencoded", ""])
@given(body=st.binary(min_size=1))
def test_other_bodies_are_base64(kind: str, body: bytes) -> None:
    found = event(body, (("Content-Type", kind),) if kind else ())
    assert (base64.b64decode(found["body"]), found["isBase64Encoded"]) == (body, True)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_a_value_without_a_status_is_the_json_of_a_200(value: object) -> None:
    response = response_of(value)
    assert (response.status, response.headers) == (200, [("content-type", "application/json")])
    assert json.loads(response.body) == value


def test_a_response_has_lower_case_headers_cookies_and_bytes() -> None:
    response = response_of(
        {
            "statusCode": "201",
            "headers": {"X-Name": "a", "Content-Type": "image/png"},
            "cookies": ["a=1; Secure", "b=2"],
            "body": base64.b64encode(b"\x00\xff").decode(),
            "isBase64Encoded": True,
        }
    )
    assert response.status == 201
    assert response.headers == [
        ("x-name", "a"),
        ("content-type", "image/png"),
        ("set-cookie", "a=1; Secure"),
        ("set-cookie", "b=2"),
    ]
    assert response.body == b"\x00\xff"


def test_headers_of_the_connection_are_lambdas_own() -> None:
    headers = {"Content-Length": "5", "Transfer-Encoding": "chunked", "Connection": "close", "X-A": "\t"}
    response = response_of({"statusCode": 200, "headers": headers, "body": "x"})
    assert response.headers == [("x-a", "\t"), ("content-type", "application/json")]


@pytest.mark.parametrize("result", ["\ud800", {"statusCode": 200, "body": "\ud800"}])
def test_half_a_surrogate_pair_is_replaced(result: object) -> None:
    assert b"?" in response_of(result).body


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "no"},
        {"statusCode": True},
        {"statusCode": 101},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "cookies": ["a\nb"]},
        {"statusCode": 200, "body": "é", "isBase64Encoded": True},
        {"statusCode": 200, "body": {}},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "body": "*", "isBase64Encoded": True},
    ],
)
def test_what_is_no_response_is_an_error(result: dict[str, object]) -> None:
    with pytest.raises(InvalidResultError):
        response_of(result)
