"""Chooses the backend of an integration."""

from __future__ import annotations

from local_emulator.apigateway.backends.aws_service import AwsServiceBackend, Endpoints
from local_emulator.apigateway.backends.backend import Backend
from local_emulator.apigateway.backends.http import HttpBackend
from local_emulator.apigateway.backends.mock import MockBackend
from local_emulator.deployment import Integration


def backend_of(kind: str, integration: Integration, endpoints: Endpoints) -> Backend:
    """Returns the backend of an integration of this type, MOCK, AWS, HTTP or HTTP_PROXY."""
    if kind == "MOCK":
        return MockBackend(integration)
    if kind == "AWS":
        return AwsServiceBackend(integration, endpoints)
    return HttpBackend(integration, is_proxy=kind == "HTTP_PROXY")
