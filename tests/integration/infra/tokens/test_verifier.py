"""Every refusal that a handshake can meet, against a real JWKS server."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from domain.token_claims import ClaimsRule, VerifiedToken
from domain.token_errors import InvalidTokenError
from infra.tokens.jwks import JwksKeys
from infra.tokens.verifier import TokenVerifier
from testing.provider import AUDIENCE, CLAIMS, ISSUER, NOW, JwksServer, SigningKey, jwks_server

RSA, EC = SigningKey("RS256", "rsa-1"), SigningKey("ES256", "ec-1")
BOTH = pytest.mark.parametrize("key", [RSA, EC], ids=["RS256", "ES256"])


@pytest.fixture(scope="module")
def server() -> Iterator[JwksServer]:
    with jwks_server() as server:
        server.publish(RSA.jwk(), EC.jwk())
        yield server


@pytest.fixture(scope="module")
def verifier(server: JwksServer) -> TokenVerifier:
    return TokenVerifier(JwksKeys(server.url), ClaimsRule(ISSUER, AUDIENCE))


def refusal(verifier: TokenVerifier, token: str, now: float = NOW) -> InvalidTokenError:
    with pytest.raises(InvalidTokenError) as caught:
        verifier.verify(token, now)
    return caught.value


def b64(value: bytes | dict[str, Any]) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@BOTH
def test_accepts_a_token_that_the_provider_has_signed(verifier: TokenVerifier, key: SigningKey) -> None:
    token = key.token(sub="auth0|5f7c", scope="upload-progress:read profile", nbf=NOW, iat=NOW)

    assert verifier.verify(token, NOW) == VerifiedToken(
        "auth0|5f7c", (NOW + 630) * 1000, frozenset({"upload-progress:read", "profile"})
    )


@pytest.mark.parametrize("in_key", ["EdDSA", "Ed25519", None])
@pytest.mark.parametrize("in_token", ["EdDSA", "Ed25519"])
def test_accepts_ed25519_under_both_of_its_names(in_token: str, in_key: str | None) -> None:
    key = SigningKey("EdDSA", "ed-1")
    head, claims = b64({"alg": in_token, "kid": "ed-1"}), b64(CLAIMS)
    token = f"{head}.{claims}.{b64(key.private.sign(f'{head}.{claims}'.encode()))}"
    with jwks_server() as server:
        server.publish(key.jwk(alg=in_key))
        verifier = TokenVerifier(JwksKeys(server.url), ClaimsRule(ISSUER, AUDIENCE))

        assert verifier.verify(token, NOW).user_id == "alice"
        forged = token.replace(claims, b64({**CLAIMS, "sub": "bob"}))
        assert refusal(verifier, forged).reason == "bad_signature"


@BOTH
def test_accepts_a_token_without_a_kid_if_one_key_only_is_meant(verifier: TokenVerifier, key: SigningKey) -> None:
    assert verifier.verify(key.token(headers={"kid": None}), NOW).user_id == "alice"


@BOTH
@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": NOW - 31}, "expired"),
        ({"nbf": NOW + 31}, "not_yet_valid"),
        ({"iat": NOW + 31}, "not_yet_valid"),
        ({"iss": "https://id.example.com"}, "wrong_issuer"),
        ({"aud": "another"}, "wrong_audience"),
        ({"aud": []}, "wrong_audience"),
        ({"sub": ".."}, "bad_subject"),
        *(({name: None}, "missing_claim") for name in ("exp", "sub", "aud", "iss")),
    ],
)
def test_refuses_claims(verifier: TokenVerifier, key: SigningKey, claims: dict[str, Any], reason: str) -> None:
    assert refusal(verifier, key.token(**claims)).reason == reason


@pytest.mark.parametrize(
    "token", ["eyJhbGciOiJSUzI1NiJ9.e30", "a.b.c", "a.b.c.d", "é", "é.é.é", "{}.{}.{}", "..", "a.b.c\n"]
)
def test_refuses_what_is_not_a_token(verifier: TokenVerifier, token: str) -> None:
    assert refusal(verifier, token).reason == "malformed"


OTHER_FORMS = {
    "nonsense": "opaque",
    "mF_9~B5f-4/1Jq+M==": "opaque",
    "ya29.a0AfH6SMBx-9_": "opaque",
    "a.b.c.d.e": "encrypted",
    f"{b64({'alg': 'dir', 'enc': 'A256GCM'})}..aXY.Y3Q.dGFn": "encrypted",
    jwt.encode(CLAIMS, "", "none"): "unsigned",
}


@pytest.mark.parametrize(("token", "reason"), OTHER_FORMS.items())
def test_names_what_is_no_signed_token(verifier: TokenVerifier, token: str, reason: str) -> None:
    assert refusal(verifier, token).reason == reason


def test_refuses_no_token_at_all(verifier: TokenVerifier) -> None:
    assert refusal(verifier, "").reason == "missing"


def test_refuses_padding_and_bits_that_mean_nothing(verifier: TokenVerifier) -> None:
    token = EC.token()
    spare = token[:-1] + chr(ord(token[-1]) + 1)

    assert refusal(verifier, token + "==").reason == "malformed"
    assert refusal(verifier, spare).reason in {"malformed", "bad_signature"}


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "HS256", "RS512", "PS256", "ES384", "Ed448", ""])
def test_refuses_every_other_algorithm(verifier: TokenVerifier, alg: str) -> None:
    token = f"{b64({'alg': alg, 'kid': 'rsa-1'})}.{b64(CLAIMS)}.{b64(b'signature')}"

    assert refusal(verifier, token).reason == "wrong_algorithm"


def test_refuses_an_unsigned_token(verifier: TokenVerifier) -> None:
    unsigned = jwt.encode(CLAIMS, "", "none")

    assert refusal(verifier, unsigned).reason == "unsigned"
    assert refusal(verifier, unsigned + "AA").reason == "wrong_algorithm"


@BOTH
def test_refuses_a_token_signed_with_the_public_key_as_a_secret(verifier: TokenVerifier, key: SigningKey) -> None:
    pem = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    hmac = jwt.get_algorithm_by_name("HS256")
    for alg in ("HS256", key.algorithm):
        signing_input = f"{b64({'alg': alg, 'kid': key.kid})}.{b64(CLAIMS)}"
        token = f"{signing_input}.{b64(hmac.sign(signing_input.encode(), pem))}"

        assert refusal(verifier, token).reason == ("wrong_algorithm" if alg == "HS256" else "bad_signature")


def test_refuses_a_key_of_the_other_kind_under_a_known_kid(verifier: TokenVerifier) -> None:
    assert refusal(verifier, RSA.token(headers={"kid": "ec-1"})).reason == "unknown_key"


@BOTH
def test_refuses_a_strangers_signature_under_a_known_kid(verifier: TokenVerifier, key: SigningKey) -> None:
    assert refusal(verifier, SigningKey(key.algorithm, key.kid).token()).reason == "bad_signature"


@BOTH
def test_refuses_claims_exchanged_under_a_good_signature(verifier: TokenVerifier, key: SigningKey) -> None:
    header, _, signature = key.token().split(".")

    assert refusal(verifier, f"{header}.{b64({**CLAIMS, 'sub': 'bob'})}.{signature}").reason == "bad_signature"


def test_refuses_more_than_8_kb_and_nothing_less(verifier: TokenVerifier) -> None:
    fits = next(n for n in range(6000, 5700, -1) if len(EC.token(pad="x" * n)) <= 8192)

    assert verifier.verify(EC.token(pad="x" * fits), NOW).user_id == "alice"
    assert refusal(verifier, EC.token(pad="x" * (fits + 1))).reason == "too_large"
    assert refusal(verifier, "x" * 5_000_000).reason == "too_large"


def test_refuses_a_kid_over_128_bytes_and_nothing_less(verifier: TokenVerifier) -> None:
    assert refusal(verifier, EC.token(headers={"kid": "é" * 64})).reason == "unknown_key"
    assert refusal(verifier, EC.token(headers={"kid": "é" * 65})).reason == "too_large"


@pytest.mark.parametrize("kid", [7, True, ["ec-1"], {"ec-1": 1}])
def test_refuses_a_kid_that_is_not_a_string(verifier: TokenVerifier, kid: Any) -> None:
    token = f"{b64({'alg': 'ES256', 'kid': kid})}.{b64(CLAIMS)}.{b64(bytes(64))}"

    assert refusal(verifier, token).reason == "malformed"


@pytest.mark.parametrize("kid", ["../../etc/passwd", "ec-1' OR '1'='1", "http://127.0.0.1/", "\0", "\ud800", "ec-1 "])
def test_looks_an_odd_kid_up_and_does_nothing_else_with_it(verifier: TokenVerifier, kid: str) -> None:
    error = refusal(verifier, EC.token(headers={"kid": kid}))

    assert error.reason == "unknown_key"
    assert str(error).isascii() and str(error).isprintable()


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], "exp", None])
def test_refuses_critical_extensions_well_formed_or_not(verifier: TokenVerifier, crit: Any) -> None:
    token = f"{b64({'alg': 'ES256', 'kid': 'ec-1', 'crit': crit})}.{b64(CLAIMS)}.{b64(bytes(64))}"

    assert refusal(verifier, token).evidence == {"header": "crit"}


def test_refuses_an_unencoded_payload(verifier: TokenVerifier) -> None:
    token = f"{b64({'alg': 'ES256', 'kid': 'ec-1', 'b64': False})}.{b64(CLAIMS)}.{b64(bytes(64))}"

    assert refusal(verifier, token).reason == "unsupported_header"


def test_asks_nobody_whom_a_token_names(verifier: TokenVerifier) -> None:
    attacker = SigningKey("ES256", "attacker")
    with jwks_server() as trap:
        trap.publish(attacker.jwk())
        token = attacker.token(headers={"jku": trap.url, "x5u": trap.url, "jwk": attacker.jwk()})

        assert refusal(verifier, token).reason == "unknown_key"
        assert trap.paths == []


def test_ignores_such_headers_on_a_token_that_is_good(verifier: TokenVerifier) -> None:
    with jwks_server() as trap:
        assert verifier.verify(EC.token(headers={"jku": trap.url, "jwk": RSA.jwk()}), NOW).user_id == "alice"
        assert trap.paths == []


def test_refuses_a_header_that_says_something_twice(verifier: TokenVerifier) -> None:
    header = b64(b'{"alg": "none", "alg": "ES256", "kid": "ec-1"}')

    assert refusal(verifier, f"{header}.{b64(CLAIMS)}.{b64(bytes(64))}").evidence == {"part": "header"}


@BOTH
def test_an_error_never_shows_the_token(verifier: TokenVerifier, key: SigningKey) -> None:
    token = key.token(exp=NOW - 60)
    for error in (refusal(verifier, token), refusal(verifier, token[:-8] + "AAAAAAAA")):
        shown = f"{error} {error!r} {error.evidence}"

        assert not any(part in shown for part in token.split("."))


@given(st.text() | st.from_regex(r"[\w=-]*(\.[\w=-]*){1,4}") | st.binary().map(lambda b: b.decode("latin-1")))
def test_any_text_at_all_is_refused_and_never_breaks_the_verifier(verifier: TokenVerifier, token: str) -> None:
    refusal(verifier, token)


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=300))
def test_any_bytes_in_the_three_parts_are_refused(
    verifier: TokenVerifier, header: bytes, claims: bytes, signature: bytes
) -> None:
    refusal(verifier, f"{b64(header)}.{b64(claims)}.{b64(signature)}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries({}, optional={name: JSON for name in ("kid", "typ", "b64", "crit", "jwk", "x5c")}),
    st.sampled_from(["RS256", "ES256"]) | JSON,
    st.binary(min_size=1, max_size=300),
)
def test_any_header_under_a_forged_signature_is_refused(
    verifier: TokenVerifier, header: dict[str, Any], alg: Any, signature: bytes
) -> None:
    refusal(verifier, f"{b64({**header, 'alg': alg})}.{b64(CLAIMS)}.{b64(signature)}")


@pytest.mark.parametrize("token", [RSA.token(), EC.token()], ids=["RS256", "ES256"])
@given(data=st.data())
def test_any_flipped_bit_is_refused(verifier: TokenVerifier, token: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(token) * 7 - 1))
    flipped = chr(ord(token[place // 7]) ^ 1 << place % 7)

    refusal(verifier, token[: place // 7] + flipped + token[place // 7 + 1 :])


def test_reading_tokens_loads_neither_boto3_nor_a_server() -> None:
    code = "import sys, infra.tokens.verifier, infra.tokens.jwks, infra.tokens.secrets_manager; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not {"boto3", "botocore", "asyncio", "aiohttp", "requests", "http.server"} & set(loaded.split())
