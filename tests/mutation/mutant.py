"""Small edits of the sources, each of which a test should notice; the same edit is found again in another tree."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("domain", "application", "infra", "handlers", "local_emulator")
OTHER_OPERATOR: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit: the `occurrence`-th expression `before` of a function becomes `after`. `path` is where it was found."""

    path: str
    function: str
    before: str
    after: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Site:
    """Where a mutant stands in a file: its place in the text, and its lines (from 1)."""

    mutant: Mutant
    start: int
    end: int
    line: int

    def applied_to(self, text: bytes) -> bytes:
        return text[: self.start] + f"({self.mutant.after})".encode() + text[self.end :]


def sites(path: str, text: bytes) -> Iterator[Site]:
    """Every mutant of a module."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for function, body in _functions(ast.parse(text), ""):
        seen: Counter[tuple[str, str]] = Counter()
        for node in _expressions(body):
            for after in _edits(node):
                before = ast.unparse(node)
                mutant = Mutant(path, function, before, after, seen[before, after])
                seen[before, after] += 1
                end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
                yield Site(mutant, starts[node.lineno - 1] + node.col_offset, end, node.lineno)


def find(mutant: Mutant, tree: Path) -> tuple[Path, Site] | None:
    """The same edit in a tree whose modules may have moved: in the file of that path, else where it stands alone."""
    paths = [path for folder in FOLDERS for path in sorted((tree / folder).rglob("*.py"))]
    for group in ([tree / mutant.path], paths):
        found = [(path, site) for path in group if path.exists() for site in _same(mutant, path)]
        if len(found) == 1:
            return found[0]
    return None


def _same(mutant: Mutant, path: Path) -> Iterator[Site]:
    return (site for site in sites(mutant.path, path.read_bytes()) if site.mutant == mutant)


def _functions(node: ast.AST, outer: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The functions of a module by qualified name; what is inside a function is part of it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield outer + child.name, child.body
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{outer}{child.name}.")


def _expressions(body: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """The expressions of a function, none inside an f-string: Python 3.11 does not know their places."""
    for node in body:
        if isinstance(node, ast.JoinedStr):
            continue
        if isinstance(node, ast.expr):
            yield node
        yield from _expressions(ast.iter_child_nodes(node))


def _edits(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OTHER_OPERATOR:
            other = OTHER_OPERATOR[type(operator)]()
            yield ast.unparse(ast.Compare(node.left, [other], node.comparators))  # type: ignore[list-item]
        case ast.BoolOp():
            yield ast.unparse(ast.BoolOp(OTHER_OPERATOR[type(node.op)](), node.values))  # type: ignore[arg-type]
        case ast.BinOp() if type(node.op) in OTHER_OPERATOR:
            yield ast.unparse(ast.BinOp(node.left, OTHER_OPERATOR[type(node.op)](), node.right))  # type: ignore[arg-type]
        case ast.UnaryOp(op=ast.Not()):
            yield ast.unparse(node.operand)
        case ast.Constant(value=bool()):
            yield str(not node.value)
        case ast.Constant(value=int()):
            yield str(node.value + 1)
        case ast.IfExp():
            yield ast.unparse(ast.IfExp(node.test, node.orelse, node.body))
