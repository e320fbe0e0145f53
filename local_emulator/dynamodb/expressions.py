"""Update expressions are read once, copied cheaply, and walked without asking every node what it might be.

moto reads an expression three times for each update, makes a deep copy of it, and walks that ten times; two of the
walks count anew at every node what the root has counted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node  # type: ignore[attr-defined]
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator

from local_emulator.dynamodb.patches import Patches

MOST_EXPRESSIONS = 512


def install_expressions(patches: Patches) -> None:
    # Whoever changes what was read makes a copy first, so one reading does for all.
    patches.replace(
        UpdateExpressionParser, "make", staticmethod(lru_cache(MOST_EXPRESSIONS)(UpdateExpressionParser.make))
    )
    patches.replace(Node, "__deepcopy__", _copy)
    patches.replace(DepthFirstTraverser, "traverse", _traverse)
    for counting in (ActionCountValidator, OverlappingPathsValidator):
        patches.wrap(counting, "traverse", _at_the_root)


def _copy(node: Any, memo: dict[int, Any]) -> Any:
    """Nodes hold nodes, and texts and numbers that nobody changes."""
    copied = object.__new__(type(node))
    vars(copied).update(vars(node))
    if node.children is not None:
        copied.children = [_adopted(child, copied, memo) for child in node.children]
    return copied


def _adopted(child: Any, parent: Any, memo: dict[int, Any]) -> Any:
    if not isinstance(child, Node):
        return child
    copied = _copy(child, memo)
    copied.parent = parent
    return copied


def _traverse(traverser: Any, node: Any) -> Any:
    """Children first; what a node is turned into takes its place."""
    processors = traverser._processing_map()
    kinds = tuple(processors)

    def walk(node: Any, at: int) -> Any:
        parent = node.parent
        for place, child in enumerate(node.children or ()):
            traverser.pre_processing_of_child(node, place)
            if isinstance(child, Node):
                walk(child, place)
        kind = _kind(node.__class__, kinds)
        if kind is not None:
            node = processors[kind](node)
            node.parent = parent
            if parent:
                parent.children[at] = node
        return node

    return walk(node, -1)


@lru_cache(None)
def _kind(of: Any, kinds: tuple[Any, ...]) -> Any:
    """Which of them a node's class is, the first that fits."""
    return next((kind for kind in kinds if issubclass(of, kind)), None)


def _at_the_root(stock: Callable[..., Any]) -> Callable[..., Any]:
    """The root's count holds for all below it; if it fails, moto says where."""

    def traverse(traverser: Any, node: Any) -> Any:
        try:
            return traverser.process(node)
        except MockValidationException:
            return stock(traverser, node)

    return traverse
