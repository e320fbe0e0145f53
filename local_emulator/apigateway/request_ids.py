"""The ids that API Gateway gives each HTTP answer.

Reported: every answer has both headers. SDKs read the first: without it boto3's ResponseMetadata has no RequestId.
"""

from __future__ import annotations

import uuid

from aiohttp import web

from local_emulator.apigateway.rules.ids import new_request_id


async def add_request_ids(request: web.Request, response: web.StreamResponse) -> None:
    """For aiohttp's on_response_prepare. Unknown: whether a 101 has them, so here it has not."""
    if response.status == 101:
        return
    response.headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
    response.headers.setdefault("x-amz-apigw-id", new_request_id())
