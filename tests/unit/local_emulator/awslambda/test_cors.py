"""CORS rules of function URLs."""

from __future__ import annotations

import pytest

from local_emulator.awslambda.cors import cors_headers, is_preflight, preflight_headers
from local_emulator.deployment import CorsRules

PAGE = "https://app.example.com"


def test_any_origin_is_a_star_unless_credentials_are_allowed() -> None:
    assert cors_headers(CorsRules(("*",)), PAGE) == [("access-control-allow-origin", "*")]
    assert cors_headers(CorsRules(("*",), credentials=True), PAGE) == [
        ("access-control-allow-origin", PAGE),
        ("vary", "Origin"),
        ("access-control-allow-credentials", "true"),
    ]


@pytest.mark.parametrize(
    ("allowed", "is_allowed"),
    [(PAGE, True), ("https://*.example.com", True), ("https://other.example.com", False), ("http://*", False)],
)
def test_only_a_named_origin_gets_headers(allowed: str, is_allowed: bool) -> None:
    assert bool(cors_headers(CorsRules((allowed,)), PAGE)) == is_allowed
    assert bool(preflight_headers(CorsRules((allowed,)), PAGE)) == is_allowed


def test_a_preflight_answer_lists_what_is_allowed() -> None:
    rules = CorsRules((PAGE,), ("POST", "GET"), ("x-a", "x-b"), ("x-c",), max_age=60)
    assert preflight_headers(rules, PAGE)[2:] == [
        ("access-control-expose-headers", "x-c"),
        ("access-control-allow-methods", "POST,GET"),
        ("access-control-allow-headers", "x-a,x-b"),
        ("access-control-max-age", "60"),
    ]


def test_options_alone_is_no_preflight() -> None:
    assert not is_preflight("OPTIONS", {"Origin": PAGE})
    assert is_preflight("OPTIONS", {"Origin": PAGE, "Access-Control-Request-Method": "POST"})
