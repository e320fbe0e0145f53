"""The environment variables of this process and of functions."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_emulator.deployment import Deployment, Function
from local_emulator.runtimes import bootstrap
from local_emulator.runtimes.api_hosts import BUNDLES, TlsAccess, domains
from local_emulator.runtimes.proxy_variables import proxy_variables
from local_emulator.settings import Settings

# A developer's own profile would bring credentials, a region and endpoints of a real account.
OF_AN_ACCOUNT = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN"),
    *("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
)


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
    return variables | _dynamodb_variables(settings)


def _dynamodb_variables(settings: Settings) -> dict[str, str]:
    """Returns the variables that lead to another DynamoDB than the embedded one."""
    names = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS")
    return dict.fromkeys(names, settings.dynamodb_endpoint) if settings.dynamodb_endpoint else {}


def enter(environment: Mapping[str, str], settings: Settings) -> None:
    """Gives this process the environment of its functions, and takes from it what would lead to a real account."""
    for name in [one for one in os.environ if one in OF_AN_ACCOUNT or one.startswith("AWS_ENDPOINT_URL")]:
        del os.environ[name]
    os.environ.update(proxy_variables(settings.url, os.environ) | dict(environment))


def exports(deployment: Deployment, settings: Settings) -> dict[str, str]:
    """Returns the variables that lead another process to the same services: to moto, but for Lambda and the gateway."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_ENDPOINT_URL": settings.aws_url,
        "AWS_ENDPOINT_URL_LAMBDA": settings.url,
        **_dynamodb_variables(settings),
    }


RUNTIME_FOLDER = str(Path(bootstrap.__file__).parent)
# Set in Lambda, and a template may set others.
DEFAULTS = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
}
KEPT = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SSL_CERT_DIR", *BUNDLES)


def function_environment(
    function: Function,
    deployment: Deployment,
    settings: Settings,
    own: Mapping[str, str] = os.environ,
    tls: TlsAccess | None = None,
) -> dict[str, str]:
    """Returns the variables that all environments of a function have.

    `own` is the emulator's environment, of which a process needs a little to run on this machine.
    """
    kept = {name: value for name, value in own.items() if name in KEPT}
    return (
        DEFAULTS
        | kept
        | _folders(function, kept)
        | proxy_variables(settings.url, own, *_api_hosts(function, deployment, tls))
        | _trusted(tls)
        | dict(function.environment)
        | _lambda_variables(function)
        | sdk_environment(deployment, settings)
        | {"AWS_SESSION_TOKEN": "local"}
    )


def environment_variables(function: Function) -> dict[str, str]:
    """Returns the variables of one environment alone."""
    return {"AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d', time.gmtime())}/[$LATEST]{uuid.uuid4().hex}"}


def _folders(function: Function, kept: Mapping[str, str]) -> dict[str, str]:
    """Programs and libraries of code and layers, behind this machine's. Documented: the same page as below."""
    programs = [kept.get("PATH", os.defpath), *(str(layer / "bin") for layer in reversed(function.layers))]
    libraries = [function.code_dir, function.code_dir / "lib", *(layer / "lib" for layer in reversed(function.layers))]
    given = kept.get("LD_LIBRARY_PATH")
    return {
        "PATH": ":".join(programs),
        "LD_LIBRARY_PATH": ":".join([*([given] if given else []), *map(str, libraries)]),
    }


def _lambda_variables(function: Function) -> dict[str, str]:
    """Documented: Lambda Developer Guide, "Defined runtime environment variables"."""
    variables = {
        "_HANDLER": function.handler,
        "AWS_LAMBDA_FUNCTION_NAME": function.physical_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group or f"/aws/lambda/{function.physical_name}",
        "LAMBDA_TASK_ROOT": str(function.code_dir),
        "LAMBDA_RUNTIME_DIR": RUNTIME_FOLDER,
    }
    if function.application_log_level is not None:
        variables["AWS_LAMBDA_LOG_LEVEL"] = function.application_log_level
    if not function.runtime.startswith("provided"):  # documented: not set for OS-only runtimes
        variables["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{function.runtime}"
    return variables


def _trusted(tls: TlsAccess | None) -> dict[str, str]:
    """Makes the emulator's authority trusted beside those of this machine."""
    if tls is None:
        return {}
    return dict.fromkeys(BUNDLES, str(tls.bundle)) | {"NODE_EXTRA_CA_CERTS": str(tls.extra)}


def _api_hosts(function: Function, deployment: Deployment, tls: TlsAccess | None) -> tuple[str | None, Sequence[str]]:
    """Returns the proxy that leads a program of any language to the hosts of APIs, and these hosts.

    The bootstraps of Python and Node lead their sockets there, so no proxy of this machine is to be asked.
    """
    if tls is None:
        return None, ()
    return tls.proxy if function.runtime.startswith("provided") else None, domains(deployment)
