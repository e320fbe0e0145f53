"""Which AWS-shaped hosts are the deployment's, and where they lead here."""

from __future__ import annotations

from local_emulator.deployment import Deployment
from local_emulator.settings import Settings


def redirects(deployment: Deployment, settings: Settings) -> tuple[str, dict[str, str], str | None]:
    """Returns the arguments of Redirection: the emulator's URL, the path of each API, and that of the only stage.

    The host without an API's id leads to the only stage, if there is but one.
    """
    apis = {api.api_id: f"/{api.logical_id}" for api in deployment.apis}
    stages = [f"/{api.logical_id}/{api.stage_name}" for api in deployment.apis]
    return settings.url, apis, stages[0] if len(stages) == 1 else None
