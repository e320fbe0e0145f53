"""Template resources beyond AWS's quotas, which AWS would not deploy."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.deployment import Deployment, WebSocketApi


def beyond_quotas(deployment: Deployment, limits: GatewayLimits) -> Iterator[str]:
    """Yields one sentence for each quota that the template exceeds. The emulator still runs it."""
    by_id: dict[str, list[WebSocketApi]] = {}
    for api in deployment.apis:
        by_id.setdefault(api.logical_id, []).append(api)
    for name, stages in by_id.items():
        yield from _counts(name, stages, limits)
        yield from _timeouts(stages[0], limits)


def _counts(name: str, stages: list[WebSocketApi], limits: GatewayLimits) -> Iterator[str]:
    routes = stages[0].routes.values()
    authorizers = {route.authorizer.name for route in routes if route.authorizer}
    integrations = [route for route in routes if route.integration_type]
    for count, most, what in (
        (len(routes), limits.routes_per_api, "routes"),
        (len(integrations), limits.integrations_per_api, "integrations"),
        (len(stages), limits.stages_per_api, "stages"),
        (len(authorizers), limits.authorizers_per_api, "authorizers"),
    ):
        if count > most:
            yield f"{name} has {count} {what}: AWS deploys {most} at most unless the quota was raised"


def _timeouts(api: WebSocketApi, limits: GatewayLimits) -> Iterator[str]:
    least, most = limits.min_integration_timeout_ms, limits.integration_timeout_ms
    for route in api.routes.values():
        if not least <= route.timeout_ms <= most:
            yield (
                f"{api.logical_id}: route {route.key}: a time-out of {route.timeout_ms} ms would not deploy, "
                f"AWS takes {least} to {most} ms"
            )
