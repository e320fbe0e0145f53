"""Checks that API Gateway may invoke the functions of an API."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.deployment import Route, WebSocketApi
from local_emulator.template.functions import function_names, function_of_arn
from local_emulator.template.stack import Stack

SERVICE = "apigateway.amazonaws.com"


def notice_unpermitted(stack: Stack, apis: tuple[WebSocketApi, ...]) -> None:
    """Adds a notice for each function that an API invokes without an AWS::Lambda::Permission.

    The emulator still invokes it; in AWS the caller gets an internal server error. The check ignores the
    SourceArn of a permission. An integration with a role of its own needs no permission.
    """
    allowed = set(_allowed(stack))
    for api in apis:
        for name in dict.fromkeys(name for route in api.routes.values() for name in _called(route)):
            if name not in allowed:
                text = f"{api.logical_id}: in AWS no AWS::Lambda::Permission would let it invoke {name}"
                stack.notice(text, stack.resources[api.logical_id].location)


def _called(route: Route) -> Iterator[str]:
    authorizer = route.authorizer.function if route.authorizer and not route.authorizer.has_role else None
    function = route.integration.function if route.integration else route.function
    for name in (None if route.has_role else function, authorizer):
        if name is not None:
            yield name


def _allowed(stack: Stack) -> Iterator[str]:
    names = function_names(stack)
    for permission in stack.of_type("AWS::Lambda::Permission"):
        own = stack.properties(permission)
        function = function_of_arn(own.text("FunctionName", ""), names)
        if function and own.text("Principal", "") == SERVICE:
            yield function
