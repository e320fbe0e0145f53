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
    named = [key for key in stack.of_type("AWS::ApiGateway::ApiKey") if reference_to(stack, key) in wanted]
    keys = [(key.logical_id, stack.properties(key)) for key in named]
    # Documented (AWS::ApiGateway::ApiKey): `Enabled` is false by default.
    return tuple(
        own.text("Value", generated_id(40, stack.name, name, "value"))
        for name, own in keys
        if own.flag("Enabled", False)
    )


def _has_stage(stack: Stack, plan: DeclaredResource, api_id: str, stage: str) -> bool:
    stages = stack.properties(plan).sections("ApiStages")
    return any(own.text("ApiId") == api_id and own.text("Stage") == stage for own in stages)
