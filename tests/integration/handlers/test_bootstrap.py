"""What adapters are built with: keys as they are at the moment, and the roots that their endpoint asks for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError
from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import Session, get_session

from benchmarks.harness.certificates import make_certificates
from bundle.sdk_data import OPERATIONS
from handlers import bootstrap
from infra.amazon_roots import AMAZON_ROOTS
from infra.gateway.management_api import Delivery
from testing.aws_environment import forget_adapters
from testing.scripted_gateway import Reply, playing
from tests.integration.infra.gateway.sender.test_tls import context_of


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A laptop without keys, a profile or an instance's metadata."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    forget_adapters()


def test_keys_are_read_from_the_environment_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for key_id, token in [("first", "one"), ("second", "two"), ("third", "")]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)

        found = bootstrap._credentials()

        assert (found.access_key_id, found.secret_access_key, found.session_token or "") == (key_id, "secret", token)


def test_without_them_botocore_finds_keys_where_a_laptop_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = mine\naws_secret_access_key = secret\n")

    found = bootstrap._credentials()

    assert (found.access_key_id, found.secret_access_key, found.session_token) == ("mine", "secret", None)


def test_no_keys_at_all_are_an_error_that_says_so() -> None:
    with pytest.raises(NoCredentialsError):
        bootstrap._credentials()


def test_the_region_is_the_environments_or_the_profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert bootstrap._region() == "eu-west-1"

    monkeypatch.delenv("AWS_DEFAULT_REGION")
    (tmp_path / "config").write_text("[default]\nregion = eu-north-1\n")
    forget_adapters()
    assert bootstrap._region() == "eu-north-1"

    (tmp_path / "config").write_text("")
    forget_adapters()
    with pytest.raises(ValueError, match="no AWS region"):
        bootstrap._region()


@pytest.mark.parametrize(
    ("name", "value", "roots"),
    [
        ("UNRELATED", "", AMAZON_ROOTS),
        ("AWS_DEFAULT_REGION", "cn-north-1", None),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566", None),
        ("AWS_ENDPOINT_URL_DYNAMODB", "https://dynamodb.example.com", None),
        ("AWS_CA_BUNDLE", "/etc/proxy.pem", None),
    ],
)
def test_botocores_clients_trust_amazons_roots_where_they_talk_to_aws(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, roots: str | None
) -> None:
    monkeypatch.setenv(name, value)

    assert bootstrap._aws_roots() == roots
    assert (bootstrap._dynamodb()._endpoint.http_session._verify == AMAZON_ROOTS) is (roots is not None)


def test_a_gateway_behind_other_roots_is_trusted_by_those_that_aws_ca_bundle_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = make_certificates(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with playing(lambda request: Reply(), context_of(made.server)) as gateway:
        monkeypatch.setenv("MANAGEMENT_ENDPOINT", gateway.url)
        assert bootstrap.management().send("A=", b"{}") is Delivery.UNSENT

        monkeypatch.setenv("AWS_CA_BUNDLE", str(made.authority))
        forget_adapters()
        assert bootstrap.management().send("A=", b"{}") is Delivery.DELIVERED
    forget_adapters()


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_the_calls_of_the_functions_have_all_handlers_of_botocore(service: str) -> None:
    """The name of an event has its service as botocore hyphenates it, and often the operation."""
    named = get_session().get_service_model(service).service_id.hyphenize()
    events = {event.split(".")[0] for event, *_ in BUILTIN_HANDLERS} - {"docs"}
    calls = [f"{event}.{named}.{operation}" for event in events for operation in OPERATIONS[service]]

    assert [handlers_of(bootstrap._session(), call) for call in calls] == [
        handlers_of(get_session(), call) for call in calls
    ]


def handlers_of(session: Session, event: str) -> list[object]:
    """Returns those of botocore: libraries such as Powertools may add theirs to each session."""
    handlers = session.get_component("event_emitter")._emitter._handlers.prefix_search(event)
    return [handler for handler in handlers if handler.__module__.startswith("botocore")]
