"""HS256: the newest secret signs, all verify, weak ones are refused before a token is seen."""

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from domain.token_claims import ClaimsRule
from domain.token_errors import InvalidTokenError
from infra.tokens.shared_secrets import SharedSecrets
from infra.tokens.verifier import TokenVerifier
from testing.provider import AUDIENCE, CLAIMS, ISSUER, NOW, SigningKey

OLD, NEW = "an older secret of thirty-two bytes", "a newer secret of thirty-two bytes!"


def verifier(*secrets: str) -> TokenVerifier:
    return TokenVerifier(SharedSecrets(secrets), ClaimsRule(ISSUER, AUDIENCE))


def reason(token: str, *secrets: str) -> str:
    with pytest.raises(InvalidTokenError) as caught:
        verifier(*secrets).verify(token, NOW)
    return caught.value.reason


def test_the_newest_secret_signs_and_all_of_them_verify() -> None:
    before, after = SharedSecrets([OLD]).sign(CLAIMS), SharedSecrets([OLD, NEW]).sign(CLAIMS)

    assert verifier(OLD, NEW).verify(before, NOW).user_id == "alice"
    assert verifier(NEW).verify(after, NOW).user_id == "alice"
    assert reason(after, OLD) == "bad_signature"


def test_a_dropped_secret_no_longer_verifies() -> None:
    assert reason(SharedSecrets([OLD]).sign(CLAIMS), NEW) == "bad_signature"


def test_a_kid_changes_nothing() -> None:
    token = jwt.encode(CLAIMS, NEW, "HS256", {"kid": "../../dev/null"})

    assert verifier(NEW).verify(token, NOW).user_id == "alice"


@pytest.mark.parametrize("key", [SigningKey("RS256", "a"), SigningKey("ES256", "a")], ids=["RS256", "ES256"])
def test_tokens_of_the_other_family_are_refused(key: SigningKey) -> None:
    assert reason(key.token(), NEW) == "wrong_algorithm"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_tokens_of_the_same_family_but_another_hash_are_refused(algorithm: str) -> None:
    long = NEW * 2
    assert reason(jwt.encode(CLAIMS, long, algorithm), long) == "wrong_algorithm"


@pytest.mark.parametrize("secrets", [[], "one string of more than thirty-two bytes", b"x" * 40, [OLD] * 9])
def test_secrets_that_are_no_list_of_a_few_are_refused(secrets: Any) -> None:
    with pytest.raises(ValueError, match="a list of 1 to 8"):
        SharedSecrets(secrets)


def test_a_short_secret_is_named_by_position_and_not_shown() -> None:
    with pytest.raises(ValueError) as caught:
        SharedSecrets([OLD, "hunter2" * 4])

    assert str(caught.value) == "secret 1 has 28 bytes; at least 32 are required"


def test_bytes_are_counted_and_not_characters() -> None:
    assert SharedSecrets(["é" * 16]).sign(CLAIMS)


def test_a_public_key_is_no_secret() -> None:
    pem = (
        SigningKey("RS256", "a")
        .private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ValueError, match="public key"):
        SharedSecrets([pem])


def test_reads_the_json_list_of_secrets_manager() -> None:
    keys = SharedSecrets.from_json(f'["{OLD}", "{NEW}"]')

    assert keys.candidates("HS256", None) == [NEW.encode(), OLD.encode()]


@pytest.mark.parametrize("text", ["", "not json", '{"a": 1}', '"a string"', "[7]", "[[]]", "[]"])
def test_json_that_is_no_list_of_secrets_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        SharedSecrets.from_json(text)

    assert "not json" not in str(caught.value)
