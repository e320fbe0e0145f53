"""The input of a target, which EventBridge sends in place of the event: Input, InputPath or InputTransformer. Pure.

Source: EventBridge User Guide, eb-transform-target-input; recorded answers of AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.event_patterns.json_path import MISSING, InvalidPathError, parse_path, value_at

MAX_VARIABLES = 100
PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
RULE_ARN, RULE_NAME = "aws.events.rule-arn", "aws.events.rule-name"
EVENT, EVENT_JSON, INGESTION_TIME = "aws.events.event", "aws.events.event.json", "aws.events.event.ingestion-time"
RESERVED = (RULE_ARN, RULE_NAME, EVENT, EVENT_JSON, INGESTION_TIME)


class InvalidTargetError(ValueError):
    """EventBridge refuses a target; the text is its reason."""


@dataclass(frozen=True, slots=True)
class InputTransformer:
    """A template with `<variables>`, and pairs of a variable and its path in the event."""

    template: str
    paths: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TargetInput:
    """The payload that a rule has for one target: a constant, a part of the event, a template, or the event itself."""

    constant: str | None = None
    path: str | None = None
    transformer: InputTransformer | None = None

    def payload(self, event: Mapping[str, Any], rule_name: str, rule_arn: str, ingested: str) -> str | None:
        """Returns the text that the target gets; None if the template makes bad JSON: AWS then sends nothing."""
        if self.constant is not None:
            return self.constant
        if self.path is not None:
            found = value_at(event, self.path)
            return None if found is MISSING else json.dumps(found)
        if self.transformer is None:
            return json.dumps(event)
        values = {name: value_at(event, path) for name, path in self.transformer.paths} | _reserved_values(
            event, rule_name, rule_arn, ingested
        )
        return rendered(self.transformer.template, values.__getitem__)


def read_target_input(target_id: str, given: Mapping[str, Any]) -> TargetInput:
    """Returns the input of a target as PutTargets has it. Raises InvalidTargetError."""
    names = [name for name in ("Input", "InputPath", "InputTransformer") if given.get(name) is not None]
    if len(names) > 1:
        raise InvalidTargetError(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target_id}."
        )
    if "InputTransformer" in names:
        return TargetInput(transformer=_transformer(target_id, given["InputTransformer"]))
    if "InputPath" in names:
        _check_path(target_id, "InputPath", given["InputPath"])
        return TargetInput(path=str(given["InputPath"]))
    constant = given.get("Input")
    if constant is not None and not (isinstance(constant, str) and is_json(constant)):
        raise InvalidTargetError(f"Input for target {target_id} is not valid JSON text.")
    return TargetInput(constant=constant)


def rendered(template: str, value_of: Callable[[str], Any]) -> str | None:
    """Returns the template with its placeholders replaced, None if it is JSON and the result is not.

    Recorded: a template that begins with a brace is JSON, one in quotes is text. A text as a value of JSON gets
    quotes; quotes and line breaks in values are not escaped. In a text, an object loses its quotes.
    """
    is_text = template.lstrip().startswith('"')
    pieces, end, quoted = [], 0, False
    for found in PLACEHOLDER.finditer(template):
        before = template[end : found.start()]
        quoted ^= _toggles(before)
        pieces += [before, _written(value_of(found[1]), quoted, is_text)]
        end = found.end()
    result = "".join([*pieces, template[end:]])
    return result if is_text or is_json(result) else None


def _toggles(text: str) -> bool:
    """Returns True if the text opens or closes a text of JSON."""
    return re.sub(r"\\.", "", text, flags=re.DOTALL).count('"') % 2 == 1


def _written(value: Any, quoted: bool, is_text: bool) -> str:
    if value is MISSING:
        return "" if quoted else '""'
    if isinstance(value, str):
        return value if quoted else f'"{value}"'
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace('"', "") if quoted and is_text else text


def _transformer(target_id: str, given: Any) -> InputTransformer:
    given = given if isinstance(given, Mapping) else {}
    paths, template = given.get("InputPathsMap") or {}, given.get("InputTemplate")
    if not isinstance(template, str) or not template:
        raise InvalidTargetError(f"InputTransformer for target {target_id} needs an InputTemplate.")
    if not isinstance(paths, Mapping):
        raise InvalidTargetError(f"InputPathsMap for target {target_id} must be a mapping.")
    if len(paths) > MAX_VARIABLES:
        raise InvalidTargetError(f"InputPathsMap for target {target_id} has more than {MAX_VARIABLES} entries.")
    for path in paths.values():
        _check_path(target_id, "InputPathsMap", path)
    for name in PLACEHOLDER.findall(template):
        if name not in paths and name not in RESERVED:
            raise InvalidTargetError(f"InputTemplate for target {target_id} contains invalid placeholder {name}.")
    return InputTransformer(template, tuple((name, str(path)) for name, path in paths.items()))


def _check_path(target_id: str, name: str, path: Any) -> None:
    try:
        parse_path(str(path))
    except InvalidPathError as problem:
        raise InvalidTargetError(f"{name} for target {target_id} contains an invalid path: {problem}.") from None


def _reserved_values(event: Mapping[str, Any], rule_name: str, rule_arn: str, ingested: str) -> dict[str, Any]:
    """Recorded: the event without `.json` lacks its detail, and has `detailType`."""
    bare = {key: value for key, value in event.items() if key not in ("detail", "detail-type")}
    return {
        RULE_NAME: rule_name,
        RULE_ARN: rule_arn,
        INGESTION_TIME: ingested,
        EVENT: bare | {"detailType": event.get("detail-type")},
        EVENT_JSON: dict(event),
    }


def is_json(text: str) -> bool:
    """Returns True for JSON text that is not nested too deeply to read."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
