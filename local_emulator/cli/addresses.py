"""Lists the WebSocket URLs of a deployment, the one to use first, with the reason why another refuses."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.apigateway.rules.api_keys import API_KEY_HEADER
from local_emulator.deployment import Deployment, WebSocketApi
from local_emulator.readiness import stage_path
from local_emulator.settings import Settings


def websocket_lines(deployment: Deployment, settings: Settings) -> list[str]:
    """Returns one line per URL of each stage, and what happens to all other paths."""
    lines = [line for api in deployment.apis for line in _of_stage(deployment, settings, api)]
    if settings.tls:
        lines.append(f"wss://{settings.url.partition('://')[2]} serves the same paths over TLS")
    return [*(f"  WebSocket   {line}" for line in lines), "              Any other path or stage is refused with 403."]


def _of_stage(deployment: Deployment, settings: Settings, api: WebSocketApi) -> Iterator[str]:
    base, needs_key = settings.url.replace("http", "ws", 1), asks_for_key(api)
    for path in deployment.public_paths:
        if (path.api, path.stage) == (api.logical_id, api.stage_name):
            adds_key = needs_key and API_KEY_HEADER in {name.lower() for name in path.origin_headers}
            yield f"{base}{path.path_pattern}" + (f"  (use this one: it adds the {API_KEY_HEADER})" if adds_key else "")
    yield f"{base}{stage_path(deployment, api)}" + (f"  ({_key_rule(api)})" if needs_key else "")


def asks_for_key(api: WebSocketApi) -> bool:
    """Returns True if the handshake of a stage needs an API key."""
    connect = api.routes.get("$connect")
    return connect is not None and connect.api_key_required


def _key_rule(api: WebSocketApi) -> str:
    if not api.api_keys:
        return "403 for every client: it needs an API key, and no usage plan of the stage has one"
    return "403 without an API key of a usage plan of the stage"
