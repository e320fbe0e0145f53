"""Compares two deployments of one template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from local_emulator.deployment import Deployment, WebSocketApi

MAX_NAMES = 5


def changes(old: Deployment, new: Deployment) -> str:
    """Returns the logical ids and routes that differ, as `changed: A; added: B; removed: C`; "" for none."""
    before, after = dict(_parts(old)), dict(_parts(new))
    kinds = {
        "changed": [name for name in after if name in before and before[name] != after[name]],
        "added": [name for name in after if name not in before],
        "removed": [name for name in before if name not in after],
    }
    return "; ".join(f"{kind}: {_joined(names)}" for kind, names in kinds.items() if names)


def _parts(deployment: Deployment) -> Iterator[tuple[str, Any]]:
    """Yields each part that runs, under its name in the template."""
    yield from deployment.functions.items()
    yield from deployment.function_urls.items()
    for api in deployment.apis:
        yield from _of_api(api)
    for resource in deployment.stateful_resources:
        yield resource.logical_id, resource
    for schedule in deployment.schedules:
        yield schedule.logical_id, schedule
    yield from ((one.logical_id, one) for one in deployment.event_sources)
    yield from ((one.logical_id, one) for one in deployment.stream_sources)
    yield from ((one.logical_id, one) for one in deployment.event_rules)
    yield from ((one.logical_id, one) for one in deployment.subscriptions)
    for bucket, configuration in deployment.bucket_notifications.items():
        yield f"notifications of {bucket}", configuration
    for path in deployment.public_paths:
        yield f"{path.distribution} {path.path_pattern}", path


def _of_api(api: WebSocketApi) -> Iterator[tuple[str, Any]]:
    yield f"{api.logical_id} stage {api.stage_name}", replace(api, routes={})
    for key, route in api.routes.items():
        yield f"{api.logical_id} route {key}", route


def _joined(names: list[str]) -> str:
    more = [f"{len(names) - MAX_NAMES} more"] if len(names) > MAX_NAMES else []
    return ", ".join([*names[:MAX_NAMES], *more])
