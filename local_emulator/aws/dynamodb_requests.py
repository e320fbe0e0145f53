"""Answers DynamoDB's JSON calls by moto's own handler, without a web framework round it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.dynamodb.responses import DynamoHandler
from moto.iam.models import mark_account_as_visited
from moto.utilities.utils import get_partition

Answer = tuple[int, Mapping[str, Any], bytes]

# Reported by many logs; the error has no message.
NOT_JSON: Answer = (
    400,
    {"Content-Type": "application/x-amz-json-1.0"},
    b'{"__type":"com.amazon.coral.service#SerializationException"}',
)


@dataclass(frozen=True, slots=True)
class DynamoDbRequest:
    """A POST with `X-Amz-Target`, in the terms in which moto reads a request; names of headers in lower case."""

    headers: Mapping[str, str]
    data: bytes
    method: str = "POST"
    path: str = "/"
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


def answer(request: DynamoDbRequest) -> Answer:
    """Returns status, headers and body. Raises whatever moto raises beyond DynamoDB's own errors."""
    handler = DynamoHandler()
    _set_up(handler, request)
    try:
        status, headers, body = handler.call_action()
    except Exception:
        if _is_json(request.data):
            raise
        return NOT_JSON  # a mapping template may make it, no SDK does
    return int(status), headers, body.encode() if isinstance(body, str) else body


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def _set_up(handler: Any, request: DynamoDbRequest) -> None:
    """Sets what moto's `setup_class` finds out for a call that has no query, no form and no host of AWS."""
    given = request.headers
    handler.headers = {_NAMES.get(name, name): value for name, value in given.items()}
    handler.querystring = handler.data = {}
    handler.uri_match = {}
    handler.response_headers = {"server": "amazon.com"}
    handler.method, handler.uri, handler.raw_path = request.method, request.path, request.path
    handler.raw_body = request.data
    handler.region = handler.get_region_from_url(handler, "")
    handler.partition = get_partition(handler.region)
    handler.access_key = handler.get_access_key()
    handler.current_account = handler.get_current_account()
    handler.parse_parameters(request)
    mark_account_as_visited(
        account_id=handler.current_account,
        access_key=handler.access_key,
        service=handler.service_name,
        region=handler.region,
    )


# moto looks for these by the case in which the SDKs write them.
_NAMES = {"authorization": "Authorization", "content-type": "Content-Type", "user-agent": "User-Agent"}
