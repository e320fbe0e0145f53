"""Which requests another website's page has sent; the rule itself, without a server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.web.browser_guard.rules import (
    CROSS_SITE,
    FOREIGN_HOST,
    FOREIGN_ORIGIN,
    OriginHeaders,
    problem_of_call,
    problem_of_page,
)

HERE = "127.0.0.1"
NETWORK = "0.0.0.0"


@pytest.mark.parametrize(
    "host",
    [
        "localhost:3001",
        "127.0.0.1:3002",
        "[::1]:3002",
        "10.0.0.7:3001",
        "bucket.localhost:3002",
        "host.docker.internal:3002",
        "emulator:3001",
        "laptop.local",
    ],
)
def test_an_sdk_may_call_by_any_name_that_no_website_can_have(host: str) -> None:
    assert problem_of_call(OriginHeaders([host], [], []), HERE) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:3001", "127.0.0.1.evil.example", "a@b", "", "[::", "internal.com"]
)
def test_a_name_that_somebody_may_own_is_dns_rebinding(host: str) -> None:
    assert problem_of_call(OriginHeaders([host], [], []), HERE) == FOREIGN_HOST


def test_a_browser_names_one_host() -> None:
    assert problem_of_call(OriginHeaders(["localhost", "localhost"], [], []), NETWORK) == FOREIGN_HOST
    assert problem_of_call(OriginHeaders([], [], []), HERE) is None


def test_who_listens_on_a_network_is_called_by_names_that_are_not_known_here() -> None:
    assert problem_of_call(OriginHeaders(["build.corp.example:3001"], [], []), NETWORK) is None
    assert problem_of_call(OriginHeaders(["evil.example"], ["http://evil.example"], []), NETWORK) == FOREIGN_ORIGIN


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1:5173", "http://[::1]"])
def test_a_page_of_this_machine_may_upload_straight_to_s3(origin: str) -> None:
    assert problem_of_call(OriginHeaders(["127.0.0.1:3002"], [origin], ["cross-site"]), HERE) is None


def test_a_page_of_the_very_address_that_was_called_may_too() -> None:
    assert problem_of_call(OriginHeaders(["10.0.0.7:3002"], ["http://10.0.0.7:3000"], []), NETWORK) is None
    assert problem_of_call(OriginHeaders(["10.0.0.7:3002"], ["http://10.0.0.8:3000"], []), NETWORK) == FOREIGN_ORIGIN


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "file://", "http://localhost.evil.example", "http://localhost@evil.example"],
)
def test_no_other_page_may_call(origin: str) -> None:
    assert problem_of_call(OriginHeaders(["localhost:3001"], [origin], []), HERE) == FOREIGN_ORIGIN
    assert problem_of_call(OriginHeaders(["localhost:3001"], ["http://localhost", origin], []), HERE) == FOREIGN_ORIGIN


def test_an_image_of_another_website_calls_nothing() -> None:
    assert problem_of_call(OriginHeaders(["localhost:3002"], [], ["cross-site"]), HERE) == CROSS_SITE


HOSTS = st.sampled_from(["localhost:1", "127.0.0.1:1", "[::1]:1", "evil.example"]) | st.text()
ORIGINS = st.lists(st.sampled_from(["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "null"]) | st.text())


@given(HOSTS, ORIGINS, st.lists(st.sampled_from(["same-origin", "cross-site", "none"])))
def test_what_may_open_the_emulators_own_pages_may_also_call(host: str, origins: list[str], sites: list[str]) -> None:
    """The rule for calls is the wider one, for any headers at all."""
    sender = OriginHeaders([host], origins, sites)

    if problem_of_page(sender) is None:
        assert problem_of_call(sender, HERE) is None
