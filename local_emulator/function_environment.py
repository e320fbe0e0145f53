"""The environment of a function that has a process of its own: what it would find in Lambda, and nothing else."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from local_emulator.deployment import Deployment, Function
from local_emulator.environment import sdk_environment
from local_emulator.settings import Settings

KEPT = (
    *("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"),
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def function_environment(
    function: Function, deployment: Deployment, settings: Settings, own: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """`own` is the emulator's environment, of which a process needs a little to run on this machine."""
    return (
        {"LANG": "en_US.UTF-8"}
        | {name: value for name, value in own.items() if name in KEPT or name.startswith("LC_")}
        | _proxies(settings, own)
        | dict(function.environment)
        | _lambda_variables(function)
        | sdk_environment(deployment, settings)
        | {"AWS_ENDPOINT_URL": settings.aws_url}
    )


def _lambda_variables(function: Function) -> dict[str, str]:
    """Documented: Lambda Developer Guide, "Defined runtime environment variables"."""
    return {
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.physical_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.physical_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]{uuid.uuid4().hex}",
        "LAMBDA_TASK_ROOT": str(function.code_dir),
    }


def _proxies(settings: Settings, own: Mapping[str, str]) -> dict[str, str]:
    """A proxy that the machine needs to reach the world cannot reach the emulator."""
    found = {name: own[name] for name in PROXIES if name in own}
    if not found:
        return {}
    given = own.get("no_proxy") or own.get("NO_PROXY")
    local = ["localhost", "127.0.0.1", urlsplit(settings.url).hostname or "localhost"]
    exceptions = ",".join(dict.fromkeys([*([given] if given else []), *local]))
    return found | {"NO_PROXY": exceptions, "no_proxy": exceptions}
