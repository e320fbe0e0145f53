"""Builds a stack from the document of a template: its sections checked, its SAM resources lowered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_emulator.template.cdk_assets import with_asset
from local_emulator.template.document import Block, Document, InvalidTemplateError, Location, location_of
from local_emulator.template.intrinsics import REFUSED, intrinsic_name
from local_emulator.template.loops import without_loops
from local_emulator.template.parameters import looked_up_types, parameter_values
from local_emulator.template.property_check import ineffective_keys
from local_emulator.template.reference_check import ReferenceChecker, check_document
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.sam.globals import checked_globals, with_globals
from local_emulator.template.sam.lowering import PREFIX as SAM
from local_emulator.template.sam.lowering import dotted_names, generated_names, plain_resources
from local_emulator.template.stack import Stack, StackContext
from local_emulator.template.stack_group import StackGroup

SAM_TRANSFORM = "AWS::Serverless-2016-10-31"
SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
TRANSFORMS = (SAM_TRANSFORM, "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-2024-09-16")


def declared_stack(
    document: Document, given: Mapping[str, str], context: StackContext, group: StackGroup[Stack]
) -> Stack:
    """Returns the stack of a document, as a member of `group`. Raises InvalidTemplateError."""
    declared = _section(document, "Parameters")
    values = parameter_values(declared, dict(given))
    extended = "AWS::LanguageExtensions" in _transforms(document)
    document = without_loops(document, values) if extended else document
    for name in SECTIONS:
        _section(document, name)
    written = _declared_resources(document)
    plain = {made.logical_id: made for resource in written for made in plain_resources(resource)}
    aliases = {name: meant for resource in written for name, meant in dotted_names(resource).items()}
    generated, conditions = generated_names(written), _section(document, "Conditions")
    types = {name: plain[aliases.get(name, name)].type for name in (*plain, *aliases)}
    check_document(ReferenceChecker(declared, conditions, types, generated, extended), document)
    looked_up = {name: kind for name, kind in looked_up_types(declared).items() if name not in given}
    stack = Stack(context, document, values, plain, aliases, generated, looked_up, group)
    stack.written = written
    for text, at in document.notices:
        stack.notice(text, at)
    for at, text in ineffective_keys(document):
        stack.notice(text, at)
    for name in _macros(document):
        stack.notice(f"{name} is a macro that runs in AWS: what it would change is missing here", document.location)
    return stack


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
