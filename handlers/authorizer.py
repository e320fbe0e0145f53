"""Verifies the token of a handshake."""

from __future__ import annotations

import time
from typing import Any

from domain.token_errors import InsufficientScopeError, InvalidTokenError, KeysUnavailableError
from handlers import bootstrap
from handlers.handshake_event import read_handshake
from infra.telemetry import log, log_failure

bootstrap.build_early(bootstrap.handshake_rules, bootstrap.tokens)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Returns an Allow policy, whose context is in every later event of the connection.

    Raises Exception("Unauthorized") for an invalid token: the gateway turns exactly that text into 401
    (API Gateway Developer Guide, apigateway-websocket-api-lambda-auth). A Deny becomes 403.
    """
    handshake, rules = read_handshake(event), bootstrap.handshake_rules()
    about = _about(event["requestContext"])
    try:
        verified = bootstrap.tokens().verify(handshake.token(rules) or "", time.time())
    except KeysUnavailableError:
        log_failure("keys_unavailable", **about)
        raise  # not the client's fault: a 500, and an error that an alarm counts
    except InsufficientScopeError as denied:
        return _forbidden(event, about | denied.evidence, denied.user_id, "scope")
    except InvalidTokenError as refused:
        counted = bootstrap.metrics().of(by="reason", HandshakesUnauthorized=1)
        log("handshake_refused", **about, reason=refused.reason, **refused.evidence, **counted)
        raise Exception("Unauthorized") from None
    if rules.refuses_origin(handshake):
        return _forbidden(event, about, verified.user_id, "origin")
    granted = {"userId": verified.user_id, "tokenExpiresAt": verified.expires_at}
    return _policy("Allow", event["methodArn"], verified.user_id) | {"context": granted}


def _forbidden(event: dict[str, Any], about: dict[str, Any], user_id: str, reason: str) -> dict[str, Any]:
    """Returns the Deny of a verified user. The log omits the Origin, since a client can write anything there."""
    counted = bootstrap.metrics().of(by="reason", HandshakesForbidden=1)
    log("handshake_forbidden", **about, userId=user_id, reason=reason, **counted)
    return _policy("Deny", event["methodArn"], user_id)


def _about(context: dict[str, Any]) -> dict[str, Any]:
    return {
        "route": context.get("routeKey"),
        "connectionId": context["connectionId"],
        "gatewayRequestId": context.get("requestId"),
    }


def _policy(effect: str, method_arn: str, user_id: str) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": method_arn}
    return {"principalId": user_id, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
