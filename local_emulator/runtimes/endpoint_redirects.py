"""Which AWS-shaped hosts are the deployment's, and where they lead here."""

from __future__ import annotations

from typing import NamedTuple

from local_emulator.deployment import Deployment
from local_emulator.runtimes.bootstrap.redirection import Redirection
from local_emulator.settings import Settings


class Redirects(NamedTuple):
    """The values that make a Redirection, in this process or in a function's own."""

    base_url: str
    apis: dict[str, str]
    default: str | None

    def redirection(self) -> Redirection:
        return Redirection(self.base_url, self.apis, self.default)


def redirects(deployment: Deployment, settings: Settings) -> Redirects:
    """Each API under its logical id; the host without an id leads to the only stage, if there is but one."""
    apis = {api.api_id: f"/{api.logical_id}" for api in deployment.apis}
    stages = [f"/{api.logical_id}/{api.stage_name}" for api in deployment.apis]
    return Redirects(settings.url, apis, stages[0] if len(stages) == 1 else None)
