"""The roots that AWS's endpoints are trusted by, and which endpoints those are."""

from __future__ import annotations

import hashlib
import ssl

import pytest

from infra.amazon_roots import AMAZON_ROOTS, roots_for, roots_in

# amazontrust.com/repository, "SHA-256 Hash of Subject Public Key Information" aside: of the certificates themselves.
FINGERPRINTS = {
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e": "Amazon Root CA 1",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4": "Amazon Root CA 2",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4": "Amazon Root CA 3",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092": "Amazon Root CA 4",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5": "Starfield Services Root - G2",
}


def test_the_file_holds_amazons_five_roots_and_no_other() -> None:
    found = ssl.create_default_context(cafile=AMAZON_ROOTS).get_ca_certs(binary_form=True)

    assert {hashlib.sha256(one).hexdigest() for one in found} == FINGERPRINTS.keys()


@pytest.mark.parametrize(
    "url",
    [
        "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod",
        "https://dynamodb.us-gov-west-1.amazonaws.com",
        "https://dynamodb.eu-west-1.api.aws",
    ],
)
def test_endpoints_of_aws_are_trusted_by_amazons_roots(url: str) -> None:
    assert roots_for(url) == AMAZON_ROOTS


@pytest.mark.parametrize(
    "url",
    [
        "https://push.example.com",
        "http://localhost:3001/prod",
        "https://dynamodb.cn-north-1.amazonaws.com.cn",
        "https://amazonaws.com.example.com",
        "https://notamazonaws.com",
    ],
)
def test_others_are_trusted_by_the_systems_roots(url: str) -> None:
    assert roots_for(url) is None


def test_partitions_apart_have_roots_of_their_own() -> None:
    assert roots_in("eu-central-1") == roots_in("us-gov-east-1") == AMAZON_ROOTS
    assert {roots_in(region) for region in ("cn-north-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1")} == {
        None
    }
