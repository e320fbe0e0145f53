"""Answers what moto does not do: an error that AWS's SDKs raise as such, and one line on the console."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from local_emulator.web.browser_guard.wsgi import Environ, WsgiApp

FORM = "application/x-www-form-urlencoded"


class Failures:
    """Turns exceptions of moto into answers; `tell` puts a line on the console.

    The SDKs try a 500 again, but not a 501 (botocore's retry policy), so what is missing fails at once.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def wrap(self, app: WsgiApp) -> WsgiApp:
        """Returns `app` with an answer for each exception that it raises before its answer begins."""

        def answering(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            answer = _Answer(environ, start_response)
            try:
                return answer.checked(app(environ, answer.start))
            except ConnectionError:  # the caller has gone, or a fault breaks the connection
                raise
            except Exception as problem:
                service, action = service_of(environ), action_of(environ)
                if service == "s3" or environ.get("CONTENT_TYPE", "").startswith(FORM):
                    status, headers, body = self._of_xml(service, action, problem)
                else:
                    status, headers, body = self.of_json(service, action, problem)
                start_response(f"{status} {HTTPStatus(status).phrase}", list(headers.items()))
                return [body]

        return answering

    def of_json(self, service: str, action: str, problem: Exception) -> tuple[int, dict[str, str], bytes]:
        """Returns status, headers and body as AWS's JSON protocols have errors."""
        status, code, message = self._described(service, action, problem)
        body = json.dumps({"__type": code, "message": message}).encode()
        return status, {"Content-Type": "application/json", "x-amzn-ErrorType": code}, body

    def _of_xml(self, service: str, action: str, problem: Exception) -> tuple[int, dict[str, str], bytes]:
        status, code, message = self._described(service, action, problem)
        error = f"<Error><Code>{code}</Code><Message>{html.escape(message)}</Message></Error>"
        body = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
        return status, {"Content-Type": "text/xml"}, body.encode()

    def _described(self, service: str, action: str, problem: Exception) -> tuple[int, str, str]:
        """Moto has no code for an action, or lacks a package for a whole service; anything else is a fault of its."""
        reason = " ".join(str(problem).split()) or type(problem).__name__
        missing = isinstance(problem, NotImplementedError | ImportError)
        status, code = (501, "NotImplemented") if missing else (500, "InternalFailure")
        message = f"{service} {action} is not emulated" if missing else f"{service} {action} failed inside moto"
        self._tell(f"{message}: {reason}")
        return status, code, f"{message}: {reason}"


class _Answer:
    """The `start_response` of an answer: it waits with a page until its text shows if moto has no such path.

    moto says so with a page, or with nothing. It answers HeadBucket with nothing, too, since no HEAD has a body. A call
    without a signature, which no SDK makes, gets the page.
    """

    def __init__(self, environ: Environ, start_response: Callable[..., Any]) -> None:
        self._may_be_missing = "HTTP_AUTHORIZATION" in environ and environ.get("REQUEST_METHOD") != "HEAD"
        self._start_response = start_response
        self._held: tuple[Any, ...] | None = None

    def start(self, status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        if self._may_be_missing and status.startswith(("404", "405")) and kind.startswith("text/html"):
            self._held = (status, headers, *more)
            return None
        return self._start_response(status, headers, *more)

    def checked(self, parts: Iterable[bytes]) -> Iterable[bytes]:
        """Returns the body. Raises NotImplementedError for the page by which moto says that it has no path."""
        if self._held is None:
            return parts
        body = b"".join(parts)
        if not body or body.lower().startswith(b"<!doctype html>"):
            raise NotImplementedError("moto has no such path")
        self._start_response(*self._held)
        return [body]


def service_of(environ: Environ) -> str:
    """The service in the scope of the signature (Signature Version 4), else "AWS"."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    return scope[3] if len(scope) == 5 else "AWS"


def action_of(environ: Environ) -> str:
    """The action by the target or the query, else method and path."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    asked = parse_qs(environ.get("QUERY_STRING", "")).get("Action", [""])[0]
    return target or asked or f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
