"""Which keys of a JWK Set may verify, and which are left out without spoiling the rest."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import example, given
from hypothesis import strategies as st

from infra.tokens.key_set import KeySet, SkippedKey, read_key_set
from testing.provider import SigningKey

RSA, EC = SigningKey("RS256", "rsa-1"), SigningKey("ES256", "ec-1")


def read(*jwks: Any) -> KeySet:
    return read_key_set(json.dumps({"keys": jwks}).encode())


def as_jwk(private: Any, algorithm: str) -> dict[str, Any]:
    return {**jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True), "kid": "rsa-1"}


def test_finds_a_key_by_algorithm_and_kid() -> None:
    keys = read(RSA.jwk(), EC.jwk())

    assert keys.find("RS256", "rsa-1")[0].public_numbers() == RSA.private.public_key().public_numbers()
    assert not keys.find("ES256", "rsa-1")
    assert not keys.find("RS256", "another")


def test_without_a_kid_the_only_key_of_the_algorithm_is_meant() -> None:
    assert len(read(RSA.jwk(), EC.jwk()).find("RS256", None)) == 1
    assert not read(RSA.jwk(), RSA.jwk(kid="rsa-2")).find("RS256", None)
    assert not read(RSA.jwk()).find("ES256", None)


def test_a_key_without_a_kid_is_found_without_one_only() -> None:
    keys = read(SigningKey("ES256", None).jwk())

    assert len(keys.find("ES256", None)) == 1
    assert not keys.find("ES256", "None")


@pytest.mark.parametrize("absent", ["use", "alg", "key_ops"])
def test_what_a_key_may_leave_unsaid(absent: str) -> None:
    jwk = {name: value for name, value in RSA.jwk().items() if name != absent}

    assert read(jwk).find("RS256", "rsa-1")


@pytest.mark.parametrize("unsaid", [{"use": None}, {"alg": None}, {"alg": ""}, {"key_ops": None}, {"x5c": None}])
def test_a_member_that_is_null_counts_as_absent(unsaid: dict[str, Any]) -> None:
    assert read(RSA.jwk(**unsaid)).find("RS256", "rsa-1")
    assert len(read(RSA.jwk(kid=None, **unsaid)).find("RS256", None)) == 1


def test_a_byte_order_mark_is_ignored() -> None:
    document = json.dumps({"keys": [EC.jwk()]}).encode("utf-8-sig")

    assert read_key_set(document).find("ES256", "ec-1")


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ({"use": "enc"}, 'use "enc"'),
        ({"key_ops": ["encrypt"]}, "key_ops without verify"),
        ({"alg": "PS256"}, 'alg "PS256"'),
        ({"kty": "OKP", "alg": None, "crv": "X25519"}, 'crv "X25519"'),
        ({"kid": 7}, "kid 7"),
        ({"n": "AQAB"}, "no valid public key"),
        ({"n": "AQAB="}, "n is not base64url without padding"),
        ({"kty": "EC", "alg": None, "crv": "secp256k1"}, 'crv "secp256k1"'),
    ],
)
def test_each_key_that_is_left_out_is_named_with_the_reason(spoilt: dict[str, Any], reason: str) -> None:
    [one] = read(RSA.jwk(**spoilt)).left_out

    assert one == SkippedKey(str(spoilt.get("kid", "rsa-1")), reason)


def test_a_member_that_is_no_key_is_left_out() -> None:
    assert read(None, 7, EC.jwk()).left_out == [SkippedKey(None, "no key")] * 2


@pytest.mark.parametrize(
    "spoilt",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"alg": "RS512"},
        {"alg": "HS256"},
        {"use": ""},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP"},
        {"kty": ["RSA"]},
        {"kty": None},
        {"n": 7},
        {"n": ""},
        {"n": "!!!"},
        {"n": "AQAB"},
        {"n": None},
        {"e": "AA"},
        {"e": "AQ"},
        {"kid": 7},
        {"kid": ["rsa-1"]},
    ],
)
def test_a_key_that_must_not_or_cannot_verify_is_left_out_alone(spoilt: dict[str, Any]) -> None:
    keys = read(RSA.jwk(**spoilt), EC.jwk())

    assert not keys.find("RS256", "rsa-1") and not keys.find("RS256", None)
    assert keys.find("ES256", "ec-1")


@pytest.mark.parametrize("spoilt", [{"crv": "P-384"}, {"crv": None}, {"x": "AAAA"}, {"y": "A" * 43}, {"kty": "RSA"}])
def test_a_point_off_the_curve_or_on_another_is_left_out(spoilt: dict[str, Any]) -> None:
    assert not read(EC.jwk(**spoilt)).find("ES256", "ec-1")


def test_rsa_below_2048_bits_and_other_curves_are_left_out() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    other = ec.generate_private_key(ec.SECP384R1())

    assert read(as_jwk(weak, "RS256")) == KeySet({}, [SkippedKey("rsa-1", "RSA of 1024 bits")])
    assert not read(as_jwk(other, "ES384")).find("ES256", "rsa-1")


def test_of_a_private_key_only_the_public_half_is_kept() -> None:
    jwk = jwt.get_algorithm_by_name("RS256").to_jwk(RSA.private, as_dict=True)

    (key,) = read({**jwk, "kid": "rsa-1", "key_ops": ["verify"]}).find("RS256", "rsa-1")

    assert isinstance(key, rsa.RSAPublicKey)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys": {}}', b"<html>", b"\xff", b'{"keys": null}'])
def test_what_is_no_key_set_is_an_error(document: bytes) -> None:
    with pytest.raises(ValueError):
        read_key_set(document)


def test_more_than_100_keys_are_an_error() -> None:
    assert read(*[EC.jwk()] * 100).find("ES256", "ec-1")
    with pytest.raises(ValueError, match="more than 100 keys"):
        read(*[EC.jwk()] * 101)


def test_a_discovery_document_is_an_error_that_names_the_address_of_the_keys() -> None:
    with pytest.raises(ValueError, match=r"discovery document; set JwksUrl to https://id\.example\.com/keys"):
        read_key_set(b'{"jwks_uri": "https://id.example.com/keys"}')


MEMBER = st.none() | st.booleans() | st.integers() | st.text() | st.from_regex(r"[A-Za-z0-9_-]{1,90}", fullmatch=True)


@given(
    st.sampled_from([RSA, EC]),
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "alg", "use", "kid", "key_ops"]), MEMBER),
)
def test_any_key_is_read_or_left_out_and_never_breaks_the_reader(key: SigningKey, spoilt: dict[str, Any]) -> None:
    keys = read(key.jwk(**spoilt), 7, None, [], "key")

    assert not keys.find("HS256", None)


@given(st.binary(max_size=200))
@example(b'{"keys":[]}')
def test_any_document_is_a_key_set_or_an_error(document: bytes) -> None:
    try:
        keys = read_key_set(document)
    except ValueError:
        return
    assert not keys.keys  # no public key has room in so few bytes
