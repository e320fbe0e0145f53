"""The SDK's data in a bundle leads to the same requests and the same errors as all of it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.session import Session

from bundle.sdk_data import OPERATIONS, only, undocumented
from testing.bundles import for_here, size

REGIONS = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1")
OURS = [(service, operation) for service in sorted(OPERATIONS) for operation in sorted(OPERATIONS[service])]
WHOLE = Loader()


@pytest.fixture(scope="module")
def slim() -> Loader:
    data = for_here() / "PushFunction" / "botocore" / "data"
    return Loader(extra_search_paths=[str(data)], include_default_search_paths=False)


def model(loader: Loader, service: str) -> ServiceModel:
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


def test_it_has_our_services_in_their_newest_version(slim: Loader) -> None:
    assert set(slim.list_available_services("service-2")) == OPERATIONS.keys()
    for service in OPERATIONS:
        newest = WHOLE.determine_latest_version(service, "service-2")
        assert slim.list_api_versions(service, "service-2") == [newest]


@pytest.mark.parametrize(("service", "operation"), OURS)
def test_requests_answers_and_errors_are_shaped_as_ever(slim: Loader, service: str, operation: str) -> None:
    ours, whole = (model(loader, service).operation_model(operation) for loader in (slim, WHOLE))

    assert ours.http == whole.http
    assert shape(ours.input_shape) == shape(whole.input_shape)
    assert shape(ours.output_shape) == shape(whole.output_shape)
    assert [shape(one) for one in ours.error_shapes] == [shape(one) for one in whole.error_shapes]


def shape(described: Any, inside: tuple[str, ...] = ()) -> Any:
    """All that decides how a value is written and read; DynamoDB's shapes contain themselves."""
    if described is None or described.name in inside:
        return described and described.name
    inner = (*inside, described.name)
    members = getattr(described, "members", None) or {}
    parts = [getattr(described, part, None) for part in ("member", "key", "value")]
    below = {name: shape(one, inner) for name, one in members.items()}
    return described.type_name, described.serialization, described.metadata, below, [shape(one, inner) for one in parts]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", sorted(OPERATIONS.keys() - {"apigatewaymanagementapi"}))
def test_requests_go_where_they_always_go(slim: Loader, service: str, region: str) -> None:
    assert endpoint(slim, service, region) == endpoint(WHOLE, service, region)


def endpoint(loader: Loader, service: str, region: str) -> str:
    session = Session()
    session.register_component("data_loader", loader)
    client = session.create_client(service, region, aws_access_key_id="local", aws_secret_access_key="local")
    return str(client.meta.endpoint_url)


def test_prose_is_left_out_and_what_is_only_named_like_it_stays() -> None:
    documented = {"shape": "A", "documentation": "<p>A</p>", "members": {"documentation": {"shape": "Text"}}}

    assert undocumented([documented]) == [{"shape": "A", "members": {"documentation": {"shape": "Text"}}}]


def test_an_operation_that_a_service_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="PutItems"):
        only(frozenset({"PutItems"}), {"operations": {"PutItem": {}}, "shapes": {}})


def test_there_is_little_of_it() -> None:
    """The first client of a process reads a good part of this; the whole is 27 MB."""
    assert size(for_here() / "PushFunction" / "botocore" / "data") < 100_000
