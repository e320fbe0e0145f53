"""Chooses the backend of an integration."""

from __future__ import annotations

from local_emulator.apigateway.backends.backend import Backend
from local_emulator.apigateway.backends.mock import MockBackend
from local_emulator.deployment import Integration, Route


class Backends:
    """Makes the backends of integrations."""

    def of(self, route: Route, integration: Integration) -> Backend:
        """Returns the backend of a route's integration."""
        return MockBackend(integration)
