"""Whether API Gateway may invoke the functions behind an API."""

from __future__ import annotations

from collections.abc import Iterator

from local_emulator.deployment import Route, WebSocketApi
from local_emulator.template.functions import function_names, named_function
from local_emulator.template.stack import Stack

SERVICE = "apigateway.amazonaws.com"


def unpermitted(stack: Stack, apis: tuple[WebSocketApi, ...]) -> Iterator[str]:
    """One sentence for each function that an API calls and no AWS::Lambda::Permission lets it call.

    The emulator calls it all the same; in AWS the caller gets an internal server error. Only that there is a
    permission is looked at, not its SourceArn; an integration may bring a role of its own instead.
    """
    allowed = set(_allowed(stack))
    for api in apis:
        for name in dict.fromkeys(name for route in api.routes.values() for name in _called(route)):
            if name not in allowed:
                yield f"{api.logical_id}: in AWS no AWS::Lambda::Permission would let it invoke {name}"


def _called(route: Route) -> Iterator[str]:
    authorizer = route.authorizer.function if route.authorizer and not route.authorizer.has_role else None
    for name in (None if route.has_role else route.function, authorizer):
        if name is not None:
            yield name


def _allowed(stack: Stack) -> Iterator[str]:
    names = function_names(stack)
    for permission in stack.of_type("AWS::Lambda::Permission"):
        own = stack.properties(permission)
        function = named_function(own.text("FunctionName", ""), names)
        if function and own.text("Principal", "") == SERVICE:
            yield function
