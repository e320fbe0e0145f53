"""The description of a running emulator for other programs: the ready line, the ready file and the health URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from local_emulator.apigateway.rules.quotas import beyond_quotas
from local_emulator.awslambda.function_urls import PREFIX
from local_emulator.deployment import Deployment, WebSocketApi
from local_emulator.runtimes.environment import exports
from local_emulator.settings import Settings
from local_emulator.version import __version__
from local_emulator.web.listen import address


def ready_facts(deployment: Deployment, settings: Settings) -> dict[str, Any]:
    """Returns what another program needs to use the emulator, as JSON.

    URLs have the address, so that no name must be looked up. `environment` are the variables that lead AWS's SDKs here.
    """
    url = f"http://{address(settings.host)}:{settings.port}"
    return {
        "status": "ok",
        "version": __version__,
        "pid": os.getpid(),
        "template": str(deployment.path.absolute()),
        "region": deployment.region,
        "url": url,
        "awsUrl": settings.aws_url,
        "dynamoDbUrl": settings.dynamodb_endpoint or settings.aws_url,
        "inspectorUrl": f"{url}/_emulator/",
        "functionUrls": function_urls(deployment, settings),
        "webSocketApis": [_api_facts(deployment, url, api) for api in deployment.apis],
        "environment": exports(deployment, settings),
        "notices": list(notices(deployment, settings)),
    }


def function_urls(deployment: Deployment, settings: Settings) -> list[str]:
    """Returns the address of each function URL, by the logical id of its function; of several, by their own."""
    functions = [url.function for url in deployment.function_urls.values()]
    names = [
        url.function if functions.count(url.function) == 1 else url.logical_id
        for url in deployment.function_urls.values()
    ]
    return [f"http://{address(settings.host)}:{settings.port}{PREFIX}{name}/" for name in names]


def notices(deployment: Deployment, settings: Settings) -> Iterator[str]:
    """Yields a sentence for each part of the template or of the command line that has no effect."""
    yield from deployment.notices
    yield from beyond_quotas(deployment, settings.limits)
    if settings.isolation is not None:
        yield "--isolation has no effect any more: functions always run in processes of their own"


def _api_facts(deployment: Deployment, url: str, api: WebSocketApi) -> dict[str, Any]:
    """Returns the URLs of one stage: of the WebSocket API, those of CloudFront's paths first."""
    found = deployment.public_paths
    public = [path.path_pattern for path in found if (path.api, path.stage) == (api.logical_id, api.stage_name)]
    paths = [*public, stage_path(deployment, api)]
    return {
        "logicalId": api.logical_id,
        "stage": api.stage_name,
        "urls": [url.replace("http", "ws", 1) + path for path in paths],
        "managementUrl": url + stage_path(deployment, api),
    }


def stage_path(deployment: Deployment, api: WebSocketApi) -> str:
    """Returns the shortest path of a stage: without the API's name where the template has one API."""
    alone = len({one.logical_id for one in deployment.apis}) == 1
    return f"/{api.stage_name}" if alone else f"/{api.logical_id}/{api.stage_name}"
