"""Update expressions are read once, copied cheaply, and walked without asking every node what it might be.

moto reads an expression three times for each update, makes a deep copy of it, and walks that ten times; two of the
walks count anew at every node what the root has counted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]
    DepthFirstTraverser,
    Expression,
    Node,
    UpdateExpressionFunction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator

from local_emulator.aws.moto_patches.patching import Patches

MAX_EXPRESSIONS = 512
HOLD_CLAUSES = (Expression, UpdateExpressionFunction)

# Asking an abstract class each time is what costs.
_is_a = lru_cache(None)(issubclass)


def install_expressions(patches: Patches) -> None:
    """Reads each expression once and walks it by plain look-ups."""
    # Whoever changes what was read makes a copy first, so one reading does for all.
    patches.replace(
        UpdateExpressionParser, "make", staticmethod(lru_cache(MAX_EXPRESSIONS)(UpdateExpressionParser.make))
    )
    patches.replace(Node, "__deepcopy__", _copy)
    patches.replace(Node, "find_clauses", _find_clauses)
    patches.replace(DepthFirstTraverser, "traverse", _traverse)
    for counting in (ActionCountValidator, OverlappingPathsValidator):
        patches.wrap(counting, "traverse", _at_the_root)


def _copy(node: Any, memo: dict[int, Any]) -> Any:
    """Nodes hold nodes, and texts and numbers that nobody changes."""
    copied = object.__new__(node.__class__)
    copied.__dict__.update(node.__dict__)
    if node.children is not None:
        copied.children = children = []
        for child in node.children:
            if _is_a(child.__class__, Node):
                child = _copy(child, memo)
                child.parent = copied
            children.append(child)
    return copied


def _find_clauses(node: Any, clause_types: Any) -> list[Any]:
    clauses: list[Any] = []
    for child in node.children or ():
        if child.__class__ in clause_types:
            clauses.append(child)
        elif _is_a(child.__class__, HOLD_CLAUSES):
            clauses += _find_clauses(child, clause_types)
    return clauses


def _traverse(traverser: Any, node: Any) -> Any:
    """Children first; what a node is turned into takes its place."""
    processors = traverser._processing_map()
    kind_of = _kinds(tuple(processors))
    prepares = traverser.__class__.pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child

    def walk(node: Any, at: int) -> Any:
        parent = node.parent
        for place, child in enumerate(node.children or ()):
            if prepares:
                traverser.pre_processing_of_child(node, place)
            if _IS_NODE[child.__class__] is not None:
                walk(child, place)
        kind = kind_of[node.__class__]
        if kind is not None:
            node = processors[kind](node)
            node.parent = parent
            if parent:
                parent.children[at] = node
        return node

    return walk(node, -1)


class _KindOf(dict[Any, Any]):
    """The first of `kinds` that a class is, None if it is none of them; filled as classes are met."""

    def __init__(self, kinds: tuple[Any, ...]) -> None:
        self._kinds = kinds

    def __missing__(self, of: Any) -> Any:
        found = self[of] = next((kind for kind in self._kinds if issubclass(of, kind)), None)
        return found


_kinds = lru_cache(None)(_KindOf)
_IS_NODE = _KindOf((Node,))


def _at_the_root(stock: Callable[..., Any]) -> Callable[..., Any]:
    """The root's count holds for all below it; if it fails, moto says where."""

    def traverse(traverser: Any, node: Any) -> Any:
        try:
            return traverser.process(node)
        except MockValidationException:
            return stock(traverser, node)

    return traverse
