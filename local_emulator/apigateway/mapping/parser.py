"""Parses mapping templates: the directives and references of Velocity 1.7, without macros and `#evaluate`.

Source: recorded results of API Gateway, and Velocity 1.7 where none is recorded (ADR 92).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from local_emulator.apigateway.mapping.errors import MappingSyntaxError
from local_emulator.apigateway.mapping.expressions import ExpressionParser
from local_emulator.apigateway.mapping.nodes import (
    Assignment,
    Block,
    Break,
    Choice,
    Definition,
    Expression,
    Loop,
    Node,
    Reference,
    Stop,
    Text,
)

_TEXT = re.compile(r"[^$#\\]+")
_COMMENT = re.compile(r"##[^\n\r]*(?:\r\n|\n|\r|$)|#\*.*?(?:\*#|\Z)|#\[\[(?P<verbatim>.*?)\]\]#", re.DOTALL)
_WORD = re.compile(r"#(?:\{(?P<braced>@?[A-Za-z_]\w*)\}|(?P<plain>@?[A-Za-z_]\w*))", re.ASCII)
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_BEFORE_SET = re.compile(r"[ \t]+#(?:set|\{set\})[ \t]*\(")
_BLANK_BEFORE_ESCAPE = re.compile(r"[ \t]+\\+#\{?[A-Za-z]")
_WORD_BEFORE_SET = re.compile(r"[A-Za-z0-9_-]+[ \t]+#(?:set|\{set\})[ \t]*\(")
_AFTER_DOLLAR = re.compile(r"[ \t]*#|\\")
_BEFORE_PARENTHESIS = re.compile(r"[ \t]*\(")
_SILENT = re.compile(r"\$(?:\\+!|!(?![{$]))")
_ENDS = ("end", "else", "elseif")
_MISSING = {"include": "files", "parse": "files"}


def parse_template(text: str) -> Block:
    """Returns the nodes of a template. Raises MappingSyntaxError."""
    try:
        return _TemplateParser(text).whole()
    except RecursionError:
        raise MappingSyntaxError("it is nested too deeply") from None


class _TemplateParser(ExpressionParser):
    """Parses one template, or one text in double quotes."""

    _is_after_property = False

    def whole(self) -> Block:
        block, end = self._block()
        if end:
            self.refuse(f"#{end} ends nothing")
        return block

    def interpolated(self, text: str, line: int) -> Block:
        """Returns the nodes of a text in double quotes."""
        if "##" in text:
            return _TemplateParser(text, line, self.depth + 1).whole()
        # A blank after it lets it end in a dollar sign, which a template must not.
        block = _TemplateParser(f"{text} ", line, self.depth + 1).whole()
        if block and isinstance(block[-1], Text) and block[-1].text.endswith(" "):
            return (*block[:-1], Text(block[-1].text[:-1]))
        return block

    def _block(self, opener: str = "") -> tuple[Block, str]:
        """Returns the nodes up to the directive that ends the block, and its name ("" at the end of the text)."""
        nodes: list[Node] = []
        while self.position < len(self.text):
            if found := _TEXT.match(self.text, self.position):
                self._is_after_property = False
                self._refuse_blanks(nodes)
                # Blanks between a reference or directive and #set belong to #set (run).
                self._write(nodes, "" if _BEFORE_SET.match(self.text, self.position) else found[0])
                self.position = found.end()
                continue
            end = {"$": self._dollar, "#": self._hash, "\\": self._backslashes}[self.text[self.position]](nodes)
            if end:
                return tuple(nodes), end
        if opener:
            self.refuse(f"#{opener} has no #end")
        return tuple(nodes), ""

    def _refuse_blanks(self, nodes: list[Node]) -> None:
        """Refuses blanks that Velocity drops or keeps by what is before them."""
        if _BLANK_BEFORE_ESCAPE.match(self.text, self.position):
            self.refuse("blanks between a directive and an escaped directive are not supported")
        is_after_call = self.position and self.text[self.position - 1] in ")#"
        has_reference = any(isinstance(node, Reference) for node in nodes[-3:])
        if is_after_call and has_reference and _WORD_BEFORE_SET.match(self.text, self.position):
            self.refuse("a word between a reference and #set is not supported")

    def _write(self, nodes: list[Node], text: str) -> None:
        if nodes and isinstance(nodes[-1], Text):
            nodes[-1] = Text(nodes[-1].text + text)
        elif text:
            nodes.append(Text(text))

    def _dollar(self, nodes: list[Node]) -> str:
        start = self.position
        reference = self.reference()
        if reference is not None:
            nodes.append(reference)
            # A comment is none directly after a property without braces (run).
            self._note_property(nodes, reference)
            return ""
        if found := _SILENT.match(self.text, start):
            self._refuse_sign(found[0])
            self.position = found.end()
        else:
            self.position = start + 1
        if _AFTER_DOLLAR.match(self.text, self.position):
            self.refuse("$ directly before # or an escape is not supported")
        if self.position == len(self.text):
            self.refuse(f"it ends in {self.text[start:]}")
        self._write(nodes, "$")
        return ""

    def _note_property(self, nodes: list[Node], reference: Reference) -> None:
        """Writes `##` directly after a property without braces: it begins no comment there (run)."""
        if self.text[self.position - 1] == "}" or not reference.ends_in_property:
            return
        if self.accept_here("##"):
            self._write(nodes, "##")
        else:
            self._is_after_property = True

    def _refuse_sign(self, sign: str) -> None:
        """Refuses what Velocity reads in a way of its own."""
        if sign != "$!" or self.text.startswith("$!#", self.position):
            self.refuse(f"{sign} without a name is not supported")

    def _hash(self, nodes: list[Node]) -> str:
        if self._is_after_property and self.text.startswith("##", self.position):
            self.refuse("a comment between a property and text is not supported")
        if found := _COMMENT.match(self.text, self.position):
            self.position = found.end()
            self._write(nodes, found["verbatim"] or "")
            return ""
        if self.text.startswith("#[[", self.position):
            self.refuse("#[[ has no ]]#")
        if found := _WORD.match(self.text, self.position):
            return self._directive(nodes, found)
        if self.position + 1 == len(self.text):
            self.refuse("it ends in #")
        self._write(nodes, "#")
        self.position += 1
        return ""

    def _directive(self, nodes: list[Node], found: re.Match[str]) -> str:
        name, start = found["braced"] or found["plain"], self.position
        self.position = found.end()
        if name in _ENDS:
            return str(name)
        if name.startswith("@"):
            self.refuse(f"#{name} is not supported: there are no macros")
        if name in _MISSING:
            self.refuse(f"#{name} is not supported: there are no {_MISSING[name]}")
        parse: dict[str, Callable[[], Node | None]] = {
            "set": self._set,
            "if": self._if,
            "foreach": self._foreach,
            "define": self._define,
            "stop": lambda: self._bare(Stop()),
            "break": lambda: self._bare(Break()),
            "macro": self._macro,
        }
        if name in parse and (name != "set" or _BEFORE_PARENTHESIS.match(self.text, self.position)):
            node = parse[name]()
            if node is not None:
                nodes.append(node)
            return ""
        self._unknown(found)
        self._write(nodes, self.text[start : self.position])
        return ""

    def _unknown(self, word: re.Match[str]) -> None:
        """Skips the arguments of a directive that API Gateway does not have: it stays as text (recorded)."""
        if found := _BEFORE_PARENTHESIS.match(self.text, self.position):
            self.position = found.end()
            self.arguments_of_directive()

    def _bare(self, node: Node) -> Node:
        self._end_of_line()
        return node

    def _end_of_line(self) -> None:
        if found := _LINE_END.match(self.text, self.position):
            self.position = found.end()

    def _open(self) -> None:
        found = _BEFORE_PARENTHESIS.match(self.text, self.position)
        if found is None:
            self.refuse("( is missing")
        self.position = found.end()
        self.skip_space()

    def _close(self) -> None:
        self.skip_space()
        self.expect(")")
        self._end_of_line()

    def _set(self) -> Node:
        self._open()
        target = self.reference()
        if target is None:
            self.refuse("#set needs a reference")
        self.skip_space()
        self.expect("=")
        self.skip_space()
        value = self.expression()
        self._close()
        return Assignment(target, value)

    def _if(self) -> Node:
        branches: list[tuple[Expression | None, Block]] = []
        condition: Expression | None = self._condition()
        while True:
            block, end = self._nested("if")
            branches.append((condition, block))
            if end == "end":
                self._end_of_line()
                return Choice(tuple(branches))
            if condition is None:
                self.refuse(f"#{end} follows #else")
            if end == "else":
                self._end_of_line()
            condition = self._condition() if end == "elseif" else None

    def _condition(self) -> Expression:
        self._open()
        condition = self.expression()
        self._close()
        return condition

    def _foreach(self) -> Node:
        self._open()
        item = self.reference()
        if item is None or item.steps:
            self.refuse("#foreach needs a reference")
        self.skip_space()
        self.expect("in")
        self.skip_space()
        items = self.operand()
        self._close()
        return Loop(item.name, items, self._body("foreach"))

    def _define(self) -> Node:
        self._open()
        name = self.reference()
        if name is None or name.steps:
            self.refuse("#define needs a reference")
        self._close()
        return Definition(name.name, self._body("define"))

    def _macro(self) -> None:
        """Drops the definition of a macro (recorded)."""
        self._open()
        self.skip_to_parenthesis()
        self._end_of_line()
        self._body("macro")

    def _body(self, opener: str) -> Block:
        block, end = self._nested(opener)
        if end != "end":
            self.refuse(f"#{end} is in no #if")
        self._end_of_line()
        return block

    def _nested(self, opener: str) -> tuple[Block, str]:
        self.deeper()
        block, end = self._block(opener)
        self.depth -= 1
        return block, end

    def _backslashes(self, nodes: list[Node]) -> str:
        """Halves the backslashes before a reference or a directive; an odd one makes it text."""
        start = self.position
        while self.text.startswith("\\", self.position):
            self.position += 1
        count, start = self.position - start, self.position
        if self.text.startswith("$$", start):
            self.refuse("an escape before $$ is not supported")
        if self.text.startswith("$", start) and (reference := self.reference()) is not None:
            self._write(nodes, "\\" * (count // 2))
            if count % 2:
                self._write(nodes, self.text[start : self.position])
            else:
                nodes.append(reference)
            return ""
        if count % 2 and (word := _WORD.match(self.text, start)) and self._is_directive(word):
            self._write(nodes, "\\" * (count // 2) + word[0])
            self.position = word.end()
            return ""
        word = _WORD.match(self.text, start)
        is_halved = word is not None and self._is_directive(word) and "set" not in word[0]
        self._write(nodes, "\\" * (count // 2 if is_halved else count))
        if count % 2 and word:
            self._write(nodes, word[0])
            self.position = word.end()
        return ""

    def _is_directive(self, word: re.Match[str]) -> bool:
        name = word["braced"] or word["plain"]
        known = ("if", "foreach", "define", "stop", "break", "macro", "include", "parse", "set", *_ENDS)
        return name in known
