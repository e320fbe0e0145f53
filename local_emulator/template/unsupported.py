"""Names the resources of a template that the emulator does not emulate."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.util import find_spec

from local_emulator.template.known_types import CHECKED_ELSEWHERE, KNOWN, is_known_type
from local_emulator.template.property_check import ineffective_properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.sam.event_sources import SAM_EVENT
from local_emulator.template.stack import Stack

STATE_MACHINES = "its executions are recorded, but none of its states runs"
CUSTOM_DOMAIN = "custom domains are not emulated, and calls to them leave this machine; use the path of the stage"
REASONS = {
    "AWS::Serverless::Api": "REST APIs are not emulated",
    "AWS::Serverless::HttpApi": "HTTP APIs are not emulated",
    "AWS::ApiGateway::RestApi": "REST APIs are not emulated",
    "AWS::Serverless::StateMachine": STATE_MACHINES,
    "AWS::StepFunctions::StateMachine": STATE_MACHINES,
    "AWS::ApiGatewayV2::DomainName": CUSTOM_DOMAIN,
    "AWS::WAFv2::WebACLAssociation": "web ACLs are not emulated",
}


def notice_unemulated(stack: Stack) -> None:
    """Adds a notice for each deployed resource and property that the emulator does not emulate."""
    for resource in stack.resources.values():
        reason = _reason(resource)
        if reason and stack.is_deployed(resource):
            kind = "" if resource.type.startswith(SAM_EVENT) else f" ({resource.type})"
            stack.notice(f"{resource.logical_id}{kind}: {reason}", resource.location)
    for member in stack.group.stacks:
        for resource in filter(member.is_deployed, member.written):
            for at, text in ineffective_properties(resource):
                stack.notice(text, at)


def _reason(resource: DeclaredResource) -> str | None:
    if resource.type.startswith(SAM_EVENT):
        kind = resource.type.removeprefix(SAM_EVENT)
        return f"{kind} events are not emulated; invoke the function with a sample event"
    if resource.type == "AWS::ApiGatewayV2::Api" and resource.properties.get("ProtocolType") == "HTTP":
        return "HTTP APIs are not emulated"
    if resource.type == "AWS::Cognito::UserPool" and find_spec("joserfc") is None:
        return "user pools need `pip install apigw-emulator[cognito]`"
    if resource.type == "AWS::ApiGateway::UsagePlan" and {"Throttle", "Quota"} & resource.properties.keys():
        return "the throttle and quota of a usage plan are not enforced"
    if resource.type in REASONS or is_known_type(resource.type):
        return REASONS.get(resource.type)
    if resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource":
        return "custom resources are not run"
    close = get_close_matches(resource.type, KNOWN | dict.fromkeys(CHECKED_ELSEWHERE), 1, cutoff=0.9)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"this type is not emulated, so the resource is missing here{hint}"
