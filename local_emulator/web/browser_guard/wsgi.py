"""Keeps other websites out of the AWS port: moto has no authentication and sends permissive CORS headers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from local_emulator.web.browser_guard.rules import OriginHeaders, problem_of_call

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def keep_websites_out(app: WsgiApp, listening: str) -> WsgiApp:
    """Returns `app` behind a check that answers 403 to other websites; `listening` is the address of the server."""

    def guarded(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        problem = problem_of_call(_sender(environ), listening)
        if problem is None:
            return app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "application/json")])
        return [json.dumps({"message": f"Forbidden: {problem}"}).encode()]

    return guarded


def _sender(environ: Environ) -> OriginHeaders:
    """WSGI joins headers of one name with commas (PEP 3333); a joined text never passes the rules."""
    names = ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE")
    return OriginHeaders(*([environ[name]] if name in environ else [] for name in names))
