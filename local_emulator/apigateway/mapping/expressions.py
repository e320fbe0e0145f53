"""Parses the references and expressions of mapping templates.

An operand (an argument, an item, the source of a loop) has no operators; `7-2` is two numbers, as in Velocity 1.7.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import NoReturn

from local_emulator.apigateway.mapping.errors import MappingSyntaxError
from local_emulator.apigateway.mapping.methods import METHOD_NAMES
from local_emulator.apigateway.mapping.nodes import (
    Block,
    Constant,
    Expression,
    Index,
    Interpolation,
    ListItems,
    MapEntries,
    MethodCall,
    Not,
    Operation,
    Property,
    Range,
    Reference,
    Step,
)

MAX_NESTING = 40
"""Maximum depth of blocks and expressions in each other."""

_REFERENCE = re.compile(r"\$!?(?P<brace>\{?)(?P<name>[A-Za-z_][A-Za-z0-9_-]*)")
_NAME = re.compile(r"\.(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?P<call>\()?")
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:\d+\.(?!\.)\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'')
_WORD = re.compile(r"(?:true|false)(?![A-Za-z0-9_])")
_NOT = re.compile(r"not(?![A-Za-z0-9_-])")
_UNICODE = re.compile(r"\\u([0-9A-Fa-f]{4})?")
_ARGUMENT_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OPERATOR = re.compile(r"\|\||&&|==|!=|<=|>=|[<>+*/%]|-(?!\d)|(?:or|and|eq|ne|lt|le|gt|ge)(?![A-Za-z0-9_-])")
_SIGNS = {"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!="), 3),
    **dict.fromkeys(("<", "<=", ">", ">="), 4),
    **dict.fromkeys("+-", 5),
    **dict.fromkeys("*/%", 6),
}


class ExpressionParser:
    """Reads expressions from a position in a text. Methods raise MappingSyntaxError."""

    def __init__(self, text: str, first_line: int = 1, depth: int = 0) -> None:
        self.text, self.position = text, 0
        self.depth, self._first_line = depth, first_line
        self._line_ends = [found.start() for found in re.finditer("\n", text)]

    @property
    def line(self) -> int:
        return self._first_line + bisect_left(self._line_ends, self.position)

    def refuse(self, problem: str) -> NoReturn:
        raise MappingSyntaxError(problem, self.line)

    def interpolated(self, text: str, line: int) -> Block:
        """Returns the nodes of a text in double quotes."""
        raise NotImplementedError

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.refuse(f"it is nested more than {MAX_NESTING} deep")

    def skip_space(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def accept_here(self, sign: str) -> bool:
        """Skips `sign`, and returns True if it is there."""
        if not self.text.startswith(sign, self.position):
            return False
        self.position += len(sign)
        return True

    def accept(self, sign: str) -> bool:
        """Skips space and `sign`, and returns True if the sign is there."""
        self.skip_space()
        return self.accept_here(sign)

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            rest = self.text[self.position : self.position + 20]
            self.refuse(f"{sign} is missing before {rest!r}" if rest else f"{sign} is missing at the end")

    def reference(self) -> Reference | None:
        """Returns the reference at the position, None if there is none."""
        found = _REFERENCE.match(self.text, self.position)
        if found is None:
            return None
        line, self.position = self.line, found.end()
        steps: list[Step] = []
        while (step := self._step()) is not None:
            steps.append(step)
        if found["brace"]:
            if not self.text.startswith("}", self.position):
                self.refuse("a reference has no }")
            self.position += 1
        return Reference(found["name"], tuple(steps), line)

    def _step(self) -> Step | None:
        if self.text.startswith("[", self.position):
            self.position += 1
            key = self.operand()
            self.expect("]")
            return Index(key)
        found = _NAME.match(self.text, self.position)
        if found is None:
            return None
        if not found["call"]:
            self.position = found.end("name")
            return self._property(found["name"])
        self.position = found.end()
        return self._call(found["name"])

    def _property(self, name: str) -> Property:
        if name == "class":
            self.refuse("the property class is not supported")
        return Property(name)

    def _call(self, name: str) -> MethodCall:
        if name not in METHOD_NAMES:
            self.refuse(f"the method {name} is not supported")
        return MethodCall(name, () if self.accept(")") else self._operands(")", self._argument))

    def _argument(self) -> Expression:
        """Returns an operand; a word such as `null` is one without a value (run)."""
        self.skip_space()
        if _WORD.match(self.text, self.position) or not (found := _ARGUMENT_WORD.match(self.text, self.position)):
            return self.operand()
        self.position = found.end()
        return Constant(None)

    def _operands(self, end: str, read: Callable[[], Expression]) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while True:
            items.append(read())
            if self.accept(end):
                return tuple(items)
            self.expect(",")

    def arguments_of_directive(self) -> None:
        """Skips operands, with or without commas, up to the closing parenthesis."""
        while not self.accept(")"):
            self._argument()
            self.accept(",")

    def skip_to_parenthesis(self) -> None:
        end = self.text.find(")", self.position)
        if end < 0:
            self.refuse(") is missing")
        self.position = end + 1

    def expression(self, least: int = 1) -> Expression:
        """Returns an expression of operators that bind at least as strongly as `least`."""
        self.deeper()
        left = self._unary()
        while True:
            self.skip_space()
            found = _OPERATOR.match(self.text, self.position)
            sign = _SIGNS.get(found[0], found[0]) if found else ""
            if found is None or _PRECEDENCE[sign] < least:
                self.depth -= 1
                return left
            if found[0].isalpha() and self.text[self.position - 1] not in " \t\r\n":
                self.refuse(f"{found[0]} without a blank before it is not supported")
            self.position = found.end()
            left = Operation(sign, left, self.expression(_PRECEDENCE[sign] + 1))

    def _unary(self) -> Expression:
        self.skip_space()
        if self.text.startswith("!", self.position):
            self.position += 1
            return self._negated()
        if _NOT.match(self.text, self.position):
            self.position += 3
            return self._negated()
        if self.accept("("):
            inner = self.expression()
            self.expect(")")
            return inner
        return self.operand()

    def _negated(self) -> Expression:
        self.deeper()
        value = Not(self._unary())
        self.depth -= 1
        return value

    def operand(self) -> Expression:
        """Returns a literal, a list, a range, a map or a reference."""
        self.skip_space()
        if (reference := self.reference()) is not None:
            return reference
        for pattern, read in ((_STRING, self._string), (_NUMBER, self._number), (_WORD, self._boolean)):
            if found := pattern.match(self.text, self.position):
                line, self.position = self.line, found.end()
                return read(found[0], line)
        self.deeper()
        value = self._collection()
        self.depth -= 1
        return value

    def _collection(self) -> Expression:
        if self.accept("["):
            return self._list()
        if self.accept("{"):
            return self._map()
        rest = self.text[self.position : self.position + 20]
        self.refuse(f"a value is missing before {rest!r}" if rest else "a value is missing at the end")

    def _list(self) -> Expression:
        if self.accept("]"):
            return ListItems(())
        first = self.operand()
        if self.accept(".."):
            last = self.operand()
            self.expect("]")
            return self._range(first, last)
        if self.accept("]"):
            return ListItems((first,))
        self.expect(",")
        return ListItems((first, *self._operands("]", self.operand)))

    def _range(self, first: Expression, last: Expression) -> Range:
        for end in (first, last):
            if not isinstance(end, Reference) and not (isinstance(end, Constant) and type(end.value) is int):
                self.refuse("the ends of a range must be whole numbers or references")
        return Range(first, last)

    def _map(self) -> Expression:
        entries: list[tuple[Expression, Expression]] = []
        if self.accept("}"):
            return MapEntries(())
        while True:
            key = self.operand()
            self.expect(":")
            entries.append((key, self.operand()))
            if self.accept("}"):
                return MapEntries(tuple(entries))
            self.expect(",")

    def _string(self, text: str, line: int) -> Expression:
        quote = text[0]
        content = text[1:-1].replace(quote * 2, quote)
        if quote == "'":
            return Constant(content)
        decoded = _UNICODE.sub(self._character, content)
        if "$" not in content and "#" not in content:
            return Constant(decoded)
        self.deeper()
        block = self.interpolated(decoded, line)
        self.depth -= 1
        return Interpolation(block)

    def _character(self, escape: re.Match[str]) -> str:
        if escape[1] is None:
            self.refuse("\\u is not followed by four hexadecimal digits")
        return chr(int(escape[1], 16))

    def _number(self, text: str, line: int) -> Expression:
        try:
            return Constant(int(text) if text.lstrip("-").isdigit() else float(text))
        except ValueError:
            self.refuse("a number has too many digits")

    def _boolean(self, text: str, line: int) -> Expression:
        return Constant(text == "true")
