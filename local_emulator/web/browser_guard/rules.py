"""The requests that a page of another website has sent: pure rules over three headers.

`Host` is the name that the sender used: a foreign name that resolves to 127.0.0.1 is DNS rebinding. Browsers send
`Origin` with every POST, WebSocket and cross-origin fetch (Fetch standard, "Origin header"). They send
`Sec-Fetch-Site` also with images, scripts and links, which have no Origin (W3C Fetch Metadata Request Headers).
Requests of curl and of AWS's SDKs, which no page sends, have neither of the last two.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

FOREIGN_HOST = "the Host header is not a name of this machine"
FOREIGN_ORIGIN = "the Origin header is another website's"
CROSS_SITE = "the request comes from another website"
# No website can own a name under these, nor one without a dot (RFC 6761, RFC 6762; ICANN reserved .internal in 2024).
AWS = ".amazonaws.com"  # no website chooses the addresses of these names
PRIVATE = ("localhost", "local", "internal")
# A request asks twice for its host, which costs 10 microseconds; most requests have the same one.
MAX_KNOWN_HOSTS = 64


class OriginHeaders(NamedTuple):
    """The headers that identify the sender of a request: all values of each."""

    hosts: Sequence[str]
    origins: Sequence[str]
    fetch_sites: Sequence[str]


def problem_of_page(sender: OriginHeaders) -> str | None:
    """Returns the reason to refuse a request; None for a page of the same origin or a terminal of this machine."""
    if len(sender.hosts) != 1 or not is_loopback(sender.hosts[0]):
        return FOREIGN_HOST
    own = [f"{scheme}://{sender.hosts[0].lower()}" for scheme in ("http", "https")]  # --tls serves both on one port
    if any(origin.lower() not in own for origin in sender.origins):
        return FOREIGN_ORIGIN
    return CROSS_SITE if "cross-site" in sender.fetch_sites else None


def problem_of_call(sender: OriginHeaders, listening: str) -> str | None:
    """Returns the reason to refuse a call of AWS's APIs; None if an SDK or a page of this machine may have sent it.

    SDKs in containers use other names for this machine, but none that a website could have. A server that listens on a
    network has names that are unknown here. Pages of this machine may be on other ports: they upload straight to S3.
    Browsers always send a Host.
    """
    if len(sender.hosts) > 1 or (is_loopback(listening) and not all(map(is_private, sender.hosts))):
        return FOREIGN_HOST
    if sender.origins:
        here = all(_is_of_this_machine(origin, *sender.hosts) for origin in sender.origins)
        return None if here else FOREIGN_ORIGIN
    return CROSS_SITE if "cross-site" in sender.fetch_sites else None


@lru_cache(MAX_KNOWN_HOSTS)
def is_loopback(host: str) -> bool:
    """Returns True if a host, with or without a port, is this machine itself."""
    name = _name(host)
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def _is_of_this_machine(origin: str, host: str = "") -> bool:
    """Returns True for loopback, or for the address that was called, which needed no name."""
    scheme, _, rest = origin.lower().partition("://")
    same_address = _is_address(_name(rest)) and _name(rest) == _name(host)
    return scheme in ("http", "https") and (is_loopback(rest) or same_address)


@lru_cache(MAX_KNOWN_HOSTS)
def is_private(host: str) -> bool:
    """Returns True if no website can have this host: rebinding needs a name that can be bought."""
    name = _name(host)
    private = "." not in name or _is_of_no_website(name.rpartition(".")[2]) or name.endswith(AWS)
    return bool(name) and (_is_address(name) or private)


def _is_of_no_website(top: str) -> bool:
    """Returns True for a last label that no registry has: a number follows what SDKs put before an address."""
    return top in PRIVATE or top.isdecimal()


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "") if "@" not in host else ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
