"""The decision on a handshake: API key, signature, authorizer, `$connect`. The connection opens after all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from local_emulator.apigateway import errors
from local_emulator.apigateway.integrations import (
    IntegrationError,
    Integrations,
    IntegrationTimeoutError,
    MalformedResultError,
    NotInvokedError,
    NotMappedError,
    failure,
)
from local_emulator.apigateway.rules import events, reasons
from local_emulator.apigateway.rules.api_keys import ApiKeySelection, is_accepted
from local_emulator.apigateway.rules.authorizer_policy import (
    AuthorizerResult,
    InvalidAuthorizerResultError,
    denial,
    read_authorizer_result,
)
from local_emulator.apigateway.rules.identity_sources import missing_source
from local_emulator.apigateway.rules.ids import new_connection_id, new_request_id
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.proxy_result import InvalidProxyResultError
from local_emulator.awslambda.payload import json_of
from local_emulator.deployment import Authorizer, Deployment, Route, WebSocketApi
from local_emulator.timestamps import now_ms
from local_emulator.web.errors import RefusedRequestError
from local_emulator.web.sigv4 import InvalidSignatureError, find_signature


@dataclass(frozen=True, slots=True)
class AcceptedHandshake:
    """A handshake that gets its 101. `authorizer` is repeated in all events of the connection."""

    facts: events.ConnectionFacts
    authorizer: Mapping[str, str] | None
    subprotocol: str | None


class RequestFacts(TypedDict):
    """The id and the time of a handshake, which the events of its authorizer and its $connect share (inferred)."""

    request_id: str
    now: int


class Handshakes:
    """Decides on the handshakes of every API of a deployment."""

    def __init__(self, deployment: Deployment, integrations: Integrations, limits: GatewayLimits) -> None:
        self._deployment = deployment
        self._integrations = integrations
        self._limits = limits

    async def decide(self, api: WebSocketApi, handshake: events.HandshakeRequest) -> AcceptedHandshake:
        """Returns the accepted handshake. Raises RefusedRequestError."""
        facts = self._facts(api, handshake)
        connect = api.routes.get("$connect")
        # Documented: an integration for $connect is optional; without it every client is accepted.
        if connect is None:
            return AcceptedHandshake(facts, None, None)
        if connect.authorization == "AWS_IAM":
            require_signature(handshake.headers, handshake.query_string)
        answer, latency, request = None, None, RequestFacts(request_id=new_request_id(), now=now_ms())
        if connect.authorization == "CUSTOM" and connect.authorizer is not None:
            answer, latency = await self._authorize(connect.authorizer, facts, handshake, request)
        if connect.api_key_required:
            _require_api_key(api, handshake, answer)
        authorizer = answer.event_fields() if answer else None
        result = await self._connect(connect, facts, handshake, authorizer, latency, request)
        try:
            return AcceptedHandshake(facts, authorizer, _subprotocol(result))
        except InvalidProxyResultError as invalid:
            raise self._malformed(invalid.reason) from None

    def _facts(self, api: WebSocketApi, handshake: events.HandshakeRequest) -> events.ConnectionFacts:
        return events.ConnectionFacts(
            api_id=api.api_id,
            stage=api.stage_name,
            domain_name=f"{api.api_id}.execute-api.{self._deployment.region}.amazonaws.com",
            connection_id=new_connection_id(),
            connected_at=now_ms(),
            source_ip=handshake.source_ip,
            user_agent=handshake.user_agent,
            stage_variables=api.stage_variables,
            shows_stage_variables=self._limits.events_show_stage_variables,
        )

    async def _authorize(
        self,
        authorizer: Authorizer,
        facts: events.ConnectionFacts,
        handshake: events.HandshakeRequest,
        request: RequestFacts,
    ) -> tuple[AuthorizerResult, int]:
        """Returns the authorizer's result and its duration in milliseconds."""
        deployment = self._deployment
        arn = events.connect_method_arn(deployment.region, deployment.account_id, facts.api_id, facts.stage)
        event = events.authorizer_event(facts, handshake, arn, **request)
        timeout_ms, has_case = self._limits.authorizer_timeout_ms, self._limits.identity_headers_have_case
        missing = missing_source(authorizer.identity_sources, event, headers_have_case=has_case)
        if missing is not None:
            raise errors.unauthorized(reasons.missing_identity(missing))
        try:
            invocation = await self._integrations.invoke(
                "authorizer", authorizer.function, facts.connection_id, json_of(event), timeout_ms
            )
        except IntegrationError as failed:
            raise errors.authorizer_failed(reasons.authorizer_failed(failed.reason)) from None
        if invocation.failed:
            raise _failed_authorizer(*failure(invocation))
        return _allowed(invocation.result, arn, self._limits), round(invocation.duration_ms)

    async def _connect(
        self,
        route: Route,
        facts: events.ConnectionFacts,
        handshake: events.HandshakeRequest,
        authorizer: Mapping[str, str] | None,
        latency: int | None,
        request: RequestFacts,
    ) -> dict[str, Any]:
        if not route.integration_type:
            return {}
        event = events.connect_event(facts, handshake, authorizer, integration_latency=latency, **request)
        try:
            result, status = await self._integrations.call(route, facts.connection_id, json_of(event))
        except IntegrationError as failed:
            raise self._refusal(failed) from None
        if status < 200:  # no HTTP answer can end with an interim status
            raise self._malformed(reasons.malformed_result(f"statusCode {status} ends no answer", result))
        if status >= 300:
            raise errors.status_of_connect(status, reasons.connect_status(status))
        return result

    def _refusal(self, failed: IntegrationError) -> RefusedRequestError:
        """Returns what a client gets whose $connect gave no result."""
        match failed:
            case NotMappedError():
                return errors.not_mapped(failed.problem, failed.reason)
            case NotInvokedError():
                return errors.not_integrated(failed.reason)
            case MalformedResultError():
                return self._malformed(failed.reason, is_null=failed.is_null)
            case IntegrationTimeoutError():
                return errors.integration_timed_out(failed.reason)
        return errors.bad_integration(failed.reason)

    def _malformed(self, reason: reasons.Reason, *, is_null: bool = False) -> RefusedRequestError:
        status = self._limits.none_connect_status if is_null else self._limits.malformed_connect_status
        return errors.bad_integration(reason, status)


def require_signature(headers: Iterable[tuple[str, str]], query_string: str) -> None:
    """Raises RefusedRequestError, 403, without a well-formed signature; its key and digest are not verified here."""
    try:
        signature = find_signature(headers, query_string)
    except InvalidSignatureError as problem:
        raise errors.incomplete_signature(str(problem), reasons.no_signature(str(problem))) from None
    if signature is None:
        raise errors.missing_authentication_token(reasons.no_signature())


def _require_api_key(api: WebSocketApi, handshake: events.HandshakeRequest, answer: AuthorizerResult | None) -> None:
    """Inferred from REST APIs: without a key of one of the stage's usage plans the handshake is forbidden."""
    source = api.api_key_selection_expression
    key = ApiKeySelection(source).key(handshake.headers, answer)
    if not is_accepted(key, api.api_keys):
        raise errors.forbidden(reasons.no_api_key(source, key is not None, len(api.api_keys)))


def _failed_authorizer(error_type: str, message: str) -> RefusedRequestError:
    """Documented: an authorizer that throws exactly "Unauthorized" makes a 401. Reported: any other error a 500."""
    if message == "Unauthorized":
        return errors.unauthorized(reasons.UNAUTHORIZED)
    return errors.authorizer_failed(reasons.authorizer_failed(reasons.function_failed(error_type, message)))


def _allowed(result: Any, arn: str, limits: GatewayLimits) -> AuthorizerResult:
    try:
        answer = read_authorizer_result(result, max_bytes=limits.authorizer_result_bytes)
    except InvalidAuthorizerResultError as invalid:
        raise errors.authorizer_failed(reasons.authorizer_malformed(invalid)) from None
    denied = denial(answer.policy_document, arn)
    if denied is not None:
        raise errors.access_denied(denied)
    return answer


def _subprotocol(result: dict[str, Any]) -> str | None:
    """Returns the subprotocol that $connect's result names. Raises InvalidProxyResultError.

    Reported: no other header of the result reaches the client, and the gateway echoes none by itself.
    Reported: the value goes out as it is, several values too, and clients then fail. Inferred: the error for a value
    that a header cannot hold, and that null is none, as where $connect repeats a header that was not sent.
    """
    for headers in (result.get("headers"), result.get("multiValueHeaders")):
        for name, value in headers.items() if isinstance(headers, dict) else ():
            if name.lower() == "sec-websocket-protocol" and value is not None:
                return _header_value(", ".join(map(str, value)) if isinstance(value, list) else str(value))
    return None


def _header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise InvalidProxyResultError("no header can hold its Sec-WebSocket-Protocol", value)
    return value
