"""The decision on a handshake: API key, signature, authorizer, `$connect`. The connection opens after all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.apigateway import errors
from local_emulator.apigateway.integrations import (
    IntegrationFailedError,
    Integrations,
    IntegrationTimeoutError,
    MalformedResultError,
    NotInvokedError,
    NotMappedError,
)
from local_emulator.apigateway.rules import events
from local_emulator.apigateway.rules.api_keys import ApiKeySelection, is_accepted
from local_emulator.apigateway.rules.authorizer_policy import (
    AuthorizerResult,
    InvalidAuthorizerResultError,
    InvalidPolicyError,
    allows,
    read_authorizer_result,
)
from local_emulator.apigateway.rules.identity_sources import has_identity
from local_emulator.apigateway.rules.ids import new_connection_id, new_request_id
from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.apigateway.rules.sigv4 import InvalidSignatureError, find_signature
from local_emulator.awslambda.payload import json_of
from local_emulator.deployment import Authorizer, Deployment, Route, WebSocketApi
from local_emulator.timestamps import now_ms
from local_emulator.web.errors import RefusedRequestError


@dataclass(frozen=True, slots=True)
class AcceptedHandshake:
    """A handshake that gets its 101. `authorizer` is repeated in all events of the connection."""

    facts: events.ConnectionFacts
    authorizer: Mapping[str, str] | None
    subprotocol: str | None


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
            _require_signature(handshake)
        answer, latency = None, None
        if connect.authorization == "CUSTOM" and connect.authorizer is not None:
            answer, latency = await self._authorize(connect.authorizer, facts, handshake)
        if connect.api_key_required:
            _require_api_key(api, handshake, answer)
        authorizer = answer.event_fields() if answer else None
        result = await self._connect(connect, facts, handshake, authorizer, latency)
        try:
            return AcceptedHandshake(facts, authorizer, _subprotocol(result))
        except MalformedResultError:
            raise self._malformed(nothing=False) from None

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
        self, authorizer: Authorizer, facts: events.ConnectionFacts, handshake: events.HandshakeRequest
    ) -> tuple[AuthorizerResult, int]:
        """Returns the authorizer's result and its duration in milliseconds."""
        deployment = self._deployment
        arn = events.connect_method_arn(deployment.region, deployment.account_id, facts.api_id, facts.stage)
        event = events.authorizer_event(facts, handshake, arn, request_id=new_request_id(), now=now_ms())
        timeout_ms, has_case = self._limits.authorizer_timeout_ms, self._limits.identity_headers_have_case
        if not has_identity(authorizer.identity_sources, handshake, event, headers_have_case=has_case):
            raise errors.unauthorized()
        try:
            invocation = await self._integrations.invoke(
                "authorizer", authorizer.function, facts.connection_id, json_of(event), timeout_ms
            )
        except (IntegrationFailedError, IntegrationTimeoutError):
            raise errors.internal_failure() from None
        if invocation.failed:
            raise _failed_authorizer(invocation.result)
        return _allowed(invocation.result, arn, self._limits), round(invocation.duration_ms)

    async def _connect(
        self,
        route: Route,
        facts: events.ConnectionFacts,
        handshake: events.HandshakeRequest,
        authorizer: Mapping[str, str] | None,
        latency: int | None,
    ) -> dict[str, Any]:
        if not route.integration_type:
            return {}
        request_id, now = new_request_id(), now_ms()
        event = events.connect_event(
            facts, handshake, authorizer, request_id=request_id, now=now, integration_latency=latency
        )
        try:
            result, status = await self._integrations.call(route, facts.connection_id, json_of(event))
        except (IntegrationFailedError, IntegrationTimeoutError) as failure:
            raise self._refusal(failure) from None
        if status < 200:
            raise self._malformed(nothing=False)  # no HTTP answer can end with an interim status
        if status >= 300:
            raise errors.status_of_connect(status)
        return result

    def _refusal(self, failure: IntegrationFailedError | IntegrationTimeoutError) -> RefusedRequestError:
        """Returns the refusal of a handshake whose $connect failed."""
        match failure:
            case NotMappedError():
                return errors.not_mapped(failure.reason)
            case NotInvokedError():
                return errors.not_integrated()
            case MalformedResultError():
                return self._malformed(failure.nothing)
            case IntegrationTimeoutError():
                return errors.integration_timed_out()
        return errors.bad_integration()

    def _malformed(self, nothing: bool) -> RefusedRequestError:
        limits = self._limits
        return errors.bad_integration(limits.none_connect_status if nothing else limits.malformed_connect_status)


def _require_signature(handshake: events.HandshakeRequest) -> None:
    """AWS_IAM requires a well-formed signature; its key and its digest are not verified here."""
    try:
        signature = find_signature(handshake.headers, handshake.query_string)
    except InvalidSignatureError as problem:
        raise errors.incomplete_signature(str(problem)) from None
    if signature is None:
        raise errors.missing_authentication_token()


def _require_api_key(api: WebSocketApi, handshake: events.HandshakeRequest, answer: AuthorizerResult | None) -> None:
    """Inferred from REST APIs: without a key of one of the stage's usage plans the handshake is forbidden."""
    key = ApiKeySelection(api.api_key_selection_expression).key(handshake.headers, answer)
    if not is_accepted(key, api.api_keys):
        raise errors.forbidden()


def _failed_authorizer(error: dict[str, Any]) -> RefusedRequestError:
    """Documented: an authorizer that throws exactly "Unauthorized" makes a 401. Reported: any other error a 500."""
    if error.get("errorMessage") == "Unauthorized":
        return errors.unauthorized()
    return errors.internal_failure()


def _allowed(result: Any, arn: str, limits: GatewayLimits) -> AuthorizerResult:
    try:
        answer = read_authorizer_result(result, max_bytes=limits.authorizer_result_bytes)
        allowed = allows(answer.policy_document, arn)
    except (InvalidAuthorizerResultError, InvalidPolicyError):
        raise errors.internal_failure() from None
    if not allowed:
        raise errors.access_denied()
    return answer


def _subprotocol(result: dict[str, Any]) -> str | None:
    """Returns the subprotocol that $connect's result names. Raises MalformedResultError.

    Reported: no other header of the result reaches the client, and the gateway echoes none by itself.
    Reported: the value goes out as it is, several values too, and clients then fail. Inferred: the error for a value
    that a header cannot hold.
    """
    for headers in (result.get("headers"), result.get("multiValueHeaders")):
        for name, value in headers.items() if isinstance(headers, dict) else ():
            if name.lower() == "sec-websocket-protocol":
                return _header_value(", ".join(map(str, value)) if isinstance(value, list) else str(value))
    return None


def _header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise MalformedResultError(nothing=False)
    return value
