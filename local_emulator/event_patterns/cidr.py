"""The matcher `cidr`: a range of addresses. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.leaves import Value
from local_emulator.event_patterns.text_tests import Test

ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*")


def cidr_test(operand: Any) -> Test:
    """Returns the test of `address/bits`; the bits of the host are ignored. Raises InvalidPatternError."""
    if not isinstance(operand, str):
        raise InvalidPatternError("prefix match pattern must be a string")  # AWS's own words
    address, bits = _parts(operand)
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)

    def matches(value: Value) -> bool:
        if not isinstance(value, str) or not ADDRESS.fullmatch(value):
            return False
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return matches


def _parts(text: str) -> tuple[str, int]:
    address, slash, mask = text.partition("/")
    if not slash or "/" in mask:
        raise InvalidPatternError("Malformed CIDR, one '/' required")
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", mask):
        raise InvalidPatternError("Malformed CIDR, mask bits must be an integer")
    bits = int(mask)
    if bits < 0:
        raise InvalidPatternError("Malformed CIDR, mask bits must not be negative")
    if not ADDRESS.fullmatch(address):
        raise InvalidPatternError(f"Nonstandard IP address: {address}")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        raise InvalidPatternError(f"Invalid IP address: {address}") from None
    if bits >= (most := 32 if version == 4 else 128):
        raise InvalidPatternError(f"IPv{version} mask bits must be < {most}")
    return address, bits
