"""The API of a URL path: stages, the same under the API's logical id, and public paths of a CDN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import unquote

from local_emulator.deployment import Deployment, WebSocketApi


@dataclass(frozen=True, slots=True)
class PathMatch:
    """The API of a path, and the connection that it names if it is one of `@connections`."""

    api: WebSocketApi
    connection_id: str | None = None
    added_headers: Mapping[str, str] = field(default_factory=dict)


class PathResolver:
    """Finds the API of a raw (still encoded) path."""

    def __init__(self, deployment: Deployment) -> None:
        self._apis = deployment.apis
        self._prefixes = {f"/{api.logical_id}/{api.stage_name}": api for api in deployment.apis}
        if len({api.logical_id for api in deployment.apis}) == 1:
            self._prefixes |= {f"/{api.stage_name}": api for api in deployment.apis}
        self._public = [
            (path.path_pattern, api, path.origin_headers)
            for path in deployment.public_paths
            for api in deployment.apis
            if (api.logical_id, api.stage_name) == (path.api, path.stage)
        ]

    @property
    def served(self) -> tuple[str, ...]:
        """The paths that a client connects to."""
        return (*(pattern for pattern, _, _ in self._public), *self._prefixes)

    def find(self, raw_path: str) -> PathMatch | None:
        """Returns the match, None for other paths, which the gateway forbids."""
        for pattern, api, headers in self._public:
            # Documented: a behaviour's path pattern is case-sensitive and knows * and ?.
            if fnmatchcase(raw_path, pattern.replace("[", "[[]")):
                return PathMatch(api, added_headers=headers)
        for prefix, api in self._prefixes.items():
            if raw_path == prefix or raw_path.startswith(prefix + "/"):
                return _behind_stage(api, raw_path[len(prefix) :])
        return None

    def find_at_host(self, host: str, raw_path: str) -> PathMatch | None:
        """Returns the match of a path under an API's own host, `{api-id}.execute-api.{region}.amazonaws.com`."""
        id = host.lower().partition(".")[0]
        for api in self._apis:
            stage = f"/{api.stage_name}"
            if api.api_id == id and (raw_path == stage or raw_path.startswith(stage + "/")):
                return _behind_stage(api, raw_path[len(stage) :])
        return None


def _behind_stage(api: WebSocketApi, rest: str) -> PathMatch | None:
    # Reported: a slash after the stage is fine for a handshake, anything more is not.
    if rest in ("", "/"):
        return PathMatch(api)
    first, _, connection_id = rest[1:].partition("/")
    # Verified with botocore: it sends a literal @, other clients send %40.
    if unquote(first) == "@connections" and connection_id:
        return PathMatch(api, unquote(connection_id))
    return None
