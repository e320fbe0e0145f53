"""The API keys that a stage of a WebSocket API accepts."""

from __future__ import annotations

from local_emulator.template.resource import Declared
from local_emulator.template.return_values import made_up_id, reference_to
from local_emulator.template.stack import Stack


def api_keys(stack: Stack, api_id: str, stage: str) -> tuple[str, ...]:
    """The values of the enabled keys of every usage plan that covers the stage.

    A key that is in no usage plan of the stage is refused like an unknown one (API Gateway, Usage plans).
    """
    plans = {
        reference_to(stack, plan)
        for plan in stack.of_type("AWS::ApiGateway::UsagePlan")
        if _covers(stack, plan, api_id, stage)
    }
    members = [stack.properties(member) for member in stack.of_type("AWS::ApiGateway::UsagePlanKey")]
    wanted = {own.text("KeyId") for own in members if own.text("UsagePlanId") in plans}
    keys = stack.of_type("AWS::ApiGateway::ApiKey")
    return tuple(_value(stack, key) for key in keys if reference_to(stack, key) in wanted and _enabled(stack, key))


def _covers(stack: Stack, plan: Declared, api_id: str, stage: str) -> bool:
    stages = stack.properties(plan).sections("ApiStages")
    return any(own.text("ApiId") == api_id and own.text("Stage") == stage for own in stages)


def _enabled(stack: Stack, key: Declared) -> bool:
    """`Enabled` is false unless it is given (AWS::ApiGateway::ApiKey)."""
    return stack.properties(key).flag("Enabled", False)


def _value(stack: Stack, key: Declared) -> str:
    return stack.properties(key).text("Value", made_up_id(40, stack.name, key.logical_id, "value"))
