"""The reading of AWS Signature Version 4, from a request's header or its query string.

A laptop has no secret keys to verify a signature with. The emulator checks what AWS checks first: the signature is
present, complete, and scoped to the service.
Format: docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

ALGORITHM: Final = "AWS4-HMAC-SHA256"

_SCOPE = re.compile(r"(?P<key>[^/\s]+)/(?P<date>\d{8})/(?P<region>[^/\s]+)/(?P<service>[^/\s]+)/aws4_request")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{8}T\d{6}Z")


class InvalidSignatureError(ValueError):
    """A signature is not well-formed; the message names its parameter. The response is 403."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The signer of a request, and the scope of the signature: day, Region and service."""

    access_key_id: str
    date: str
    region: str
    service: str


def find_signature(
    headers: Iterable[tuple[str, str]], query_string: str = "", service: str = "execute-api"
) -> Signature | None:
    """Returns the signature of a request to a service, None if it has none. Raises InvalidSignatureError.

    Documented: the Authorization header, or a presigned query string, which is how browsers sign a handshake.
    An Authorization header of another scheme is no signature (inferred).
    """
    values = {name.lower(): value for name, value in headers}
    scheme, _, rest = values.get("authorization", "").strip().partition(" ")
    if scheme == ALGORITHM:
        parameters = dict(_parameters(rest))
        return _read(parameters, values.get("x-amz-date"), service, ("Credential", "SignedHeaders", "Signature"))
    query = dict(parse_qsl(query_string, keep_blank_values=True))
    if query.get("X-Amz-Algorithm") == ALGORITHM:
        parameters = {name.removeprefix("X-Amz-"): value for name, value in query.items()}
        required = ("Credential", "SignedHeaders", "Signature", "Expires")
        return _read(parameters, query.get("X-Amz-Date"), service, required)
    return None


def _parameters(text: str) -> Iterable[tuple[str, str]]:
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        yield name, value


def _read(parameters: Mapping[str, str], time: str | None, service: str, required: tuple[str, ...]) -> Signature:
    for name in required:
        if not parameters.get(name):
            raise InvalidSignatureError(f"the signature lacks {name!r}")
    if time is None or _TIME.fullmatch(time) is None:
        raise InvalidSignatureError("the request lacks an X-Amz-Date such as 20251118T104031Z")
    if _DIGEST.fullmatch(parameters["Signature"]) is None:
        raise InvalidSignatureError("Signature must be 64 hexadecimal digits")
    return _read_scope(parameters["Credential"], time, service)


def _read_scope(credential: str, time: str, service: str) -> Signature:
    scope = _SCOPE.fullmatch(credential)
    if scope is None:
        raise InvalidSignatureError("Credential must be <key id>/<yyyymmdd>/<region>/<service>/aws4_request")
    if scope["service"] != service:
        raise InvalidSignatureError(f"Credential must be scoped to the service {service}, not {scope['service']}")
    if not time.startswith(scope["date"]):
        raise InvalidSignatureError("the date of Credential is not that of X-Amz-Date")
    return Signature(scope["key"], scope["date"], scope["region"], scope["service"])
