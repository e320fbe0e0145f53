"""Evaluates the nodes of a mapping template.

API Gateway behaves as Velocity 1.7 with one change: what has no value is the empty string, wherever it is read
(recorded; ADR 92).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local_emulator.apigateway.mapping import operations
from local_emulator.apigateway.mapping.budget import MAX_CHARACTERS, Budget
from local_emulator.apigateway.mapping.errors import MappingError, MappingLimitError
from local_emulator.apigateway.mapping.input import InputObject
from local_emulator.apigateway.mapping.java_text import JavaSet
from local_emulator.apigateway.mapping.methods import MIN_INT, call, is_key, map_key
from local_emulator.apigateway.mapping.nodes import (
    Assignment,
    Block,
    Break,
    Choice,
    Constant,
    Definition,
    Expression,
    Index,
    Interpolation,
    ListItems,
    Loop,
    MapEntries,
    MethodCall,
    Node,
    Not,
    Operation,
    Property,
    Range,
    Reference,
    Step,
    Stop,
    Text,
)

MAX_ITEMS = 10_000
"""Maximum number of items of a range."""
MAX_BLOCKS = 20
"""Maximum depth of blocks of #define that read each other."""


class _StopError(Exception):
    """#stop ends the rendering."""


class _BreakError(Exception):
    """#break ends the innermost loop."""


@dataclass(slots=True)
class _LoopState:
    """`$foreach`."""

    count: int
    size: int
    parent: _LoopState | None

    def value(self, name: str) -> Any:
        values = {
            "count": self.count,
            "index": self.count - 1,
            "hasNext": self.count < self.size,
            "first": self.count == 1,
            "last": self.count == self.size,
            "parent": self.parent,
        }
        return values.get(name)


@dataclass(frozen=True, slots=True)
class _Defined:
    """The value of a name of #define."""

    body: Block


@dataclass
class Evaluator:
    """Renders one template once; `names` are its variables."""

    names: dict[str, Any]
    budget: Budget = field(default_factory=Budget)
    _pieces: list[str] = field(default_factory=list)
    _size: int = 0
    _blocks: int = 0
    _stopped: bool = False

    def rendered(self, block: Block) -> str:
        """Returns the text of a template. Raises MappingError."""
        try:
            self._render(block)
        except (_StopError, _BreakError):
            pass
        except RecursionError:
            raise MappingLimitError("its values are nested too deeply") from None
        return "".join(self._pieces)

    def _render(self, block: Block) -> None:
        for node in block:
            self.budget.spend()
            self._render_node(node)
            if self._stopped:
                raise _StopError

    def _render_node(self, node: Node) -> None:
        match node:
            case Text():
                self._write(node.text)
            case Reference():
                self._write(self._text_of(self._value(node)))
            case Assignment():
                self._assign(node.target, self._value(node.value))
            case Choice():
                self._choose(node)
            case Loop():
                self._loop(node)
            case Definition():
                self.names[node.name] = _Defined(node.body)
            case Stop():
                raise _StopError
            case Break():
                raise _BreakError

    def _write(self, text: str) -> None:
        self._size += len(text)
        if self._size > MAX_CHARACTERS:
            raise MappingLimitError(f"it writes more than {MAX_CHARACTERS} characters")
        self._pieces.append(text)

    def _choose(self, node: Choice) -> None:
        for condition, block in node.branches:
            if condition is None or self._is_true(condition):
                self._render(block)
                return

    def _loop(self, node: Loop) -> None:
        source = self._value(node.items)
        items = _items(source)
        names = (node.name, "foreach", "velocityCount", "velocityHasNext")
        before = {name: self.names[name] for name in names if name in self.names}
        parent = before.get("foreach")
        state = _LoopState(0, len(items), parent if isinstance(parent, _LoopState) else None)
        try:
            for item in items:
                _check_unchanged(source, len(items))
                self._iterate(node, names, state, item)
            if isinstance(source, list) and len(source) > len(items):
                _check_unchanged(source, len(items))
        except _BreakError:
            pass
        finally:
            for name in names:
                self.names.pop(name, None)
            self.names.update(before)

    def _iterate(self, node: Loop, names: tuple[str, ...], state: _LoopState, item: Any) -> None:
        self.budget.spend()
        state.count += 1
        self.names.update(zip(names, (item, state, state.count, state.count < state.size), strict=True))
        self._render(node.body)

    def _assign(self, target: Reference, value: Any) -> None:
        if value is None:
            return
        if not target.steps:
            self.names[target.name] = value
            return
        owner = self._walk(self.names.get(target.name), target.steps[:-1], target.line)
        match target.steps[-1]:
            case Property(name):
                if isinstance(owner, dict):
                    owner[name] = value
            case Index(key):
                self._assign_item(owner, self._value(key), value)

    def _assign_item(self, owner: Any, key: Any, value: Any) -> None:
        if isinstance(owner, dict):
            owner[map_key(key)] = value
        elif isinstance(owner, list):
            call(self.budget, owner, "set", [_from_the_end(owner, key), value])

    def _value(self, expression: Expression) -> Any:
        self.budget.spend()
        match expression:
            case Constant():
                return expression.value
            case Reference():
                found = self._walk(self.names.get(expression.name), expression.steps, expression.line)
                return "" if found is None else found
            case Interpolation():
                return self._text_of(_Defined(expression.block))
            case ListItems():
                return [self._value(item) for item in expression.items]
            case MapEntries():
                return {map_key(self._value(key)): self._value(value) for key, value in expression.entries}
            case Range():
                return self._range(self._value(expression.first), self._value(expression.last))
            case Not():
                return not self._is_true(expression.value)
        return self._operation(expression)

    def _operation(self, node: Operation) -> Any:
        if node.operator in ("&&", "||"):
            return self._both_or_one(node)
        left, right = self._value(node.left), self._value(node.right)
        match node.operator:
            case "==":
                return operations.same(self.budget, left, right)
            case "!=":
                return not operations.same(self.budget, left, right)
            case "<" | "<=" | ">" | ">=":
                return operations.ordered(node.operator, left, right)
        return operations.computed(self.budget, node.operator, left, right)

    def _both_or_one(self, node: Operation) -> bool:
        if self._is_true(node.left) == (node.operator == "||"):
            return node.operator == "||"
        return self._is_true(node.right)

    def _is_true(self, expression: Expression) -> bool:
        """Returns the truth (recorded, run): of a reference, True but for the value False; of other values, False."""
        match expression:
            case Reference():
                return self._value(expression) is not False
            case Operation(operator) if operator in "+-*/%":
                return False
            case Constant(True) | Operation() | Not():
                return bool(self._value(expression))
        return False

    def _range(self, first: Any, last: Any) -> Any:
        if not operations.is_number(first) or not operations.is_number(last):
            return None
        first, last = int(first), int(last)
        if abs(last - first) >= MAX_ITEMS:
            raise MappingLimitError(f"a range has more than {MAX_ITEMS} items")
        self.budget.spend(abs(last - first))
        return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))

    def _walk(self, value: Any, steps: Iterable[Step], line: int) -> Any:
        """Returns the value after the steps, None as soon as there is none."""
        for step in steps:
            if value is None:
                return None
            self.budget.spend()
            try:
                value = self._after(value, step)
            except MappingLimitError:
                raise
            except MappingError as problem:
                raise MappingError(problem.problem, problem.line or line) from None
        return value

    def _after(self, value: Any, step: Step) -> Any:
        match step:
            case Property(name):
                return self._property(value, name)
            case MethodCall(name, arguments):
                return call(self.budget, value, name, [self._value(argument) for argument in arguments])
            case Index(key):
                return self._item(value, self._value(key))

    def _property(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return value.get(name)
        if isinstance(value, _LoopState):
            return value.value(name)
        if isinstance(value, tuple):
            return {"key": value[0], "value": value[1]}.get(name)
        if isinstance(value, InputObject):
            return value.body if name == "body" else None
        return not value if name == "empty" and isinstance(value, str | list) else None

    def _item(self, value: Any, key: Any) -> Any:
        if isinstance(value, dict):
            return value.get(key) if is_key(key) else None
        if isinstance(value, list):
            return call(self.budget, value, "get", [_from_the_end(value, key)])
        return None

    def _text_of(self, value: Any) -> str:
        if not isinstance(value, _Defined):
            return self.budget.text(value)
        if self._blocks == MAX_BLOCKS:
            raise MappingLimitError(f"more than {MAX_BLOCKS} blocks read each other")
        pieces, size, self._pieces, self._blocks = self._pieces, self._size, [], self._blocks + 1
        try:
            self._render(value.body)
        except _BreakError:
            pass
        except _StopError:
            self._stopped = True
        finally:
            text = "".join(self._pieces)
            self._pieces, self._size, self._blocks = pieces, size, self._blocks - 1
        self.budget.spend_text(len(text))
        return text


def _items(value: Any) -> list[Any]:
    """Returns what #foreach goes through: items, or the values of a map."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _check_unchanged(source: Any, size: int) -> None:
    """Raises MappingError if the items of a loop change in the loop, as Java does."""
    watched = source.owner if isinstance(source, JavaSet) else source
    if isinstance(watched, list | dict) and len(watched) != size:
        raise MappingError("a list or map changes while #foreach goes through it")


def _from_the_end(items: list[Any], key: Any) -> Any:
    """Returns the index; a negative one counts from the end."""
    is_negative = isinstance(key, int) and not isinstance(key, bool) and MIN_INT <= key < 0
    return key + len(items) if is_negative else key
