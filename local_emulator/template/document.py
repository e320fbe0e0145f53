"""The text of a template as a tree that remembers its lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
MAX_BYTES = 1_000_000
"""CloudFormation takes a template of at most 1 MB (CloudFormation quotas)."""


class InvalidTemplateError(ValueError):
    """A template that cannot be run; its text is one line: file, line, what is wrong.

    `line` counts from 1; 0 means that no line is to blame (a file that is missing, a parameter not given).
    """

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(path, line, message)
        self.path, self.line, self.message = path, line, message

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.message}"


class Block(dict[str, Any]):
    """A mapping of the template, its line, and the line of each of its keys."""

    def __init__(
        self, items: Mapping[str, Any] | None = None, line: int = 0, lines: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(items or {})
        self.line = line
        self.lines = dict(lines or {})

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)

    def derive(self, items: Mapping[str, Any]) -> Block:
        """The same place in the template with other content."""
        return Block(items, self.line, self.lines)


class Items(list[Any]):
    """A list of the template, its line, and the line of each of its items."""

    def __init__(self, items: Iterable[Any] = (), line: int = 0, lines: Iterable[int] = ()) -> None:
        super().__init__(items)
        self.line = line
        self.lines = list(lines)

    def line_of(self, index: int) -> int:
        return self.lines[index] if index < len(self.lines) else self.line


def line_of(value: Any, otherwise: int = 0) -> int:
    """The line of a block or list; a scalar stands on the line that its holder knows."""
    return value.line or otherwise if isinstance(value, Block | Items) else otherwise


def load(path: Path) -> Block:
    """The template at `path`, YAML or JSON, as a tree of Block, Items and scalars.

    Short tags become what they abbreviate: `!Sub x` is `{"Fn::Sub": "x"}`. Raises InvalidTemplateError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidTemplateError(path, 0, f"cannot be read: {_reason(error)}") from error
    if len(text) > MAX_BYTES:
        raise InvalidTemplateError(path, 0, f"has {len(text)} characters; CloudFormation takes {MAX_BYTES}")
    return _parse(path, _as_yaml(text) if text.lstrip().startswith("{") else text)


def _as_yaml(json: str) -> str:
    """JSON may indent with tabs, and strings hold no raw one; it writes a character beyond U+FFFF as two escapes."""
    return SURROGATES.sub(_character, json.replace("\t", " "))


def _character(pair: re.Match[str]) -> str:
    return pair[1] + (chr(int(pair[2], 16)) + chr(int(pair[3], 16))).encode("utf-16", "surrogatepass").decode("utf-16")


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"


def _parse(path: Path, text: str) -> Block:
    try:
        tree = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidTemplateError(path, mark.line + 1 if mark else 0, f"is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise InvalidTemplateError(path, 0, f"is not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise InvalidTemplateError(path, 0, "is nested too deeply") from error
    if not isinstance(tree, Block):
        raise InvalidTemplateError(path, 1, "is not a template: it must be a mapping with Resources")
    return tree


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader, in C where it is there, that keeps lines and knows CloudFormation's tags."""


# CloudFormation has no dates: `Version: 2012-10-17` and `AWSTemplateFormatVersion: 2010-09-09` are strings.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _block(loader: Any, node: yaml.MappingNode) -> Block:
    _refuse_doubles(node)
    loader.flatten_mapping(node)  # `<<`: what is merged comes first, so that the block's own keys win
    block = Block(line=_line(node))
    for key_node, value_node in node.value:
        block[key_node.value] = loader.construct_object(value_node, deep=True)
        block.lines[key_node.value] = _line(key_node)
    return block


def _refuse_doubles(node: yaml.MappingNode) -> None:
    """A key given twice would silently lose its first value."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be text", key.start_mark)
        if key.value in lines and key.value != "<<":
            message = f"{key.value} is given twice, first on line {lines[key.value]}"
            raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
        lines[key.value] = _line(key)


def _items(loader: Any, node: yaml.SequenceNode) -> Items:
    items = (loader.construct_object(child, deep=True) for child in node.value)
    return Items(items, _line(node), (_line(child) for child in node.value))


def _intrinsic(loader: Any, suffix: str, node: yaml.Node) -> Block:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    return Block({name: _argument(loader, node)}, _line(node), {name: _line(node)})


def _argument(loader: Any, node: yaml.Node) -> Any:
    construct: dict[type, Callable[[Any, Any], Any]] = {
        yaml.MappingNode: _block,
        yaml.SequenceNode: _items,
        yaml.ScalarNode: lambda loader, node: loader.construct_scalar(node),
    }
    return construct[type(node)](loader, node)


_Loader.add_constructor("tag:yaml.org,2002:map", _block)
_Loader.add_constructor("tag:yaml.org,2002:seq", _items)
_Loader.add_multi_constructor("!", _intrinsic)
