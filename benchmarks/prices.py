"""What AWS charges, in US dollars, us-east-1, before free tiers and volume discounts, without data transfer.

As published in 2026; look again before you rely on it:
https://aws.amazon.com/api-gateway/pricing/ (WebSocket APIs), https://aws.amazon.com/lambda/pricing/ (arm64),
https://aws.amazon.com/dynamodb/pricing/on-demand/
"""

from __future__ import annotations

from collections.abc import Mapping

MILLION = 1_000_000

GATEWAY_MESSAGE = 1.00 / MILLION  # each 32 KB of a message, in either direction
GATEWAY_CONNECTION_MINUTE = 0.25 / MILLION
LAMBDA_REQUEST = 0.20 / MILLION
LAMBDA_GB_SECOND = 0.0000133334
DYNAMODB_WRITE_UNIT = 0.625 / MILLION
DYNAMODB_READ_UNIT = 0.125 / MILLION

PRICES = {
    "messages": GATEWAY_MESSAGE,
    "connection_minutes": GATEWAY_CONNECTION_MINUTE,
    "invocations": LAMBDA_REQUEST,
    "gb_seconds": LAMBDA_GB_SECOND,
    "wru": DYNAMODB_WRITE_UNIT,
    "rru": DYNAMODB_READ_UNIT,
}


def dollars(consumed: Mapping[str, float]) -> float:
    """The price of what was consumed, by the names of PRICES."""
    return sum(PRICES[name] * amount for name, amount in consumed.items())
