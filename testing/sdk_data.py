"""The SDK's descriptions of services are read once per process, because moto makes boto3 begin anew for every test."""

from __future__ import annotations

from functools import cache

import botocore.session


def read_once() -> None:
    """Lets all sessions that read the same folders share one loader; again has no effect."""
    create = botocore.session.create_loader
    if not hasattr(create, "cache_info"):
        botocore.session.create_loader = cache(create)
