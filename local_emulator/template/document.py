"""Parses the text of a template into a tree whose nodes know their file and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
MERGE = "tag:yaml.org,2002:merge"
MAX_BYTES = 1_000_000
"""Maximum size of a template (CloudFormation quotas: 1 MB)."""

MAX_NODES = 600_000
"""Maximum number of values with aliases written out. Without aliases, MAX_BYTES hold half a million at most."""


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a template's file, counted from 1.

    Line 0 is the file as a whole: the file is missing, or a parameter is not given.
    """

    path: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class InvalidTemplateError(ValueError):
    """A template that cannot run. Its text is one line: file, line, fault."""

    def __init__(self, location: Location, message: str) -> None:
        super().__init__(location, message)
        self.location, self.message = location, message

    def __str__(self) -> str:
        return f"{self.location}: {self.message}"


class Block(dict[str, Any]):
    """A mapping of the template, with its location and those of its keys."""

    def __init__(
        self, items: Mapping[str, Any], location: Location, locations: Mapping[str, Location] | None = None
    ) -> None:
        super().__init__(items)
        self.location = location
        self.locations = dict(locations or {})

    def location_of(self, key: str) -> Location:
        return self.locations.get(key, self.location)

    def derive(self, items: Mapping[str, Any]) -> Block:
        """Returns a block of the same location with other content."""
        return Block(items, self.location, self.locations)


class Items(list[Any]):
    """A list of the template, with its location and those of its items."""

    def __init__(self, items: Iterable[Any], location: Location, locations: Iterable[Location] = ()) -> None:
        super().__init__(items)
        self.location = location
        self.locations = list(locations)

    def location_of(self, index: int) -> Location:
        return self.locations[index] if index < len(self.locations) else self.location


class Document(Block):
    """A whole template; `notices` are sentences on what it holds, each with the line that it is about."""

    notices: tuple[tuple[str, Location], ...] = ()


def location_of(value: Any, otherwise: Location) -> Location:
    """Returns the location of a block or list; for a scalar, which has none, `otherwise`."""
    return value.location if isinstance(value, Block | Items) else otherwise


def load(path: Path) -> Document:
    """Returns the template at `path`, YAML or JSON, as a tree of Block, Items and scalars.

    Short tags become the functions that they abbreviate: `!Sub x` is `{"Fn::Sub": "x"}`.
    Raises InvalidTemplateError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidTemplateError(Location(path), f"cannot be read: {_reason(error)}") from error
    if len(text) > MAX_BYTES:
        message = f"has {len(text)} characters; CloudFormation takes {MAX_BYTES}"
        raise InvalidTemplateError(Location(path), message)
    return _parse(path, _as_yaml(text) if text.lstrip().startswith("{") else text)


def _as_yaml(json: str) -> str:
    """Returns JSON as YAML that PyYAML reads.

    JSON may indent with tabs, and writes a character beyond U+FFFF as two escapes. Its strings hold no raw tab.
    """
    return SURROGATES.sub(_character, json.replace("\t", " "))


def _character(pair: re.Match[str]) -> str:
    return pair[1] + (chr(int(pair[2], 16)) + chr(int(pair[3], 16))).encode("utf-16", "surrogatepass").decode("utf-16")


def _reason(error: OSError | UnicodeDecodeError) -> str:
    hint = "; --template names another" if isinstance(error, FileNotFoundError) else ""
    return f"{error.strerror or error}{hint}" if isinstance(error, OSError) else "it is not UTF-8 text"


def _parse(path: Path, text: str) -> Document:
    loader = _Loader(text, path)
    try:
        root = loader.get_single_node()
        if root is not None:
            _check_size(path, root)
        tree = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InvalidTemplateError(
            Location(path, mark.line + 1 if mark else 0), f"is not YAML: {error.problem}"
        ) from error
    except yaml.YAMLError as error:
        raise InvalidTemplateError(Location(path), f"is not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise InvalidTemplateError(Location(path), "is nested too deeply") from error
    if not isinstance(tree, Block):
        raise InvalidTemplateError(Location(path, 1), "is not a template: it must be a mapping with Resources")
    document = Document(tree, tree.location, tree.locations)
    document.notices = tuple(loader.notices)
    return document


def _check_size(path: Path, root: yaml.Node) -> None:
    """Raises InvalidTemplateError if aliases (`*name`) multiply the values beyond MAX_NODES."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            sizes[id(node)] = 0  # if it is inside itself, which the loader refuses
            sizes[id(node)] = 1 + sum(map(size, _children(node)))
        if sizes[id(node)] > MAX_NODES:
            message = f"has more than {MAX_NODES} values once its YAML aliases are written out"
            raise InvalidTemplateError(Location(path, _line(node)), message)
        return sizes[id(node)]

    size(root)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


Pair = tuple[yaml.ScalarNode, yaml.Node]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader, in C where available, that keeps locations and knows CloudFormation's tags."""

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self._path = path
        self.notices: list[tuple[str, Location]] = []

    def location(self, node: yaml.Node) -> Location:
        return Location(self._path, _line(node))

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Puts merged pairs (`<<`) before a block's own. Raises ConstructorError for what cannot be merged.

        The block's own keys win, then those of the earlier mapping (yaml.org/type/merge.html). PyYAML 6.0.4 differs.
        """
        own = [pair for pair in _pairs(node) if pair[0].tag != MERGE]
        merges = [value for key, value in node.value if key.tag == MERGE]
        node.value = own  # so that a block that merges itself ends
        merged: dict[str, Pair] = {}
        for value in merges:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(source, yaml.MappingNode):
                    raise yaml.constructor.ConstructorError(
                        None, None, "only mappings can be merged", source.start_mark
                    )
                self.flatten_mapping(source)
                merged = {key.value: (key, value) for key, value in source.value} | merged
        names = {key.value for key, _ in own}
        node.value = [pair for name, pair in merged.items() if name not in names] + own


# CloudFormation has no dates: `Version: 2012-10-17` and `AWSTemplateFormatVersion: 2010-09-09` are strings.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _pairs(node: yaml.MappingNode) -> list[Pair]:
    """Returns keys and values. Raises ConstructorError for a key that is no text."""
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be text", key.start_mark)
    return list(node.value)


def _block(loader: _Loader, node: yaml.MappingNode) -> Block:
    _notice_duplicates(loader, node)
    loader.flatten_mapping(node)
    block = Block({}, loader.location(node))
    for key_node, value_node in node.value:
        block[key_node.value] = loader.construct_object(value_node, deep=True)
        block.locations[key_node.value] = loader.location(key_node)
    return block


def _notice_duplicates(loader: _Loader, node: yaml.MappingNode) -> None:
    """Notices keys that are given twice. The last one holds, as in CloudFormation (reported: aws/aws-sam-cli#4127)."""
    lines: dict[str, int] = {}
    for key, _ in _pairs(node):
        if key.value in lines and key.value != "<<":
            message = f"{key.value} is given twice, first on line {lines[key.value]}; the last one holds"
            loader.notices.append((message, loader.location(key)))
        lines[key.value] = _line(key)


def _items(loader: _Loader, node: yaml.SequenceNode) -> Items:
    items = (loader.construct_object(child, deep=True) for child in node.value)
    return Items(items, loader.location(node), map(loader.location, node.value))


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> Block:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    return Block({name: _argument(loader, node)}, loader.location(node))


def _argument(loader: _Loader, node: yaml.Node) -> Any:
    construct: dict[type, Callable[[Any, Any], Any]] = {
        yaml.MappingNode: _block,
        yaml.SequenceNode: _items,
        yaml.ScalarNode: lambda loader, node: loader.construct_scalar(node),
    }
    return construct[type(node)](loader, node)


_Loader.add_constructor("tag:yaml.org,2002:map", _block)
_Loader.add_constructor("tag:yaml.org,2002:seq", _items)
_Loader.add_multi_constructor("!", _intrinsic)
