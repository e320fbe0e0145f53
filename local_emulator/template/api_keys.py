"""Reads the API keys that a stage of a WebSocket API accepts."""

from __future__ import annotations

from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import generated_id, reference_to
from local_emulator.template.stack import Stack


def api_keys(stack: Stack, api_id: str, stage: str) -> tuple[str, ...]:
    """Returns the values of the enabled keys of every usage plan that has the stage.

    API Gateway rejects a key without such a usage plan like an unknown key (API Gateway, Usage plans).
    """
    plans = {
        reference_to(stack, plan)
        for plan in stack.of_type("AWS::ApiGateway::UsagePlan")
        if _has_stage(stack, plan, api_id, stage)
    }
    members = [stack.properties(member) for member in stack.of_type("AWS::ApiGateway::UsagePlanKey")]
    wanted = {own.text("KeyId") for own in members if own.text("UsagePlanId") in plans}
    keys = stack.of_type("AWS::ApiGateway::ApiKey")
    return tuple(_value(stack, key) for key in keys if reference_to(stack, key) in wanted and _is_enabled(stack, key))


def _has_stage(stack: Stack, plan: DeclaredResource, api_id: str, stage: str) -> bool:
    stages = stack.properties(plan).sections("ApiStages")
    return any(own.text("ApiId") == api_id and own.text("Stage") == stage for own in stages)


def _is_enabled(stack: Stack, key: DeclaredResource) -> bool:
    """Returns `Enabled`, by default false (AWS::ApiGateway::ApiKey)."""
    return stack.properties(key).flag("Enabled", False)


def _value(stack: Stack, key: DeclaredResource) -> str:
    return stack.properties(key).text("Value", generated_id(40, stack.name, key.logical_id, "value"))
