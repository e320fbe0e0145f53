"""Whom the engine trusts: the roots that it is given, for the host that it asked for."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.harness.certificates import Certificates, make_certificates
from infra.amazon_roots import AMAZON_ROOTS
from infra.gateway.sender.outcome import NoResponse
from testing.scripted_gateway import Reply, ScriptedGateway, playing
from tests.integration.infra.gateway.sender.conftest import MakeEngine, post


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Certificates]:
    """By host name, each with an authority of its own."""
    folder = tmp_path_factory.mktemp("certificates")
    return {host: make_certificates(folder, host) for host in ("localhost", "elsewhere.example.com")}


def context_of(server: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    return context


@pytest.fixture
def gateway(certificates: dict[str, Certificates]) -> Iterator[ScriptedGateway]:
    with playing(lambda request: Reply(), context_of(certificates["localhost"].server)) as gateway:
        yield gateway


def test_a_gateway_with_a_certificate_from_these_roots_is_trusted(
    engine: MakeEngine, gateway: ScriptedGateway, certificates: dict[str, Certificates]
) -> None:
    sender = engine(gateway.url, str(certificates["localhost"].authority), max_connections=3)
    ids = [f"{number}=" for number in range(30)]

    assert set(post(sender, *ids)) == set(post(sender, *ids)) == {200}
    assert gateway.links <= 3


def test_links_that_broke_are_opened_anew_over_tls_too(
    engine: MakeEngine, gateway: ScriptedGateway, certificates: dict[str, Certificates]
) -> None:
    sender = engine(gateway.url, str(certificates["localhost"].authority))
    for _ in range(3):
        assert post(sender, "A=", "B=") == [200, 200]
        gateway.close_links()


@pytest.mark.parametrize("roots", [AMAZON_ROOTS, None, "another authority"])
def test_a_certificate_from_other_roots_is_refused_and_nothing_is_sent(
    engine: MakeEngine, gateway: ScriptedGateway, certificates: dict[str, Certificates], roots: str | None
) -> None:
    other = str(certificates["elsewhere.example.com"].authority)
    sender = engine(gateway.url, other if roots == "another authority" else roots)

    assert post(sender, "A=", "B=", within=60) == [NoResponse.UNTRUSTED] * 2
    assert gateway.requests == []


def test_a_certificate_for_another_host_is_refused(engine: MakeEngine, certificates: dict[str, Certificates]) -> None:
    other = certificates["elsewhere.example.com"]
    with playing(lambda request: Reply(), context_of(other.server)) as gateway:
        assert post(engine(gateway.url, str(other.authority)), "A=", within=60) == [NoResponse.UNTRUSTED]
        assert gateway.requests == []


def test_a_gateway_that_speaks_no_tls_is_unreachable(engine: MakeEngine) -> None:
    with playing(lambda request: Reply()) as gateway:
        sender = engine(gateway.url.replace("http:", "https:"), connect_seconds=0.2)

        assert post(sender, "A=", within=60) == [NoResponse.UNREACHABLE]


def test_links_are_tried_three_times_then_once_for_each_call_until_one_opens(
    engine: MakeEngine, gateway: ScriptedGateway, certificates: dict[str, Certificates]
) -> None:
    sender = engine(gateway.url, str(certificates["localhost"].authority))
    tried: list[int] = []
    for shut in (True, True, True, False, True):
        gateway.shut, before = shut, gateway.links
        gateway.close_links()
        wanted = NoResponse.UNREACHABLE if shut else 200
        assert post(sender, "A=", within=60) == [wanted]
        tried.append(gateway.links - before)

    assert tried == [3, 1, 1, 1, 3]
