"""The proxies that functions are told of, and what they reach without one."""

from __future__ import annotations

from local_emulator.runtimes.proxy_variables import proxy_variables

URL = "http://localhost:3001"
HOSTS = [".execute-api.eu-west-1.amazonaws.com", ".execute-api.eu-west-1.api.aws"]


def test_without_a_proxy_there_is_no_variable() -> None:
    assert proxy_variables(URL, {"no_proxy": "intra", "PATH": "/bin"}, None, HOSTS) == {}


def test_a_proxy_of_the_machine_is_asked_for_neither_the_emulator_nor_hosts_of_apis() -> None:
    found = proxy_variables(
        "http://dev.internal:3001", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "intra, .corp"}, None, HOSTS
    )

    assert found["HTTP_PROXY"] == "http://p:1"
    assert (
        found["NO_PROXY"]
        == found["no_proxy"]
        == ",".join(["intra", ".corp", "localhost", "127.0.0.1", "dev.internal", *HOSTS])
    )


def test_the_emulators_proxy_replaces_that_of_the_machine_for_https_alone() -> None:
    own = {"https_proxy": "http://p:1", "http_proxy": "http://p:1"}
    found = proxy_variables(URL, own, "http://127.0.0.1:9", HOSTS)

    assert found["https_proxy"] == found["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert found["http_proxy"] == "http://p:1"
    assert found["no_proxy"] == "localhost,127.0.0.1"


def test_exceptions_of_the_machine_do_not_lead_past_the_emulators_proxy() -> None:
    for entry in ("*", "amazonaws.com", ".amazonaws.com", "api.aws"):
        found = proxy_variables(URL, {"no_proxy": f"intra,{entry}"}, "http://127.0.0.1:9", HOSTS)
        assert found["no_proxy"] == "intra,localhost,127.0.0.1"
