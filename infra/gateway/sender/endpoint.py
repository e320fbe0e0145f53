"""The address of the management API."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlsplit

# Unquoted in a path (RFC 3986, 3.3); "%" keeps quoted characters as they are.
UNQUOTED = "/-._~%!$&'()*+,;=:@"
DEFAULT_PORTS = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """`https://{api}.execute-api.{region}.amazonaws.com/{stage}`, or another host that speaks the same.

    `host_header` is what is sent and signed, `path` the quoted path under which `@connections` stands.
    """

    secure: bool
    host: str
    port: int
    host_header: str
    path: str

    @classmethod
    def parse(cls, url: str) -> Endpoint:
        """Parses an http or https URL of a host. Raises ValueError for others."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError(f"not the URL of a management API: {url!r}")
        default = DEFAULT_PORTS[parts.scheme]
        port = parts.port or default
        name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        header = name if port == default else f"{name}:{port}"
        path = quote(parts.path.rstrip("/"), safe=UNQUOTED)
        return cls(parts.scheme == "https", parts.hostname, port, header, path)
