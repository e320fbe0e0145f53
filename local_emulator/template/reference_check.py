"""Checks the names that a template uses, as CloudFormation does before it deploys anything.

Every branch counts, also that of a Fn::If or a resource whose condition is false: a misspelt name is an error
there too. Faults that depend on values (an index out of range, an import) show only on evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from local_emulator.template.document import Block, InvalidTemplateError, Items, Location
from local_emulator.template.intrinsics import (
    CONDITION_FUNCTIONS,
    INTRINSICS,
    attribute_of,
    intrinsic_name,
    placeholders,
    substitution_of,
)
from local_emulator.template.return_values import ATTRIBUTES

EXTENSIONS = frozenset({"Fn::Length", "Fn::ToJsonString"})
"""Intrinsics that need the transform AWS::LanguageExtensions."""


class ReferenceChecker:
    """Checks names against what the template declares.

    `types` maps each resource to its type; `generated` matches the names of those that SAM adds;
    `extended` says whether the template names AWS::LanguageExtensions.
    """

    def __init__(
        self,
        parameters: Iterable[str],
        conditions: Iterable[str],
        types: dict[str, str],
        generated: re.Pattern[str],
        extended: bool = False,
    ) -> None:
        self._types = types
        self._parameters, self._conditions = set(parameters), set(conditions)
        self._generated, self._extended = generated, extended

    def check(self, value: Any) -> None:
        """Raises InvalidTemplateError at the first unknown name below `value`."""
        name = intrinsic_name(value)
        if name:
            self._check_intrinsic(name, value[name], value.location_of(name))
        elif isinstance(value, Block):
            for item in value.values():
                self.check(item)
        elif isinstance(value, Items):
            for item in value:
                self.check(item)

    def _check_intrinsic(self, name: str, argument: Any, at: Location) -> None:
        if name not in INTRINSICS and name not in CONDITION_FUNCTIONS:
            raise InvalidTemplateError(at, f"unknown intrinsic function {name}")
        if name in EXTENSIONS and not self._extended:
            raise InvalidTemplateError(at, f"{name} needs `Transform: AWS::LanguageExtensions`")
        if name == "Ref":
            return self.check_name(argument, at)
        if name == "Fn::GetAtt":
            return self._check_attribute(*attribute_of(argument, at), at)
        if name == "Fn::Sub":
            return self._check_substitution(argument, at)
        if name == "Fn::If" and isinstance(argument, Items) and argument:
            self.check_condition(argument[0], at)
        if name != "Fn::Transform":
            self.check(argument)

    def check_name(self, name: Any, at: Location) -> None:
        """Checks a name for Ref: parameter, resource or pseudo parameter (evaluation checks pseudo names)."""
        if not isinstance(name, str):
            raise InvalidTemplateError(at, "Ref and DependsOn need names")
        known = name.startswith("AWS::") or name in self._parameters or name in self._types
        if not known and not self._generated.fullmatch(name):
            raise InvalidTemplateError(at, f"{name} is no parameter and no resource of this template")

    def check_condition(self, name: Any, at: Location) -> None:
        if not isinstance(name, str) or name not in self._conditions:
            raise InvalidTemplateError(at, f"{name} is not one of the Conditions")

    def _check_attribute(self, name: str, attribute: Any, at: Location) -> None:
        if f"{name}.{attribute}" in self._types:
            return
        if name not in self._types and not self._generated.fullmatch(name):
            raise InvalidTemplateError(at, f"{name} is no resource of this template")
        known = ATTRIBUTES.get(self._types.get(name, ""))
        if known is not None and isinstance(attribute, str) and attribute not in known:
            has = ", ".join(known)
            raise InvalidTemplateError(at, f"{name}: {self._types[name]} has no attribute {attribute}; it has {has}")

    def _check_substitution(self, argument: Any, at: Location) -> None:
        template, variables = substitution_of(argument, at)
        self.check(variables)
        for kind, piece in placeholders(template):
            if kind == "name" and piece not in variables:
                head, dot, attribute = piece.partition(".")
                if dot:
                    self._check_attribute(head, attribute, at)
                else:
                    self.check_name(piece, at)


def check_document(references: ReferenceChecker, document: Block) -> None:
    """Checks Resources (with their Condition and DependsOn) and Outputs."""
    for section in ("Resources", "Outputs", "Globals"):
        entries = document.get(section)
        for entry in entries.values() if isinstance(entries, Block) else ():
            if isinstance(entry, Block):
                _check_entry(references, entry)


def _check_entry(references: ReferenceChecker, entry: Block) -> None:
    if "Condition" in entry:
        references.check_condition(entry["Condition"], entry.location_of("Condition"))
    needed = entry.get("DependsOn") or []
    for name in needed if isinstance(needed, list) else [needed]:
        references.check_name(name, entry.location_of("DependsOn"))
    for key, value in entry.items():
        if key not in ("Metadata", "Condition", "DependsOn"):
            references.check(value)
