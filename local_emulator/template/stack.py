"""Holds a template with its parameters applied and evaluates its names."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_emulator.template.document import Block, InvalidTemplateError, Items, Location, location_of
from local_emulator.template.intrinsics import Intrinsics
from local_emulator.template.parameters import Value
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import attribute_of, reference_to
from local_emulator.template.secrets import resolve_dynamic_references
from local_emulator.template.stack_group import StackGroup

IMPLICIT = {"ServerlessRestApi": "AWS::Serverless::Api", "ServerlessHttpApi": "AWS::Serverless::HttpApi"}
"""The APIs that SAM adds for events of functions."""
NESTING = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
OUTPUTS = "Outputs."


@dataclass(frozen=True)
class StackContext:
    """The values of the pseudo parameters, and the exports of other stacks by name.

    `sqs_url` begins the URLs of queues; None for AWS's own. `code` are folders or zip archives that replace the code
    of functions and layers, by logical id. `assets` are files by their key in a bucket: the path, and the folder that
    it is relative to. `api_ids` are the ids of APIs, by logical id. `depth` counts the stacks round a nested one.
    `allowed_hosts` are hosts beside this machine that HTTP integrations may call.
    """

    region: str
    account_id: str
    stack_name: str
    exports: Mapping[str, str] = field(default_factory=dict)
    sqs_url: str | None = None
    code: Mapping[str, Path] = field(default_factory=dict)
    api_ids: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: tuple[str, ...] = ()
    assets: Mapping[str, tuple[str, Path]] = field(default_factory=dict)
    depth: int = 0


class Stack:
    """The resources, conditions and mappings of one template, with the meanings of its names.

    `resources` are plain (SAM already lowered). `aliases` are names with a dot that mean one of them.
    `generated` matches the names of resources that SAM adds and the emulator ignores.
    `written` are the resources as the template has them, SAM's too.
    `looked_up` are the types of parameters that AWS looks up in Parameter Store.
    `notices` collects sentences on declared but unemulated parts. Methods raise InvalidTemplateError.
    """

    def __init__(
        self,
        context: StackContext,
        document: Block,
        parameters: dict[str, Value],
        resources: dict[str, DeclaredResource],
        aliases: dict[str, str],
        generated: re.Pattern[str],
        looked_up: Mapping[str, str],
        group: StackGroup[Stack],
    ) -> None:
        self.path, self.context, self.group = document.location.path, context, group
        self.region, self.account_id, self.name = context.region, context.account_id, group.name
        self.parameters, self._own = parameters, group.add(self, context.stack_name, resources)
        self.sqs_url = context.sqs_url or f"https://sqs.{self.region}.{self.url_suffix}"
        self.intrinsics = Intrinsics(self)
        self._aliases, self._generated, self._looked_up = aliases, generated, looked_up
        self._conditions: Block = document.get("Conditions") or Block({}, document.location)
        self._mappings = document.get("Mappings")
        self._outputs: Block = document.get("Outputs") or Block({}, document.location)
        self._condition_values: dict[str, bool] = {}
        self._evaluating: list[str] = []
        self._tolerant = False
        self.written: list[DeclaredResource] = []

    @property
    def resources(self) -> dict[str, DeclaredResource]:
        """The resources of all stacks that are deployed together."""
        return self.group.resources

    @property
    def notices(self) -> list[str]:
        return self.group.notices

    @property
    def partition(self) -> str:
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((name for prefix, name in prefixes.items() if self.region.startswith(prefix)), "aws")

    @property
    def url_suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str, regional: bool = True) -> str:
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"

    def api_id(self, logical_id: str) -> str | None:
        """Returns the id that an option gives an API, because handlers have it in their code."""
        return self.context.api_ids.get(logical_id)

    def tolerant(self) -> Stack:
        """Returns the same stack where a name may also mean a resource whose condition is false."""
        other = copy.copy(self)
        other._tolerant = True
        other.intrinsics = Intrinsics(other)
        return other

    def notice(self, text: str, at: Location) -> None:
        """Keeps a sentence on a part that is not emulated, with the file and line of that part."""
        if (sentence := f"{at}: {text}") not in self.notices:
            self.notices.append(sentence)

    def properties(self, resource: DeclaredResource) -> Properties:
        """Returns the properties of a resource of any stack, evaluated with the names of its own."""
        owner = self.group.owners.get(resource.logical_id, self)
        owner = owner.tolerant() if self._tolerant and not owner._tolerant else owner
        return Properties(owner.intrinsics, resource.logical_id, resource.properties)

    def is_deployed(self, resource: DeclaredResource) -> bool:
        owner = self.group.owners.get(resource.logical_id, self)
        return resource.condition is None or owner.condition(resource.condition, resource.location)

    def of_type(self, *types: str, existing: bool = True) -> Iterator[DeclaredResource]:
        """Yields the deployed resources of these types in the template's order; all of them if not `existing`."""
        for resource in self.resources.values():
            if resource.type in types and (not existing or self._tolerant or self.is_deployed(resource)):
                yield resource

    def reference(self, name: str, at: Location) -> Any:
        if name.startswith("AWS::"):
            return self._pseudo(name, at)
        if name in self.parameters:
            return self._parameter(name, at)
        return self._about(name, "", at)

    def _parameter(self, name: str, at: Location) -> Any:
        if name in self._looked_up:
            kind = f"parameter {name} is a {self._looked_up[name]}"
            text = "Parameter Store is not read, its text is used as it stands; --parameter changes it"
            self.notice(f"{kind}: {text}", at)
        value = self.parameters[name]
        return value if isinstance(value, str) else Items(value, at)

    def attribute(self, name: str, attribute: str, at: Location) -> Any:
        alias = f"{name}.{attribute}"
        return self._about(alias, "", at) if alias in self._aliases else self._about(name, attribute, at)

    def _about(self, name: str, attribute: str, at: Location) -> str:
        resource = self._own.get(self._aliases.get(name, name))
        if resource is None and self._generated.fullmatch(name):
            resource = DeclaredResource(name, IMPLICIT.get(name, "made by SAM"), Block({}, at), at)
        if resource is None:
            raise InvalidTemplateError(at, f"{name} is no parameter and no resource of this template")
        if not self._tolerant and not self.is_deployed(resource):
            raise InvalidTemplateError(at, f"{name} does not exist: its condition {resource.condition} is false")
        if attribute.startswith(OUTPUTS) and resource.type in NESTING and (nested := self.group.nested(resource)):
            return str(nested.output(attribute.removeprefix(OUTPUTS), at))
        key = f"{name}.{attribute}"
        if key in self._evaluating:
            raise InvalidTemplateError(at, f"{name} refers to itself through {' → '.join([*self._evaluating, key])}")
        self._evaluating.append(key)
        try:
            value = attribute_of(self, resource, attribute) if attribute else reference_to(self, resource)
        finally:
            self._evaluating.pop()
        if value is None:
            raise InvalidTemplateError(at, f"{name}: {resource.type} has no attribute {attribute}")
        return value

    def _pseudo(self, name: str, at: Location) -> Any:
        values = {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account_id,
            "AWS::StackName": self.context.stack_name,
            "AWS::StackId": self.arn("cloudformation", f"stack/{self.context.stack_name}/local"),
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": self.url_suffix,
            "AWS::NotificationARNs": [],
        }
        if name not in values:
            raise InvalidTemplateError(at, f"unknown pseudo parameter {name}")
        return values[name]

    def condition(self, name: str, at: Location) -> bool:
        if name not in self._conditions:
            raise InvalidTemplateError(at, f"{name} is not one of the Conditions")
        if name not in self._condition_values:
            key = f"condition {name}"
            if key in self._evaluating:
                raise InvalidTemplateError(at, f"{key} refers to itself")
            self._evaluating.append(key)
            try:
                self._condition_values[name] = self.intrinsics.is_true(
                    self._conditions[name], self._conditions.location_of(name)
                )
            finally:
                self._evaluating.pop()
        return self._condition_values[name]

    def mapped(self, name: str, first: str, second: str, at: Location) -> Any:
        found: Any = self._mappings
        for key in (name, first, second):
            if not isinstance(found, Block) or key not in found:
                raise InvalidTemplateError(at, f"Fn::FindInMap: no {key} in Mappings for {name}.{first}.{second}")
            found = found[key]
        return found

    def imported(self, name: str, at: Location) -> str:
        if name in self.context.exports:
            return self.context.exports[name]
        value = self.group.exported(name, at)
        if value is None:
            text = f"Fn::ImportValue: {name} is exported by another stack"
            raise InvalidTemplateError(at, f"{text}; give its template with --template, or --import {name}=…")
        return value

    def exported(self, name: str) -> str | None:
        """Returns the value of an export of this stack; None if there is no such export."""
        for block in self._outputs.values():
            export = block.get("Export") if isinstance(block, Block) else None
            if isinstance(export, Block) and self._has_output(block):
                at = export.location_of("Name")
                if self.intrinsics.text(export.get("Name"), at) == name:
                    return self.intrinsics.text(block.get("Value"), at)
        return None

    def output(self, name: str, at: Location) -> Any:
        """Returns the value of an output. Raises InvalidTemplateError if the stack does not have it."""
        block = self._outputs.get(name)
        if block is None:
            raise InvalidTemplateError(at, f"{self.path} has no output {name}")
        if not isinstance(block, Block) or "Value" not in block:
            raise InvalidTemplateError(location_of(block, Location(self.path)), f"output {name} needs a Value")
        return self.intrinsics.evaluate(block["Value"])

    def all_outputs(self) -> dict[str, Any]:
        """Returns the outputs of all stacks that are deployed together; the first stack's come before the others."""
        found: dict[str, Any] = {}
        for stack in reversed(self.group.stacks):
            names = [name for name, block in stack._outputs.items() if stack._has_output(block)]
            found |= {name: stack.output(name, stack._outputs.location_of(name)) for name in names}
        return found

    def _has_output(self, block: Any) -> bool:
        condition = block.get("Condition") if isinstance(block, Block) else None
        return condition is None or self.condition(str(condition), block.location)

    def zones(self, region: str) -> list[str]:
        """Availability zones a to c: how many a region has, only AWS knows."""
        return [f"{region or self.region}{letter}" for letter in "abc"]

    def resolve_dynamic(self, text: str, at: Location) -> str:
        """Returns the text with those dynamic references resolved whose values the template holds."""
        return resolve_dynamic_references(self, text, at) if "{{resolve:" in text else text
