"""Records of the inspector in JSON: as a row, or in full. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_emulator.apigateway.rules.ids import is_connection_id
from local_emulator.apigateway.rules.route_selection import RouteSelection, select_route
from local_emulator.deployment import Deployment, Route
from local_emulator.inspector.ring_buffer import Record
from local_emulator.redaction import redacted

MAX_PREVIEW_CHARS = 240

Row = dict[str, Any]


class RecordView:
    """Describes the records of one deployment.

    A row has `number`, `at` (epoch milliseconds), `kind` (in, out, open, close, call, refused, fault, reload, notice),
    `connection`, `user`, `what` (a route, a function), `outcome`, `failed`, `durationMs`, `bytes`, `preview`.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._routes = {
            (api.api_id, api.stage_name): _router(api.routes, api.route_selection_expression) for api in deployment.apis
        }

    def row(self, number: int, record: Record) -> Row:
        at, kind = record[:2]
        row: Row = {"number": number, "at": at, "kind": kind, "connection": None, "user": None, "what": ""}
        if kind == "call":
            return row | _call(record)
        if kind in ("in", "out", "open", "close"):
            return row | self._of_connection(record)
        if is_connection_id(record[2]):
            row["connection"] = record[2]
        return row | {"what": record[2], "preview": record[3][:MAX_PREVIEW_CHARS], "failed": kind == "refused"}

    def full(self, number: int, record: Record) -> Row:
        """Returns the row and all that is kept: `payload`, and of a call `result`, `log`, `requestId`."""
        row = self.row(number, record)
        if record[1] == "call":
            _, _, _, event, result, log, _ = record
            return row | {"payload": redacted(event.text), "result": redacted(result.text), "log": log}
        return row | {"payload": redacted(_text(record[-1]))}

    def _of_connection(self, record: Record) -> Row:
        _, kind, facts, authorizer, kept = record
        text = _text(kept)
        router = self._routes.get((facts.api_id, facts.stage))
        found: Row = {"connection": facts.connection_id, "user": user_of(authorizer)}
        if kind in ("in", "out"):
            found |= {"bytes": len(text.encode("utf-8", "replace")), "preview": redacted(text[:MAX_PREVIEW_CHARS])}
            found["what"] = router(text) if router and kind == "in" else _type_of(text)
            return found
        return found | {"preview": text or (facts.user_agent or ""), "what": facts.stage}


def user_of(authorizer: Mapping[str, Any] | None) -> str | None:
    """Returns the user of a connection: the authorizer's principal."""
    principal = (authorizer or {}).get("principalId")
    return None if principal is None else str(principal)


def origin(event: Any) -> tuple[str, str | None, str | None]:
    """Returns the cause of a call, its connection id and its user, read from its event."""
    if not isinstance(event, dict):
        return "invoke", None, None
    request = event.get("requestContext")
    if isinstance(request, dict) and isinstance(request.get("connectionId"), str):
        what = "authorizer" if "methodArn" in event else str(request.get("routeKey", ""))
        authorizer = request.get("authorizer")
        return what, request["connectionId"], user_of(authorizer if isinstance(authorizer, dict) else None)
    if event.get("source") in ("aws.events", "aws.scheduler"):
        return "schedule", None, None
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        return str(records[0].get("eventSource", "invoke")).removeprefix("aws:"), None, None
    return "invoke", None, None


def _call(record: Record) -> Row:
    _, _, function, payload, answer, log, (request_id, duration_ms, failed) = record
    event, result = payload.text, answer.text
    read = _read(event)
    what, connection, user = origin(read)
    if what == "authorizer":
        policy = _read(result)
        user = user_of(policy) if isinstance(policy, dict) else None
    return {
        "connection": connection,
        "user": user,
        "what": what,
        "function": function,
        "requestId": request_id,
        "durationMs": round(duration_ms, 2),
        "failed": failed,
        "outcome": _outcome(result, failed),
        "bytes": len(event),
        "logLines": len(log.splitlines()),
        "preview": redacted(_body(read) or event)[:MAX_PREVIEW_CHARS],
    }


def _outcome(result: str, failed: bool) -> str:
    """Returns the status of a proxy result, or the class of an error, in a few words."""
    read = _read(result)
    if failed and isinstance(read, dict):
        return f"{read.get('errorType')}: {read.get('errorMessage')}"[:MAX_PREVIEW_CHARS]
    if isinstance(read, dict) and "statusCode" in read:
        return str(read["statusCode"])
    return "failed" if failed else "ok"


def _body(event: Any) -> str | None:
    body = event.get("body") if isinstance(event, dict) else None
    return body if isinstance(body, str) else None


def _text(kept: str | bytes) -> str:
    return kept if isinstance(kept, str) else kept.decode("utf-8", "replace")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _type_of(text: str) -> str:
    """Returns the type of a message to the client, if it names one as most protocols do."""
    read = _read(text) if text.startswith("{") else None
    named = read.get("type", read.get("action")) if isinstance(read, dict) else None
    return named[:64] if isinstance(named, str) else ""


def _router(routes: Mapping[str, Route], expression: str) -> Callable[[str], str]:
    selection = RouteSelection(expression)

    def route_key(body: str) -> str:
        route = select_route(routes, selection.key(body))
        return route.key if route else ""

    return route_key
