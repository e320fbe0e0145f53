"""Reads the tables, queues, buckets, secrets and topics of a template, ready for boto3."""

from __future__ import annotations

from typing import Any

from local_emulator.deployment import Resource
from local_emulator.template.coercion import as_flag, as_integer
from local_emulator.template.document import Block
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import NAME_PROPERTIES, attribute_of, name_of, reference_to
from local_emulator.template.secrets import secret_text
from local_emulator.template.stack import Stack

_INTEGERS = {
    "ReadCapacityUnits",
    "WriteCapacityUnits",
    "DelaySeconds",
    "MaximumMessageSize",
    "maxReceiveCount",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
    "PasswordLength",
    "KmsDataKeyReusePeriodSeconds",
}
_FLAGS = {
    "Enabled",
    "SSEEnabled",
    "PointInTimeRecoveryEnabled",
    "DeletionProtectionEnabled",
    "FifoQueue",
    "FifoTopic",
    "ContentBasedDeduplication",
    "SqsManagedSseEnabled",
    "ExcludePunctuation",
    "IncludeSpace",
}


def resources(stack: Stack, *types: str) -> dict[str, Resource]:
    """Returns the deployed resources of these types, by logical id."""
    return {resource.logical_id: _resource(stack, resource) for resource in stack.of_type(*types)}


def state_machines(stack: Stack) -> dict[str, Resource]:
    """Returns the deployed state machines, by logical id; their definitions are not read, since no state runs."""
    machines = stack.of_type("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")
    return {machine.logical_id: _state_machine(stack, machine) for machine in machines}


def _state_machine(stack: Stack, machine: DeclaredResource) -> Resource:
    own = stack.properties(machine)
    kind = own.text("StateMachineType", None) or own.text("Type", "STANDARD")
    arn, name = reference_to(stack, machine), name_of(stack, machine)
    return Resource(machine.logical_id, arn, name, arn, machine.type, {"Type": kind})


def _resource(stack: Stack, resource: DeclaredResource) -> Resource:
    properties = _typed(stack.properties(resource).evaluated())
    arn_attribute = {"AWS::SecretsManager::Secret": "Id", "AWS::SNS::Topic": "TopicArn"}.get(resource.type, "Arn")
    if resource.type == "AWS::SecretsManager::Secret":
        properties["SecretString"] = secret_text(stack, resource)
    return Resource(
        logical_id=resource.logical_id,
        physical_id=reference_to(stack, resource),
        name=name_of(stack, resource),
        arn=attribute_of(stack, resource, arn_attribute) or "",  # a stored parameter has no such attribute
        type=resource.type,
        properties={**properties, NAME_PROPERTIES[resource.type]: name_of(stack, resource)},
        location=str(resource.location),
    )


def _typed(value: Any, key: str = "") -> Any:
    """Converts "5" and "true" to number and boolean: CloudFormation accepts the texts, boto3 does not."""
    if isinstance(value, Block):
        return {name: _typed(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_typed(item, key) for item in value]
    if key in _INTEGERS:
        number = as_integer(value)
        return value if number is None else number
    flag = as_flag(value) if key in _FLAGS else None
    return value if flag is None else flag
