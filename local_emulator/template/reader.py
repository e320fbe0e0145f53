"""Reads a SAM or CloudFormation template into what the emulator runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_emulator.deployment import Deployment
from local_emulator.template.cdk_assets import asset_files, with_asset
from local_emulator.template.cloudfront import public_paths
from local_emulator.template.document import Block, InvalidTemplateError, Location, load, location_of
from local_emulator.template.event_sources import event_sources, schedules
from local_emulator.template.functions import functions
from local_emulator.template.intrinsics import REFUSED, intrinsic_name
from local_emulator.template.invoke_permissions import notice_unpermitted
from local_emulator.template.parameters import looked_up_types, parameter_values
from local_emulator.template.reference_check import ReferenceChecker, check_document
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.sam.globals import checked_globals, with_globals
from local_emulator.template.sam.lowering import PREFIX as SAM
from local_emulator.template.sam.lowering import dotted_names, generated_names, plain_resources
from local_emulator.template.stack import Stack, StackContext
from local_emulator.template.stateful_resources import resources
from local_emulator.template.unsupported import notice_unemulated
from local_emulator.template.websocket_apis import websocket_apis

SAM_TRANSFORM = "AWS::Serverless-2016-10-31"
SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
TRANSFORMS = (SAM_TRANSFORM, "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-2024-09-16")
__all__ = ["InvalidTemplateError", "read_template"]


def read_template(
    path: Path,
    parameters: Mapping[str, str] | None = None,
    *,
    region: str = "us-east-1",
    account_id: str = "123456789012",
    stack_name: str = "local",
    exports: Mapping[str, str] | None = None,
    sqs_url: str | None = None,
    code: Mapping[str, Path] | None = None,
) -> Deployment:
    """Returns the deployment that the template at `path` describes, given values for its parameters.

    Reads that file, the zip archives that it names, and the list of assets of `cdk synth`. `exports` are the values
    for `Fn::ImportValue`, by name. `sqs_url` begins the URLs of queues, None for AWS's own: AWS's SDK for JavaScript
    sends to the host in a queue's URL, whatever its endpoint is. `code` are folders or zip archives that replace the
    code of functions and layers, by logical id.

    Raises InvalidTemplateError, whose text is one line with file, line and fault.
    """
    document = load(path)
    context = StackContext(region, account_id, stack_name, exports or {}, sqs_url, code or {}, asset_files(path))
    stack = _stack(document, dict(parameters or {}), context)
    for text, at in document.notices:
        stack.notice(text, at)
    for name in _macros(document):
        stack.notice(f"{name} is a macro that runs in AWS: what it would change is missing here", document.location)
    notice_unemulated(stack)
    apis = websocket_apis(stack)
    notice_unpermitted(stack, apis)
    return Deployment(
        path=path,
        region=region,
        account_id=account_id,
        stack_name=stack_name,
        parameters=stack.parameters,
        apis=apis,
        functions=functions(stack),
        tables=resources(stack, "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
        queues=resources(stack, "AWS::SQS::Queue"),
        buckets=resources(stack, "AWS::S3::Bucket"),
        secrets=resources(stack, "AWS::SecretsManager::Secret"),
        topics=resources(stack, "AWS::SNS::Topic"),
        stored_parameters=resources(stack, "AWS::SSM::Parameter"),
        schedules=schedules(stack),
        event_sources=event_sources(stack),
        public_paths=public_paths(stack, apis),
        outputs=_outputs(stack, document),
        notices=tuple(stack.notices),
    )


def _stack(document: Block, given: dict[str, str], context: StackContext) -> Stack:
    for name in SECTIONS:
        _section(document, name)
    declared, written = _section(document, "Parameters"), _declared_resources(document)
    values = parameter_values(declared, given)
    plain = {made.logical_id: made for resource in written for made in plain_resources(resource)}
    aliases = {name: meant for resource in written for name, meant in dotted_names(resource).items()}
    generated, conditions = generated_names(written), _section(document, "Conditions")
    types = {name: plain[aliases.get(name, name)].type for name in (*plain, *aliases)}
    extended = "AWS::LanguageExtensions" in _transforms(document)
    check_document(ReferenceChecker(declared, conditions, types, generated, extended), document)
    looked_up = {name: kind for name, kind in looked_up_types(declared).items() if name not in given}
    return Stack(context, document, values, plain, aliases, generated, looked_up)


def _transforms(document: Block) -> list[Any]:
    transforms = document.get("Transform") or []
    return transforms if isinstance(transforms, list) else [transforms]


def _macros(document: Block) -> list[str]:
    """Returns the names of transforms that are not AWS's own language: Include, and those of an account."""
    named = (one.get("Name") if isinstance(one, Block) else one for one in _transforms(document))
    return [str(name) for name in named if name not in TRANSFORMS]


def _check_transform(document: Block, declared: Block) -> None:
    """Raises InvalidTemplateError if a template uses SAM types without naming SAM's transform."""
    if SAM_TRANSFORM in _transforms(document):
        return
    for name, resource in declared.items():
        if isinstance(resource, Block) and str(resource.get("Type")).startswith(SAM):
            message = f"{name} is a SAM resource, but the template lacks `Transform: {SAM_TRANSFORM}`"
            raise InvalidTemplateError(declared.location_of(name), message)


def _section(document: Block, name: str) -> Block:
    section = document.get(name)
    if section is None:
        return Block({}, document.location_of(name))
    if not isinstance(section, Block):
        raise InvalidTemplateError(document.location_of(name), f"{name} must be a mapping")
    for key in section:
        intrinsic_name(section.derive({key: section[key]}))  # raises for a loop
        if key in REFUSED:
            raise InvalidTemplateError(section.location_of(key), f"{key} {REFUSED[key]}")
    return section


def _declared_resources(document: Block) -> list[DeclaredResource]:
    """Returns the resources as the template declares them, with Globals merged in."""
    declared = _section(document, "Resources")
    if not declared:
        raise InvalidTemplateError(declared.location, "has no Resources")
    _check_transform(document, declared)
    shared = checked_globals(document)
    return [
        _declared(logical_id, resource, declared.location_of(logical_id), shared)
        for logical_id, resource in declared.items()
    ]


def _declared(logical_id: str, resource: Any, at: Location, shared: Block) -> DeclaredResource:
    if not isinstance(resource, Block) or not isinstance(resource.get("Type"), str):
        raise InvalidTemplateError(location_of(resource, at), f"{logical_id} must be a mapping with a Type")
    if not isinstance(resource.get("Properties"), Block | None):
        raise InvalidTemplateError(resource.location_of("Properties"), f"{logical_id}: Properties must be a mapping")
    properties, condition = with_asset(resource, with_globals(resource, shared)), resource.get("Condition")
    if intrinsic_name(properties):
        raise InvalidTemplateError(properties.location, f"{logical_id}: Properties cannot be an intrinsic")
    if not isinstance(condition, str | None):
        raise InvalidTemplateError(resource.location_of("Condition"), f"{logical_id}: Condition must be a name")
    return DeclaredResource(logical_id, resource["Type"], properties, at, condition)


def _outputs(stack: Stack, document: Block) -> dict[str, Any]:
    found = {}
    for name, output in _section(document, "Outputs").items():
        if not isinstance(output, Block) or "Value" not in output:
            raise InvalidTemplateError(location_of(output, Location(stack.path)), f"output {name} needs a Value")
        condition = output.get("Condition")
        if condition is None or stack.condition(str(condition), output.location):
            found[name] = stack.intrinsics.evaluate(output["Value"])
    return found
