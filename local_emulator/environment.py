"""The environment variables of functions that share this process."""

from __future__ import annotations

import os
from collections.abc import Mapping

from local_emulator.deployment import Deployment
from local_emulator.settings import Settings

# A developer's own profile would bring credentials, a region and endpoints of a real account.
OF_AN_ACCOUNT = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN")


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


def enter(environment: Mapping[str, str]) -> None:
    """Give this process the environment of its functions, and take from it what would lead to a real account."""
    for name in OF_AN_ACCOUNT:
        os.environ.pop(name, None)
    os.environ.update(environment)


def exports(deployment: Deployment, settings: Settings) -> dict[str, str]:
    """What another process sets to use the same services: moto's for all but Lambda and the gateway."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_ENDPOINT_URL": settings.aws_url,
        "AWS_ENDPOINT_URL_LAMBDA": settings.url,
    }
