"""Compares the resources that were created with those of a changed template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from local_emulator.deployment import STATEFUL_KINDS, Deployment, Resource

# The type and the name, which no two resources share.
CreatedKey = tuple[str, str]


def by_key(deployment: Deployment) -> dict[CreatedKey, Resource]:
    """Returns the stateful resources of a deployment by type and name."""
    return {(one.type, one.name): one for one in deployment.stateful_resources}


def added_resources(created: Mapping[CreatedKey, Resource], deployment: Deployment) -> Deployment:
    """Returns the deployment with those stateful resources alone that are not created yet."""
    added: dict[str, Any] = {
        kind: {name: one for name, one in getattr(deployment, kind).items() if (one.type, one.name) not in created}
        for kind in STATEFUL_KINDS
    }
    return replace(deployment, **added)


def outdated_resources(created: Mapping[CreatedKey, Resource], deployment: Deployment) -> Iterator[str]:
    """Yields a sentence for each created resource that the template describes in another way, or no longer has."""
    wanted = by_key(deployment)
    for key, resource in created.items():
        about = f"{resource.logical_id} ({resource.type})"
        if key not in wanted:
            yield f"{about} is no longer in the template; it stays, with what it stores, until a restart"
        elif wanted[key].properties != resource.properties:
            yield f"{about} has changed in the template; it stays as it was until a restart"
