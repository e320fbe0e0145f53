"""Ports, times and addresses on the command line; argparse names the argument in what it says of these errors."""

from __future__ import annotations

import argparse
from urllib.parse import urlsplit


def port_number(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"must be between 1 and 65535, not {text}")
    return port


def seconds(text: str) -> float:
    """A time that a timer can wait for; a day is more than anybody does."""
    number = float(text)
    if not 0 <= number <= 86_400:
        raise argparse.ArgumentTypeError(f"must be between 0 and 86400 seconds, not {text}")
    return number


def http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"must be the URL of a server, such as http://localhost:8000, not {text!r}")
    return text
