"""Computes the parameter values of a template from its declarations and the given values."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping

from local_emulator.template.coercion import as_number, as_text
from local_emulator.template.document import Block, InvalidTemplateError, Location, location_of

Value = str | tuple[str, ...]
BOUNDS = {"MinLength", "MaxLength", "MinValue", "MaxValue"}


# Version 1 of the CDK passes places of assets as parameters; `||` divides a key. The code is found by its metadata.
LEGACY_ASSET = re.compile(r"AssetParameters[0-9a-f]{64}(?:S3Bucket|S3VersionKey|ArtifactHash)[0-9A-F]{8}")


def parameter_values(declared: Block, given: Mapping[str, str]) -> dict[str, Value]:
    """Returns the value of every declared parameter: text, or a tuple of texts for a list type.

    Raises InvalidTemplateError for a value outside its constraints, a missing value and an undeclared parameter.
    """
    unknown = sorted(set(given) - set(declared))
    if unknown:
        known = ", ".join(sorted(declared)) or "none"
        raise InvalidTemplateError(
            Location(declared.location.path), f"has no parameter {', '.join(unknown)}; it has {known}"
        )
    given = {name: "||" for name in declared if LEGACY_ASSET.fullmatch(name)} | dict(given)
    missing = [name for name in declared if name not in given and "Default" not in _spec(declared, name)]
    if missing:
        raise InvalidTemplateError(
            declared.location_of(missing[0]),
            f"parameters without a Default need a value: {', '.join(missing)} (such as --parameter {missing[0]}=VALUE)",
        )
    return {name: _value(name, _spec(declared, name), given.get(name)) for name in declared}


def looked_up_types(declared: Block) -> dict[str, str]:
    """Returns the types, by name, of the parameters that AWS looks up in Parameter Store."""
    types = {name: str(spec.get("Type")) for name, spec in declared.items() if isinstance(spec, Block)}
    return {name: kind for name, kind in types.items() if kind.startswith("AWS::SSM::Parameter::Value")}


def _spec(declared: Block, name: str) -> Block:
    spec = declared[name]
    if not isinstance(spec, Block) or not isinstance(spec.get("Type"), str):
        raise InvalidTemplateError(
            location_of(spec, Location(declared.location.path)), f"parameter {name} must be a mapping with a Type"
        )
    for bound in BOUNDS & set(spec):
        if as_number(spec[bound]) is None:
            raise InvalidTemplateError(spec.location_of(bound), f"parameter {name}: {bound} must be a number")
    if not isinstance(spec.get("AllowedValues", []), list):
        raise InvalidTemplateError(spec.location_of("AllowedValues"), f"parameter {name}: AllowedValues must be a list")
    return spec


def _value(name: str, spec: Block, given: str | None) -> Value:
    text = as_text(spec["Default"] if given is None else given)
    if text is None:
        raise InvalidTemplateError(spec.location_of("Default"), f"the Default of parameter {name} must be text")
    kind = spec["Type"]
    # Lists are split at commas, blanks around each item are trimmed (CloudFormation, Parameters).
    many = kind == "CommaDelimitedList" or "List<" in kind
    items = tuple(item.strip() for item in text.split(",")) if many else (text,)
    for item in items:
        reason = _violation(spec, item, kind)
        if reason:
            raise InvalidTemplateError(spec.location, f"parameter {name}: {item!r} {reason}")
    return items if many else text


def _violation(spec: Block, text: str, kind: str) -> str | None:
    """Returns the reason why a value is not allowed, or None. The constraints are those of CloudFormation."""
    allowed = [as_text(value) for value in spec.get("AllowedValues") or []]
    if allowed and text not in allowed:
        return f"is not one of {', '.join(str(value) for value in allowed)}"
    if spec.get("AllowedPattern") and not _is_match(str(spec["AllowedPattern"]), text):
        return str(spec.get("ConstraintDescription") or f"does not match {spec['AllowedPattern']}")
    if kind in ("Number", "List<Number>"):
        return _number_violation(spec, text)
    if kind == "String" and not _is_within(spec, "MinLength", "MaxLength", len(text)):
        return f"has {len(text)} characters; allowed are {_range(spec, 'MinLength', 'MaxLength')}"
    return None


def _number_violation(spec: Block, text: str) -> str | None:
    number = as_number(text)
    if number is None:
        return "is not a number"
    if not _is_within(spec, "MinValue", "MaxValue", number):
        return f"is outside {_range(spec, 'MinValue', 'MaxValue')}"
    return None


def _is_match(pattern: str, text: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            return re.fullmatch(pattern, text) is not None
    except re.error:  # a pattern in Java's dialect that Python cannot read; AWS judges it at deployment
        return True


def _is_within(spec: Block, low: str, high: str, number: float) -> bool:
    least, most = (as_number(spec.get(bound)) for bound in (low, high))
    return (least is None or number >= least) and (most is None or number <= most)


def _range(spec: Block, low: str, high: str) -> str:
    return f"{spec.get(low, '…')} to {spec.get(high, '…')}"
