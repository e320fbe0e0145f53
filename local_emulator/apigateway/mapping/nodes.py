"""The nodes of a parsed mapping template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a boolean or a text that has nothing to fill in."""

    value: Any


@dataclass(frozen=True, slots=True)
class Interpolation:
    """A text in double quotes with references or directives."""

    block: Block


@dataclass(frozen=True, slots=True)
class ListItems:
    """The list `[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapEntries:
    """The map `{"a": b}`."""

    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Range:
    """`[a..b]`, both ends included, also downwards."""

    first: Expression
    last: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    """A binary operation; `operator` is its sign, such as `&&` for `and`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Not:
    """The negation `!a`."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Property:
    """The property `.name`."""

    name: str


@dataclass(frozen=True, slots=True)
class MethodCall:
    """The call `.name(arguments)`."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """The index `[key]`."""

    key: Expression


Step = Property | MethodCall | Index


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name`, `$!name` or `${name}`, with its steps; `line` counts from 1."""

    name: str
    steps: tuple[Step, ...]
    line: int

    @property
    def ends_in_property(self) -> bool:
        return bool(self.steps) and isinstance(self.steps[-1], Property)


Expression = Constant | Interpolation | ListItems | MapEntries | Range | Operation | Not | Reference


@dataclass(frozen=True, slots=True)
class Text:
    """Text that is written as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """The directive `#set($target = value)`."""

    target: Reference
    value: Expression


@dataclass(frozen=True, slots=True)
class Choice:
    """`#if`, `#elseif` and `#else`; the condition of `#else` is None."""

    branches: tuple[tuple[Expression | None, Block], ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """The directive `#foreach($name in items)`."""

    name: str
    items: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class Definition:
    """`#define($name)`: a block that is rendered wherever the name is read."""

    name: str
    body: Block


@dataclass(frozen=True, slots=True)
class Stop:
    """The directive `#stop`."""


@dataclass(frozen=True, slots=True)
class Break:
    """The directive `#break`."""


Node = Text | Reference | Assignment | Choice | Loop | Definition | Stop | Break
Block = tuple[Node, ...]
