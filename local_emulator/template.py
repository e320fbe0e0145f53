"""Reads a SAM or CloudFormation template into what the emulator runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_emulator.cloudformation.declared import Declared
from local_emulator.cloudformation.distributions import public_paths
from local_emulator.cloudformation.document import Block, InvalidTemplate, line_of, load
from local_emulator.cloudformation.functions import functions
from local_emulator.cloudformation.parameters import parameter_values, unread_types
from local_emulator.cloudformation.sam import plain_resources, referable
from local_emulator.cloudformation.sam_globals import checked_globals, with_globals
from local_emulator.cloudformation.stack import Place, Stack
from local_emulator.cloudformation.storage import resources
from local_emulator.cloudformation.triggers import event_sources, schedules
from local_emulator.cloudformation.websocket_apis import websocket_apis
from local_emulator.deployment import Deployment

__all__ = ["InvalidTemplate", "read_template"]


def read_template(
    path: Path,
    parameters: Mapping[str, str] | None = None,
    *,
    region: str = "us-east-1",
    account_id: str = "123456789012",
    stack_name: str = "local",
) -> Deployment:
    """What the template at `path` deploys, given values for its parameters. Pure but for reading the file.

    Raises InvalidTemplate, whose text is one line with file, line and fault.
    """
    document = load(path)
    stack = _stack(path, document, dict(parameters or {}), Place(region, account_id, stack_name))
    apis = websocket_apis(stack)
    return Deployment(
        path=path,
        region=region,
        account_id=account_id,
        stack_name=stack_name,
        parameters=stack.parameters,
        apis=apis,
        functions=functions(stack),
        tables=resources(stack, "AWS::DynamoDB::Table"),
        queues=resources(stack, "AWS::SQS::Queue"),
        buckets=resources(stack, "AWS::S3::Bucket"),
        secrets=resources(stack, "AWS::SecretsManager::Secret"),
        topics=resources(stack, "AWS::SNS::Topic"),
        schedules=schedules(stack),
        event_sources=event_sources(stack),
        public_paths=public_paths(stack, apis),
        outputs=_outputs(stack, document),
        notices=tuple(stack.notices),
    )


def _stack(path: Path, document: Block, given: dict[str, str], place: Place) -> Stack:
    declared = _section(path, document, "Parameters")
    values = parameter_values(path, declared, given)
    resources, aliases = _resources(path, document)
    stack = Stack(path, place, document, values, resources, aliases)
    for name, kind in unread_types(declared).items():
        stack.notice(
            f"parameter {name} is a {kind}: Parameter Store is not read, its text is used as it stands"
        )
    return stack


def _section(path: Path, document: Block, name: str) -> Block:
    section = document.get(name)
    if section is None:
        return Block(line=document.line_of(name))
    if not isinstance(section, Block):
        raise InvalidTemplate(path, document.line_of(name), f"{name} must be a mapping")
    return section


def _resources(path: Path, document: Block) -> tuple[dict[str, Declared], dict[str, str]]:
    """The plain resources by logical id, and the names with a dot that SAM adds."""
    declared, plain, aliases = _section(path, document, "Resources"), {}, {}
    if not declared:
        raise InvalidTemplate(path, declared.line, "has no Resources")
    shared = checked_globals(path, document)
    for logical_id, resource in declared.items():
        written = _declared(path, logical_id, resource, declared.line_of(logical_id), shared)
        aliases |= referable(written)
        plain |= {made.logical_id: made for made in plain_resources(path, written)}
    return plain, aliases


def _declared(path: Path, logical_id: str, resource: Any, line: int, shared: Block) -> Declared:
    if not isinstance(resource, Block) or not isinstance(resource.get("Type"), str):
        raise InvalidTemplate(path, line_of(resource, line), f"{logical_id} must be a mapping with a Type")
    properties, condition = with_globals(path, resource, shared), resource.get("Condition")
    if not isinstance(condition, str | None):
        raise InvalidTemplate(path, resource.line_of("Condition"), f"{logical_id}: Condition must be a name")
    return Declared(logical_id, resource["Type"], properties, condition, line)


def _outputs(stack: Stack, document: Block) -> dict[str, Any]:
    found = {}
    for name, output in _section(stack.path, document, "Outputs").items():
        if not isinstance(output, Block) or "Value" not in output:
            raise stack.error(line_of(output), f"output {name} needs a Value")
        condition = output.get("Condition")
        if condition is None or stack.condition(str(condition), output.line):
            found[name] = stack.intrinsics.evaluate(output["Value"], output.line_of("Value"))
    return found
