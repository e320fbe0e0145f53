"""Reads the URLs of functions and the permissions to call them."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.deployment import CorsRules, FunctionUrl
from local_emulator.template.functions import function_names, function_of_arn
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import URL_ID
from local_emulator.template.stack import Stack

# Documented (Lambda Developer Guide, "Control access to Lambda function URLs"): both are needed since October 2025.
ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
AUTH_TYPES = ("NONE", "AWS_IAM")


def function_urls(stack: Stack) -> dict[str, FunctionUrl]:
    """Returns the URLs by logical id. A notice names a public URL that answers 403, because a permission is missing."""
    found = {}
    for resource in stack.of_type("AWS::Lambda::Url"):
        url = _function_url(stack, resource)
        if url is not None:
            found[url.logical_id] = url
    return found


def _function_url(stack: Stack, resource: DeclaredResource) -> FunctionUrl | None:
    own = stack.properties(resource)
    function = function_of_arn(own.text("TargetFunctionArn"), function_names(stack))
    if function is None:
        stack.notice(f"{resource.logical_id}: its function is not of this template", resource.location)
        return None
    auth_type = own.text("AuthType")
    if auth_type not in AUTH_TYPES:
        raise own.error("AuthType", f"AuthType must be one of {', '.join(AUTH_TYPES)}, not {auth_type}")
    if own.text("InvokeMode", "BUFFERED") != "BUFFERED":
        stack.notice(f"{resource.logical_id}: responses are not streamed", own.location_of("InvokeMode"))
    denied = _denied(stack, function) if auth_type == "NONE" else ()
    if denied:
        text = f"answers 403: no AWS::Lambda::Permission lets the public call {' and '.join(denied)}"
        stack.notice(f"{resource.logical_id} {text}", resource.location)
    return FunctionUrl(
        resource.logical_id, function, URL_ID(stack, resource), auth_type, _cors(own.section("Cors")), denied
    )


def _denied(stack: Stack, function: str) -> tuple[str, ...]:
    allowed = set(_public_actions(stack, function))
    return () if "lambda:*" in allowed else tuple(action for action in ACTIONS if action not in allowed)


def _public_actions(stack: Stack, function: str) -> Iterator[str]:
    """Yields the actions that permissions allow to the public; one for AWS_IAM alone does not fit a public URL."""
    names = function_names(stack)
    for permission in stack.of_type("AWS::Lambda::Permission"):
        own = stack.properties(permission)
        is_public = own.text("Principal", "") == "*" and own.text("FunctionUrlAuthType", "NONE") == "NONE"
        if is_public and function_of_arn(own.text("FunctionName", ""), names) == function:
            yield own.text("Action", "")


def _cors(own: Properties) -> CorsRules | None:
    if not own.names:
        return None
    return CorsRules(
        origins=own.texts("AllowOrigins"),
        methods=own.texts("AllowMethods"),
        headers=own.texts("AllowHeaders"),
        exposed_headers=own.texts("ExposeHeaders"),
        credentials=own.flag("AllowCredentials", False),
        max_age=own.integer("MaxAge", None),
    )
