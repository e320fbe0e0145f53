"""Answers Lambda's calls on event source mappings: create, get, list, update and delete."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from local_emulator.awslambda import errors
from local_emulator.awslambda.function_lookup import find_function
from local_emulator.awslambda.functions import Functions
from local_emulator.deployment import Deployment, Function
from local_emulator.event_sources.mapping_request import (
    InvalidMappingError,
    changed,
    configuration,
    source_of_request,
)
from local_emulator.event_sources.mappings import EventSourceMapping, EventSourceMappings, UnknownMappingError
from local_emulator.web.body import BodyTooLargeError, read_limited

PATH = "/2015-03-31/event-source-mappings"
MAX_BYTES = 256 * 1024


class MappingsApi:
    """The API for the mappings that `mappings` gives at the time of a call. Refusals are RefusedRequestError."""

    def __init__(
        self, deployment: Deployment, functions: Functions, mappings: Callable[[], EventSourceMappings]
    ) -> None:
        self._deployment = deployment
        self._functions = functions
        self._mappings = mappings

    def routes(self) -> list[web.RouteDef]:
        one = PATH + "/{id}"
        return [
            *(web.post(path, self._create) for path in (PATH, f"{PATH}/")),
            *(web.get(path, self._list, allow_head=False) for path in (PATH, f"{PATH}/")),
            web.get(one, self._get, allow_head=False),
            web.put(one, self._update),
            web.delete(one, self._delete),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        body = await _read(request)
        function = self._function(str(body.get("FunctionName", "")))
        try:
            source = source_of_request(body, function.logical_id)
        except InvalidMappingError as refused:
            raise errors.invalid_parameter(str(refused)) from None
        return _answer(self._mappings().add(source, function), 202)

    async def _list(self, request: web.Request) -> web.Response:
        found = [_described(one) for one in self._mappings().all]
        for parameter, name in (("EventSourceArn", "EventSourceArn"), ("FunctionName", "FunctionArn")):
            wanted = request.query.get(parameter)
            if wanted and name == "FunctionArn":
                wanted = self._function(wanted).arn
            found = [one for one in found if not wanted or one[name] == wanted]
        return web.json_response({"EventSourceMappings": found})

    async def _get(self, request: web.Request) -> web.Response:
        return _answer(self._find(request), 200)

    async def _update(self, request: web.Request) -> web.Response:
        body, mapping = await _read(request), self._find(request)
        try:
            self._mappings().change(mapping, lambda source: changed(source, body))
        except InvalidMappingError as refused:
            raise errors.invalid_parameter(str(refused)) from None
        return _answer(mapping, 202)

    async def _delete(self, request: web.Request) -> web.Response:
        mapping = self._find(request)
        self._mappings().remove(mapping)
        return web.json_response(_described(mapping) | {"State": "Deleting"}, status=202)

    def _find(self, request: web.Request) -> EventSourceMapping:
        try:
            return self._mappings().find(request.match_info["id"])
        except UnknownMappingError:
            raise errors.unknown_mapping() from None

    def _function(self, name: str) -> Function:
        return find_function(self._functions, self._deployment, name)


def _described(mapping: EventSourceMapping) -> dict[str, Any]:
    return configuration(mapping.id, mapping.source, mapping.function.arn, mapping.modified)


def _answer(mapping: EventSourceMapping, status: int) -> web.Response:
    return web.json_response(_described(mapping), status=status)


async def _read(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await read_limited(request, MAX_BYTES) or b"{}")
    except (BodyTooLargeError, ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise errors.invalid_request_content()
    return body
