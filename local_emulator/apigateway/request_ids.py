"""The request id headers of API Gateway's HTTP responses.

Reported: every response has both. SDKs read the first: without it boto3's ResponseMetadata has no RequestId.
"""

from __future__ import annotations

import uuid

from aiohttp import web

from local_emulator.apigateway.rules.ids import new_request_id


async def add_request_ids(request: web.Request, response: web.StreamResponse) -> None:
    """Adds the headers; a handler for aiohttp's on_response_prepare. Unknown: if a 101 has them; here it has none."""
    response.headers.pop("Server", None)  # reported, by captures: there is none
    if response.status == 101:
        return
    response.headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
    response.headers.setdefault("x-amz-apigw-id", new_request_id())
