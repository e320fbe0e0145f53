"""Serves function URLs: at `/_lambda-url/{LogicalId}/…`, and at their host in AWS."""

from __future__ import annotations

import re
import uuid
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from local_emulator.activity_log import Journal
from local_emulator.awslambda import errors
from local_emulator.awslambda.concurrency import ThrottledError
from local_emulator.awslambda.cors import cors_headers, is_preflight, preflight_headers
from local_emulator.awslambda.function_lookup import find_function
from local_emulator.awslambda.function_url_event import (
    InvalidResultError,
    UrlHost,
    UrlRequest,
    UrlResponse,
    event_of,
    response_of,
)
from local_emulator.awslambda.functions import Functions
from local_emulator.awslambda.invocation import Invocation
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.awslambda.payload import json_of
from local_emulator.deployment import Deployment, FunctionUrl
from local_emulator.timestamps import now_ms
from local_emulator.trace_id import new_root
from local_emulator.web.body import BodyTooLargeError, read_limited
from local_emulator.web.sigv4 import InvalidSignatureError, find_signature

PREFIX = "/_lambda-url/"
HOST = re.compile(r"([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws")


class FunctionUrls:
    """Answers the requests of the function URLs of one deployment."""

    def __init__(self, deployment: Deployment, functions: Functions, limits: LambdaLimits, journal: Journal) -> None:
        self._deployment, self._functions, self._limits, self._journal = deployment, functions, limits, journal

    def find(self, request: web.Request) -> tuple[FunctionUrl | None, str] | None:
        """Returns the URL of a request, None if there is no such URL, and the path behind it; None for another request.

        In a path, the logical id is that of the URL or of its function.
        """
        urls, path = self._deployment.function_urls, request.rel_url.raw_path
        match = HOST.fullmatch(request.host.partition(":")[0].lower())
        if match is not None:
            return next((url for url in urls.values() if url.url_id == match[1]), None), path
        if not path.startswith(PREFIX):
            return None
        name, _, rest = path.removeprefix(PREFIX).partition("/")
        return urls.get(name) or next((url for url in urls.values() if url.function == name), None), f"/{rest}"

    @web.middleware
    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers a request of a function URL; lets others pass. Raises RefusedRequestError."""
        found = self.find(request)
        return await handler(request) if found is None else await self.answer(request, *found)

    async def answer(self, request: web.Request, url: FunctionUrl | None, path: str) -> web.Response:
        if url is None:
            raise errors.unknown_function_url()
        origin = request.headers.get("Origin")
        if url.cors is not None and origin is not None and is_preflight(request.method, request.headers):
            return _http(UrlResponse(200, preflight_headers(url.cors, origin), b""))
        authorizer = self._authorize(request, url)
        event = await self._event(request, url, path, authorizer)
        response = await self._invoke(url, event)
        headers = [*response.headers, *cors_headers(url.cors, origin)]
        return _http(UrlResponse(response.status, headers, response.body))

    def _authorize(self, request: web.Request, url: FunctionUrl) -> dict[str, Any] | None:
        """Returns the signer of a request, None at a public URL. Raises RefusedRequestError.

        The emulator has no identities, so it accepts every well-formed signature for Lambda.
        """
        if url.auth_type == "NONE":
            if url.denied:
                raise errors.forbidden_url(f"no permission for {' and '.join(url.denied)}")
            return None
        try:
            signature = find_signature(request.headers.items(), request.rel_url.raw_query_string, "lambda")
        except InvalidSignatureError as problem:
            raise errors.forbidden_url(str(problem)) from None
        if signature is None:
            raise errors.forbidden_url("the request is not signed for lambda (AWS_IAM)")
        account, access_key = self._deployment.account_id, signature.access_key_id
        arn = f"arn:aws:iam::{account}:user/local"
        identity = {"accessKey": access_key, "accountId": account, "callerId": access_key, "cognitoIdentity": None}
        return identity | {"principalOrgId": None, "userArn": arn, "userId": access_key}

    async def _event(
        self, request: web.Request, url: FunctionUrl, path: str, authorizer: dict[str, Any] | None
    ) -> dict[str, Any]:
        try:
            body = await read_limited(request, self._limits.request_bytes)
        except BodyTooLargeError as error:
            raise errors.request_too_large(error.size, self._limits.request_bytes, "RequestResponse") from None
        query, peer = request.rel_url.raw_query_string, request.remote or ""
        asked = UrlRequest(request.method, path, query, [*request.headers.items()], body, peer)
        host = UrlHost(url.url_id, self._deployment.region, self._deployment.account_id, authorizer)
        return event_of(asked, host, str(uuid.uuid4()), new_root(), now_ms())

    async def _invoke(self, url: FunctionUrl, event: dict[str, Any]) -> UrlResponse:
        """Returns the response of the function. Raises RefusedRequestError: 404, 429, 502."""
        function = find_function(self._functions, self._deployment, url.function)
        try:
            invocation = await self._functions.invoke(function, json_of(event))
        except ThrottledError as throttled:
            raise errors.throttled_function(throttled.retry_after_seconds) from None
        self._journal.invoked("url", function.logical_id, invocation)
        return _response(invocation)


def _response(invocation: Invocation) -> UrlResponse:
    if invocation.failed:
        raise errors.bad_gateway("the function failed")
    try:
        return response_of(invocation.result)
    except InvalidResultError as invalid:
        raise errors.bad_gateway(str(invalid)) from None


def _http(response: UrlResponse) -> web.Response:
    answer = web.Response(status=response.status, body=response.body)
    answer.headers.pop("Content-Type", None)
    for name, value in response.headers:
        answer.headers.add(name, value)
    return answer
