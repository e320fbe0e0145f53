"""Reads the templates of stacks that are deployed together, and those that are nested in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from local_emulator.template.cdk_assets import asset_files
from local_emulator.template.coercion import as_text
from local_emulator.template.declarations import declared_stack
from local_emulator.template.document import Block, InvalidTemplateError, Location, load
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.stack import Stack, StackContext
from local_emulator.template.stack_group import StackGroup

MAX_NESTING = 10  # a template that nests itself would never end
MAX_STACKS = 200
TEMPLATE_PROPERTIES = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}


def read_stacks(
    templates: Mapping[str, Path],
    parameters: Mapping[str, str],
    context: StackContext,
    defaults: Mapping[str, str] | None = None,
) -> Stack:
    """Returns the stack of the first template, with the others and all nested stacks in its group.

    A parameter goes to each template that declares it. Raises InvalidTemplateError.
    """
    group: StackGroup[Stack] = StackGroup(context.stack_name, open_nested_stack)
    documents = {name: load(path) for name, path in templates.items()}
    declared = {name: _parameter_names(document) for name, document in documents.items()}
    all_names = set().union(*declared.values())
    left_out = sorted((defaults or {}).keys() - all_names)
    parameters = {name: value for name, value in (defaults or {}).items() if name in all_names} | dict(parameters)
    unknown = set(parameters).difference(*declared.values())
    stacks = []
    for name, document in documents.items():
        known = {key: value for key, value in parameters.items() if key in declared[name]}
        given = known if len(documents) > 1 else parameters  # the only template names what it lacks
        own = replace(context, stack_name=name, assets=asset_files(document.location.path))
        stacks.append(declared_stack(document, given, own, group))
    if unknown:
        path = stacks[0].path
        raise InvalidTemplateError(Location(path), f"no template has a parameter {', '.join(sorted(unknown))}")
    if left_out:
        text = f"samconfig gives parameters that no template has: {', '.join(left_out)}"
        stacks[0].notice(text, Location(stacks[0].path))
    _open_all(stacks[0])
    return stacks[0]


def _parameter_names(document: Block) -> set[str]:
    section = document.get("Parameters")
    return set(section) if isinstance(section, Block) else set()


def _open_all(stack: Stack) -> None:
    """Opens nested stacks until none is left; an opened one may hold others."""
    opened = 0
    while True:
        waiting = [one for one in stack.of_type(*TEMPLATE_PROPERTIES)]
        if len(waiting) == opened:
            return
        for resource in waiting[opened:]:
            stack.group.nested(resource)
        opened = len(waiting)


def open_nested_stack(parent: Stack, resource: DeclaredResource) -> Stack | None:
    """Returns the stack of a resource whose template is on this machine; None, and a notice, if it is not."""
    name = TEMPLATE_PROPERTIES[resource.type]
    own = parent.properties(resource)
    location = own.value(name)
    path = resource.location.path.parent / location if isinstance(location, str) and "://" not in location else None
    if path is None or not path.is_file():
        where = location if isinstance(location, str) else "a repository of applications"
        text = f"{resource.logical_id} ({resource.type}): its template is not on this machine ({where})"
        parent.notice(f"{text}, so what it declares is missing here", resource.location)
        return None
    depth = parent.context.depth + 1
    if depth > MAX_NESTING or len(parent.group.stacks) >= MAX_STACKS:
        limits = f"at most {MAX_STACKS} stacks, {MAX_NESTING} deep"
        raise InvalidTemplateError(resource.location, f"{resource.logical_id}: too many nested stacks; {limits}")
    context = replace(parent.context, stack_name=f"{parent.context.stack_name}-{resource.logical_id}", depth=depth)
    values = own.section("Parameters").evaluated()
    given = {key: _parameter(value) for key, value in values.items()}
    return declared_stack(load(path), given, context, parent.group)


def _parameter(value: Any) -> str:
    """Returns a value as a parameter: a list joined by commas (AWS::CloudFormation::Stack, Parameters)."""
    if isinstance(value, list):
        return ",".join(_parameter(item) for item in value)
    text = as_text(value)
    return "" if text is None else text
