"""The URLs of the start message."""

from __future__ import annotations

from pathlib import Path

from local_emulator.cli.addresses import websocket_lines
from local_emulator.deployment import Deployment, PublicPath, Route, WebSocketApi
from local_emulator.settings import Settings


def _api(stage: str = "dev", name: str = "Api", *, needs_key: bool = False, keys: tuple[str, ...] = ()) -> WebSocketApi:
    routes = {"$connect": Route("$connect", "AWS_PROXY", api_key_required=needs_key)}
    return WebSocketApi(name, name.lower(), name, "$request.body.action", stage, routes, api_keys=keys)


def _lines(*apis: WebSocketApi, paths: tuple[PublicPath, ...] = ()) -> list[str]:
    place = (Path("template.yaml"), "us-east-1", "123456789012", "local", {})
    return [line.strip() for line in websocket_lines(Deployment(*place, apis, {}, public_paths=paths), Settings())]


def test_the_stage_is_the_url_and_other_paths_are_refused():
    assert _lines(_api()) == ["WebSocket   ws://localhost:3001/dev", "Any other path or stage is refused with 403."]


def test_of_two_apis_each_has_its_name_in_the_path():
    lines = _lines(_api("dev", "One"), _api("dev", "Two"))
    assert lines[:2] == ["WebSocket   ws://localhost:3001/One/dev", "WebSocket   ws://localhost:3001/Two/dev"]


def test_behind_a_distribution_its_path_is_recommended_and_the_stage_says_why_it_refuses():
    path = PublicPath("/live", "Api", "dev", {"X-Api-Key": "secret"})
    first, second, _ = _lines(_api(needs_key=True, keys=("secret",)), paths=(path,))
    assert first == "WebSocket   ws://localhost:3001/live  (use this one: it adds the x-api-key)"
    assert second.endswith("/dev  (403 without an API key of a usage plan of the stage)")
    assert "secret" not in first + second


def test_a_stage_that_no_key_opens_says_so():
    assert "403 for every client" in _lines(_api(needs_key=True))[0]
