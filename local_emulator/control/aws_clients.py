"""boto3 clients that reach a controlled emulator, whatever the caller's environment and profiles say."""

from __future__ import annotations

import os
from typing import Any

CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "aws_session_token": "local"}


def new_session(region: str) -> Any:
    """Returns a boto3 session that reads no profile and no file of this machine."""
    import boto3
    import botocore.session

    unread = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    core = botocore.session.Session(session_vars=unread)
    return boto3.session.Session(botocore_session=core, region_name=region)


def new_client(session: Any, kind: str, service: str, endpoint: str, options: dict[str, Any]) -> Any:
    """Returns a client or a resource (`kind`) with dummy credentials, without proxies."""
    from botocore.config import Config

    config = Config(proxies={}, use_fips_endpoint=False, use_dualstack_endpoint=False, s3={"addressing_style": "path"})
    config = config.merge(options.pop("config")) if "config" in options else config
    make = getattr(session, kind)
    return make(service, **{"endpoint_url": endpoint, "config": config, **CREDENTIALS, **options})
