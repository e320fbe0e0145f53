from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.web.sigv4 import InvalidSignatureError, Signature, find_signature

URL = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/@connections/UMh4oc2XDoECHKA%3D"
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20251118/eu-west-1/execute-api/aws4_request,"
    " SignedHeaders=host;x-amz-date, Signature=" + "0a" * 32,
    "X-Amz-Date": "20251118T104031Z",
}


def signed(**changes: str) -> list[tuple[str, str]]:
    return list({**SIGNED, **changes}.items())


@given(
    st.text("ABCXYZ0123", min_size=4, max_size=20),
    st.sampled_from(["eu-west-1", "us-east-1", "ap-southeast-2"]),
    st.none() | st.text("abc/+=", min_size=1, max_size=30),
    st.binary(max_size=40),
)
def test_what_botocore_signs_is_well_formed(key: str, region: str, token: str | None, data: bytes) -> None:
    request = AWSRequest("POST", URL, data=data)
    SigV4Auth(Credentials(key, "secret", token), "execute-api", region).add_auth(request)
    found = find_signature(list(request.headers.items()))
    assert found is not None
    assert (found.access_key_id, found.region, found.service) == (key, region, "execute-api")


def test_what_botocore_presigns_is_well_formed() -> None:
    request = AWSRequest("GET", "wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod?room=1")
    SigV4QueryAuth(Credentials("AKIDEXAMPLE", "secret", "a/b+c="), "execute-api", "eu-west-1").add_auth(request)
    found = find_signature([("Host", "x")], urlsplit(request.url).query)
    assert found is not None
    assert (found.access_key_id, found.region, found.service) == ("AKIDEXAMPLE", "eu-west-1", "execute-api")


def test_the_names_of_headers_have_no_case() -> None:
    headers = [(name.lower(), value) for name, value in signed()]
    assert find_signature(headers) == Signature("AKIDEXAMPLE", "20251118", "eu-west-1", "execute-api")


@pytest.mark.parametrize("authorization", ["", "Bearer abc.def.ghi", "Basic AWS4-HMAC-SHA256"])
def test_a_request_of_another_scheme_has_no_signature(authorization: str) -> None:
    assert find_signature([("Authorization", authorization)], "X-Amz-Algorithm=none&token=a") is None


def test_a_signature_of_its_name_alone_is_malformed() -> None:
    with pytest.raises(InvalidSignatureError, match="Credential"):
        find_signature([("Authorization", "AWS4-HMAC-SHA256")])
    with pytest.raises(InvalidSignatureError, match="Credential"):
        find_signature([], "X-Amz-Algorithm=AWS4-HMAC-SHA256")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Credential=", "Credentials=", "Credential"),
        ("SignedHeaders=host;x-amz-date", "SignedHeaders=", "SignedHeaders"),
        ("Signature=", "Sig=", "Signature"),
        ("0a0a", "0A0A", "64"),
        ("0a0a", "", "64"),
        ("/aws4_request", "", "aws4_request"),
        ("/20251118/", "/2025-11-18/", "yyyymmdd"),
        ("/20251118/", "/20251117/", "date"),
        ("execute-api", "lambda", "execute-api"),
    ],
)
def test_a_malformed_signature_is_an_error_that_names_the_part(old: str, new: str, problem: str) -> None:
    with pytest.raises(InvalidSignatureError, match=problem):
        find_signature(signed(Authorization=SIGNED["Authorization"].replace(old, new, 1)))


@pytest.mark.parametrize("date", ["", "20251118", "Tue, 18 Nov 2025 10:40:31 GMT"])
def test_a_signature_needs_its_date(date: str) -> None:
    with pytest.raises(InvalidSignatureError, match="X-Amz-Date"):
        find_signature(signed(**{"X-Amz-Date": date}))


@given(st.text(), st.text())
def test_any_signed_request_is_read_or_refused(text: str, date: str) -> None:
    headers = [("Authorization", f"AWS4-HMAC-SHA256 {text}"), ("X-Amz-Date", date)]
    with suppress(InvalidSignatureError):
        assert isinstance(find_signature(headers), Signature)
    with suppress(InvalidSignatureError):
        find_signature([], f"X-Amz-Algorithm=AWS4-HMAC-SHA256&{text}")


@given(st.text(), st.text())
def test_any_other_request_is_unsigned(authorization: str, query_string: str) -> None:
    assert find_signature([("Authorization", f"Bearer {authorization}")], query_string) is None
