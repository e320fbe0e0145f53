"""AWS Signature Version 4 for `@connections`, with everything but the connection id prepared once.

Source: IAM User Guide, "Create a signed AWS API request". The tests hold it against botocore's own signer.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import quote

from infra.gateway.credentials import Credentials
from infra.gateway.sender.endpoint import Endpoint

SERVICE = "execute-api"
_OUTER, _INNER = bytes(x ^ 0x5C for x in range(256)), bytes(x ^ 0x36 for x in range(256))


class PreparedRequest:
    """One method and body at one moment, for any connection of the endpoint; `at` is the moment in epoch seconds.

    The id is quoted once on the wire, and once more in what is signed, as Signature Version 4 requires for all services
    but S3. Only on the wire, `@` stays as it is. Hashes are carried as far as the id, so that a request costs one
    short hash and one HMAC.
    """

    __slots__ = ("_after", "_before", "_canonical", "_end", "_inner", "_outer", "_rest", "at")

    def __init__(
        self, method: str, endpoint: Endpoint, region: str, credentials: Credentials, body: bytes, at: float
    ) -> None:
        self.at = at
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        scope = f"{stamp[:8]}/{region}/{SERVICE}/aws4_request"
        headers = {"host": endpoint.host_header, "x-amz-date": stamp}
        if credentials.session_token:
            headers["x-amz-security-token"] = credentials.session_token
        names = ";".join(headers)
        signed = "".join(f"{name}:{value}\n" for name, value in headers.items())
        path = f"{endpoint.path}/@connections/"
        self._canonical = hashlib.sha256(f"{method}\n{quote(path, safe='/-._~')}".encode())
        self._rest = f"\n\n{signed}\n{names}\n{hashlib.sha256(body).hexdigest()}".encode()
        self._inner, self._outer = _keyed(_signing_key(credentials, stamp[:8], region))
        self._inner.update(f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n".encode())
        self._before = f"{method} {path}".encode()
        credential = f"{credentials.access_key_id}/{scope}"
        self._after = (
            " HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            + f"content-length: {len(body)}\r\n"
            f"authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature="
        ).encode()  # fmt: skip
        self._end = b"\r\n\r\n" + body

    def to(self, connection_id: str) -> bytes:
        """Returns the complete request for one connection."""
        quoted = quote(connection_id, safe="-._~")
        canonical = self._canonical.copy()
        canonical.update(quoted.replace("%", "%25").encode() + self._rest)
        inner = self._inner.copy()
        inner.update(canonical.hexdigest().encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return b"".join((self._before, quoted.encode(), self._after, outer.hexdigest().encode(), self._end))


def _signing_key(credentials: Credentials, date: str, region: str) -> bytes:
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in (date, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _keyed(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Returns the two keyed halves of HMAC-SHA256 (RFC 2104): a copy of them is cheaper than a new HMAC."""
    padded = key.ljust(64, b"\0")
    return hashlib.sha256(padded.translate(_INNER)), hashlib.sha256(padded.translate(_OUTER))
