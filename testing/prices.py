"""What AWS charges, in US dollars, us-east-1, before free tiers and volume discounts, without data transfer.

As published in 2026; look again before you rely on it:
https://aws.amazon.com/api-gateway/pricing/ (WebSocket APIs), https://aws.amazon.com/lambda/pricing/ (arm64),
https://aws.amazon.com/dynamodb/pricing/on-demand/, https://aws.amazon.com/cloudwatch/pricing/,
https://aws.amazon.com/cloudfront/pricing/on-demand/ (United States and Europe)
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
LOGS_BYTE = 0.50 / 1e9  # taken in; keeping them costs 3 cents more a month
CLOUDFRONT_REQUEST = 1.00 / MILLION  # one for each handshake
CLOUDFRONT_BYTE = 0.085 / 1e9  # to viewers, the first 10 TB of a month

# A month of what there is one of, or a few.
ALARM_METRIC = 0.10
CUSTOM_METRIC = 0.30
DASHBOARD = 3.00
SECRET = 0.40

PRICES = {
    "messages": GATEWAY_MESSAGE,
    "connection_minutes": GATEWAY_CONNECTION_MINUTE,
    "invocations": LAMBDA_REQUEST,
    "gb_seconds": LAMBDA_GB_SECOND,
    "wru": DYNAMODB_WRITE_UNIT,
    "rru": DYNAMODB_READ_UNIT,
    "log_bytes": LOGS_BYTE,
    "cdn_requests": CLOUDFRONT_REQUEST,
    "cdn_bytes": CLOUDFRONT_BYTE,
}


def dollars(consumed: Mapping[str, float]) -> float:
    """The price of what was consumed, by the names of PRICES."""
    return sum(PRICES[name] * amount for name, amount in consumed.items())
