"""What functions find in AWS: the template's variables, its tables in moto, and a management API on a real port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache

import pytest
from moto import mock_aws

from handlers import bootstrap
from local_emulator.aws.moto_patches.dynamodb_atomic import make_writes_atomic
from local_emulator.aws.resources import create_resources
from local_emulator.deployment import Deployment
from local_emulator.template.reader import read_template
from testing.dynamodb_engine import dynamodb_engine, keep_expired_items
from testing.role_check import RoleCheck, role_check_of
from testing.running import ROOT
from testing.sdk_data import read_once
from testing.stub_management import StubManagement

ISSUER = "https://id.example.com/"
AUDIENCE = "upload-progress"
WEBHOOK_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:senders"
PARAMETERS = {
    "JwtIssuer": ISSUER,
    "JwtAudience": AUDIENCE,
    "JwksUrl": "http://127.0.0.1:9/jwks.json",
    "AllowedOrigins": "https://app.example.com",
    "AllowClientReports": "true",
    "EnableWebhook": "true",
    "WebhookSecretArn": WEBHOOK_SECRET_ARN,
}

read_once()


@cache
def read_our_template() -> Deployment:
    return read_template(ROOT / "template.yaml", PARAMETERS)


@contextmanager
def aws_environment(
    deployment: Deployment, management: StubManagement, *, check_roles: bool = True, **variables: str
) -> Iterator[RoleCheck | None]:
    """The template's tables and variables, with some of the latter changed, and every call held against its role.

    Gives the role_check of the calls, if there is one.
    """
    with variables_of(deployment, management, **variables), mock_aws(), dynamodb_engine():
        make_writes_atomic()
        create_resources(deployment)
        keep_expired_items(deployment)
        with role_check_of(deployment, management) if check_roles else nullcontext() as role_check:
            yield role_check


@contextmanager
def variables_of(deployment: Deployment, management: StubManagement, **variables: str) -> Iterator[None]:
    """The variables of the template's functions, with some of them changed, and no table."""
    with pytest.MonkeyPatch.context() as patch:
        for function in deployment.functions.values():
            for name, value in {**function.environment, **variables}.items():
                patch.setenv(name, value)
        patch.setenv("AWS_DEFAULT_REGION", deployment.region)
        patch.setenv("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", management.url)
        forget_adapters()
        yield
    forget_adapters()


def forget_adapters() -> None:
    """Adapters live as long as their process; in tests, as long as their world."""
    for built in vars(bootstrap).values():
        if hasattr(built, "cache_clear"):
            built.cache_clear()
