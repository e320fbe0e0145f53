"""The environment variables of functions that share this process."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from local_emulator.deployment import Deployment, Function
from local_emulator.settings import Settings

# A developer's own profile would bring credentials, a region and endpoints of a real account.
OF_AN_ACCOUNT = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN"),
    *("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
)


class ConflictingVariables(Exception):
    """Two functions want different values under one name; in one process there can be only one."""


def shared_environment(deployment: Deployment, settings: Settings) -> dict[str, str]:
    """What the template declares for all functions, and what leads the AWS SDKs here. Raises ConflictingVariables."""
    merged: dict[str, str] = {}
    for function in deployment.functions.values():
        for name, value in function.environment.items():
            if merged.setdefault(name, value) != value:
                raise ConflictingVariables(
                    f"{function.logical_id}: {name} differs from another function's; "
                    "--isolation process gives each its own environment"
                )
    return merged | sdk_environment(deployment, settings)


def sdk_environment(deployment: Deployment, settings: Settings) -> dict[str, str]:
    """Makes every AWS SDK of this process talk to the emulator; these credentials reach no real account."""
    variables = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": deployment.region,
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_ENDPOINT_URL": settings.aws_url,
        "AWS_ENDPOINT_URL_LAMBDA": settings.url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if len(deployment.apis) == 1:
        stage = deployment.apis[0].stage_name
        variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] = f"{settings.url}/{stage}"
    if settings.dynamodb_endpoint:
        variables["AWS_ENDPOINT_URL_DYNAMODB"] = settings.dynamodb_endpoint
    return variables


def enter(environment: Mapping[str, str], settings: Settings) -> None:
    """Gives this process the environment of its functions, and takes from it what would lead to a real account."""
    for name in [one for one in os.environ if one in OF_AN_ACCOUNT or one.startswith("AWS_ENDPOINT_URL")]:
        del os.environ[name]
    os.environ.update(_proxies(settings, os.environ) | dict(environment))


def exports(deployment: Deployment, settings: Settings) -> dict[str, str]:
    """What another process sets to use the same services: moto's for all but Lambda and the gateway."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_ENDPOINT_URL": settings.aws_url,
        "AWS_ENDPOINT_URL_LAMBDA": settings.url,
    }


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
