"""The backend of AWS integrations: an embedded service, or a function through Lambda's Invoke API.

Rules: docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html (the forms of the URI), and each service's API
reference (targets and versions).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode
from xml.etree import ElementTree

from local_emulator.apigateway.backends.backend import BackendError, BackendRequest, BackendResponse
from local_emulator.apigateway.backends.http_call import send
from local_emulator.apigateway.rules.request_scope import parsed
from local_emulator.deployment import Integration

FORM = "application/x-www-form-urlencoded"
_URI = re.compile(
    r"arn:[a-z-]+:apigateway:(?P<region>[a-z0-9-]*):(?:[a-z0-9-]+\.)?(?P<service>[a-z0-9]+):(?P<kind>path|action)/(?P<rest>.*)",
    re.DOTALL,
)
# The prefix of X-Amz-Target and the version of JSON, for services with a JSON protocol.
_TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "events": ("AWSEvents", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
    "ssm": ("AmazonSSM", "1.1"),
    "states": ("AWSStepFunctions", "1.0"),
}
# The version of the API, for services whose actions are parameters of a query or form.
_QUERIES = {"sns": "2010-03-31", "sqs": "2012-11-05"}
_PATHS = ("lambda", "s3")


class InvalidServiceUriError(ValueError):
    """The URI of an AWS integration names no service and action that run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of the embedded services, of Lambda's Invoke API, and of DynamoDB."""

    services: str = ""
    functions: str = ""
    dynamodb: str = ""

    def of(self, service: str) -> str:
        """Returns the address of a service."""
        return {"lambda": self.functions, "dynamodb": self.dynamodb}.get(service) or self.services


@dataclass(frozen=True, slots=True)
class ServiceUri:
    """The URI of an AWS integration: `path` is that of the request, `action` the name of one."""

    region: str
    service: str
    path: str = "/"
    action: str | None = None


def read_service_uri(uri: str) -> ServiceUri:
    """Returns the parts of a URI such as `arn:aws:apigateway:us-east-1:sqs:path/123456789012/queue`.

    Raises InvalidServiceUriError.
    """
    found = _URI.fullmatch(uri)
    if found is None:
        raise InvalidServiceUriError(
            f"its URI {uri!r} must be arn:aws:apigateway:REGION:SERVICE:action/NAME or …:path/PATH"
        )
    region, service, rest = found["region"], found["service"], found["rest"]
    if service not in (*_TARGETS, *_QUERIES, *_PATHS):
        raise InvalidServiceUriError(f"the service {service} is not emulated for integrations")
    if found["kind"] == "path":
        return ServiceUri(region, service, f"/{rest.lstrip('/')}")
    action = rest.partition("&")[0].strip("/")
    if service in _PATHS or not action.isalnum():
        raise InvalidServiceUriError(f"its URI {uri!r} has no action of {service}; use path/…")
    return ServiceUri(region, service, action=action)


class AwsServiceBackend:
    """Calls the service of the integration's URI. Raises InvalidServiceUriError."""

    def __init__(self, integration: Integration, endpoints: Endpoints) -> None:
        self._uri = read_service_uri(integration.uri)
        self._method = "POST" if integration.method == "ANY" else integration.method
        self._endpoint = endpoints.of(self._uri.service)

    async def call(self, request: BackendRequest) -> BackendResponse:
        """Returns the response; one in XML as the JSON that AWS gives to API Gateway. Raises BackendError."""
        headers = self._headers() | {name.lower(): value for name, value in request.header.items()}
        query, body = dict(request.querystring), request.body
        if self._uri.service in _QUERIES and "x-amz-target" not in headers:
            body, query = self._form(headers["content-type"], query, body), {}
            headers["content-type"] = FORM
        path = _filled_path(self._uri.path, request.path)
        url = f"{self._endpoint}{path}{'?' + urlencode(query) if query else ''}"
        response = await send(self._method, url, headers.items(), None if self._method == "GET" else body)
        return _of_function(response) if self._uri.service == "lambda" else _as_json(response)

    def _headers(self) -> dict[str, str]:
        uri = self._uri
        scope = f"local/20260101/{uri.region}/{uri.service}/aws4_request"
        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        if uri.action is not None and uri.service in _TARGETS:
            prefix, version = _TARGETS[uri.service]
            headers |= {"x-amz-target": f"{prefix}.{uri.action}", "content-type": f"application/x-amz-json-{version}"}
        return headers

    def _form(self, content_type: str, query: dict[str, str], body: str) -> str:
        """Returns the form of a query protocol: the action, the query string, and a body that is a form itself."""
        action = {} if self._uri.action is None else {"Action": self._uri.action}
        is_form = content_type.startswith(FORM) or "Action=" in body
        own = dict(parse_qsl(body, keep_blank_values=True)) if is_form else {}
        pairs = {"Version": _QUERIES[self._uri.service]} | action | query | own
        return urlencode(pairs)


def _filled_path(path: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise BackendError(f"its URI has {{{found[1]}}}, and integration.request.path.{found[1]} has no value")
        return values[found[1]]

    return quote(re.sub(r"\{([A-Za-z0-9._$-]+)\+?\}", value, path), safe="/:$-_.~")


def _of_function(response: BackendResponse) -> BackendResponse:
    """Inferred from REST APIs: keys match the errorMessage of a function that failed. Inferred: a failure is a 502."""
    if "X-Amz-Function-Error" not in response.header:
        return response
    error = parsed(response.body)
    message = error.get("errorMessage") if isinstance(error, dict) else None
    return replace(response, status=502, selected_by=message if isinstance(message, str) else "")


def _as_json(response: BackendResponse) -> BackendResponse:
    """Inferred from REST APIs: services with XML answer API Gateway in JSON, since it accepts JSON."""
    if "xml" not in response.header.get("Content-Type", "") and not response.body.lstrip().startswith("<"):
        return response
    try:
        root = ElementTree.fromstring(response.body)  # noqa: S314 - of the embedded services
    except ElementTree.ParseError:
        return response
    return replace(response, body=json.dumps({_local(root.tag): _value(root)}))


def _value(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text
    members = [(_local(child.tag), _value(child)) for child in element]
    if {name for name, _ in members} == {"member"}:
        return [value for _, value in members]
    return dict(members)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
