"""Names the properties of a WebSocket API that AWS refuses and the emulator reads past.

AWS's Create calls refuse them, so that `cloudformation deploy` would be the first to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.stack import Stack

ONE_REPORT = "one report"
TERRAFORM = "reported: hashicorp/terraform-provider-aws#15232"
DOCUMENTED = "documented: AWS::ApiGatewayV2::"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A property of a resource `kind` with a value that AWS refuses for WebSocket APIs, and how well that is known."""

    kind: str
    name: str
    is_refused: Callable[[str, Properties], bool]
    source: str


def _version_2(value: str, own: Properties) -> bool:
    return value == "2.0"


def _custom_disconnect(value: str, own: Properties) -> bool:
    return value == "CUSTOM" and own.text("RouteKey", "") == "$disconnect"


def _out_of_range(value: str, own: Properties) -> bool:
    return not 50 <= own.integer("TimeoutInMillis") <= 29_000


AUTHORIZATIONS = ("NONE", "AWS_IAM", "CUSTOM")
REFUSALS = (
    Refusal("Authorizer", "AuthorizerResultTtlInSeconds", lambda value, own: True, TERRAFORM),
    Refusal("Authorizer", "AuthorizerPayloadFormatVersion", _version_2, ONE_REPORT),
    Refusal("Authorizer", "AuthorizerType", lambda value, own: value != "REQUEST", f"{DOCUMENTED}Authorizer"),
    Refusal("Integration", "PayloadFormatVersion", _version_2, ONE_REPORT),
    Refusal("Integration", "TimeoutInMillis", _out_of_range, f"{DOCUMENTED}Integration"),
    Refusal("Route", "AuthorizationType", lambda value, own: value not in AUTHORIZATIONS, f"{DOCUMENTED}Route"),
    Refusal("Route", "AuthorizationType", _custom_disconnect, ONE_REPORT),
    Refusal("RouteResponse", "RouteResponseKey", lambda value, own: value != "$default", ONE_REPORT),
    Refusal("Stage", "StageName", lambda value, own: value == "$default", "inferred: AWS SAM refuses it"),
)


def notice_refused(stack: Stack, owned: Callable[[str], Iterator[DeclaredResource]]) -> None:
    """Adds a notice for each property that AWS refuses. `owned` yields the API's resources of a kind."""
    for refusal in REFUSALS:
        for resource in owned(refusal.kind):
            own = stack.properties(resource)
            value = own.text(refusal.name, None)
            if value is not None and refusal.is_refused(value, own):
                text = f"{resource.logical_id}: AWS refuses {refusal.name} {value} for a WebSocket API"
                stack.notice(f"{text} ({refusal.source})", own.location_of(refusal.name))
