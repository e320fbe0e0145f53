"""Update expressions are read once, copied cheaply, and walked without asking every node what it might be.

moto reads an expression three times for each update, makes a deep copy of it, and walks that ten times. Two of the
walks count again at every node what the root has counted. Here the copy lists its nodes in the order of a walk,
children first, and a walk is a look at that list.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]
    DepthFirstTraverser,
    Expression,
    Node,
    UpdateExpressionAddAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionFunction,
    UpdateExpressionRemoveAction,
    UpdateExpressionSetAction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.validators import (
    ActionCountValidator,
    ExpressionAttributeResolvingProcessor,
    OverlappingPathsValidator,
)

from local_emulator.aws.moto_patches.patching import Patches

MAX_EXPRESSIONS = 512
HOLD_CLAUSES = (Expression, UpdateExpressionFunction)
# Below these, ExpressionAttributeResolvingProcessor resolves all but the first child.
ACTIONS = (
    *(UpdateExpressionSetAction, UpdateExpressionRemoveAction),
    *(UpdateExpressionDeleteAction, UpdateExpressionAddAction),
)
NO_PREPARATION = DepthFirstTraverser.pre_processing_of_child


def install_expressions(patches: Patches) -> None:
    """Reads each expression once and walks it by plain look-ups."""
    # moto copies a parsed expression before it changes it, so one parse serves all calls.
    patches.replace(
        UpdateExpressionParser, "make", staticmethod(lru_cache(MAX_EXPRESSIONS)(_counted(UpdateExpressionParser.make)))
    )
    patches.replace(Node, "__deepcopy__", _copy)
    patches.replace(Node, "find_clauses", _find_clauses)
    patches.replace(DepthFirstTraverser, "traverse", _traverse)
    for counting in (ActionCountValidator, OverlappingPathsValidator):
        patches.wrap(counting, "traverse", _at_the_root)


def _counted(make: Callable[[str], Any]) -> Callable[[str], Any]:
    """Counts the actions of an expression when it is read, and remembers what is looked for in it."""

    def make_counted(expression: str) -> Any:
        root = make(expression)
        root.clauses_found = {}
        with contextlib.suppress(MockValidationException):  # moto says so when it comes to that
            ActionCountValidator().process(root)
            root.is_counted = True
        return root

    return make_counted


class Place:
    """A node in the list of its tree.

    `at` is its number among its parent's children, `first` that of the first node of its subtree. `is_value`: it is
    part of what an action assigns, and no part of the path that it assigns to.
    """

    __slots__ = ("at", "first", "is_value", "node")

    def __init__(self, node: Any, at: int, first: int, is_value: bool) -> None:
        self.node, self.at, self.first, self.is_value = node, at, first, is_value


def _copy(node: Any, memo: dict[int, Any]) -> Any:
    """Copies a node with the nodes in it, but not its texts and numbers, because they never change."""
    order: list[Place] = []
    copied = _copied(node, -1, order, False)
    copied.order = order
    copied.__dict__.pop("clauses_found", None)
    return copied


def _copied(node: Any, at: int, order: list[Place], is_value: bool) -> Any:
    first, is_action = len(order), _IS_ACTION[node.__class__] is not None
    copied = object.__new__(node.__class__)
    copied.__dict__.update(node.__dict__)
    if node.children is not None:
        copied.children = children = []
        for number, child in enumerate(node.children):
            if _IS_NODE[child.__class__] is not None:
                child = _copied(child, number, order, number > 0 if is_action else is_value)
                child.parent = copied
            children.append(child)
    order.append(Place(copied, at, first, is_value))
    return copied


def _find_clauses(node: Any, clause_types: Any) -> list[Any]:
    """Looks anew in a copy, which may have changed."""
    known = node.__dict__.get("clauses_found")
    if known is None:
        return _found(node, clause_types)
    key = tuple(clause_types)
    if key not in known:
        known[key] = _found(node, clause_types)
    return list(known[key])


def _found(node: Any, clause_types: Any) -> list[Any]:
    clauses: list[Any] = []
    for child in node.children or ():
        if child.__class__ in clause_types:
            clauses.append(child)
        elif _HOLDS_CLAUSES[child.__class__] is not None:
            clauses += _found(child, clause_types)
    return clauses


def _traverse(traverser: Any, root: Any) -> Any:
    """Children first; what a node is turned into takes its place, and its subtree is no longer in the tree."""
    processors = traverser._processing_map()
    kind_of = _kinds(tuple(processors))
    order = root.__dict__.get("order")
    resolves = traverser.__class__ is ExpressionAttributeResolvingProcessor
    if order is None or not (resolves or traverser.__class__.pre_processing_of_child is NO_PREPARATION):
        root.order = None
        return _walk(traverser, processors, kind_of, root, -1)
    for number, place in enumerate(order):
        node = place.node
        kind = kind_of[node.__class__]
        if kind is None:
            continue
        if resolves:
            traverser.resolving = place.is_value
        parent, changed = node.parent, processors[kind](node)
        if changed is not node:
            changed.parent = parent
            if not parent:
                return changed
            parent.children[place.at] = place.node = changed
            for gone in order[place.first : number]:
                gone.node = None
            if any(_IS_NODE[child.__class__] for child in changed.children or ()):
                root.order = None
    return root


def _walk(traverser: Any, processors: Any, kind_of: Any, node: Any, at: int) -> Any:
    """Walks as moto does, for a traverser that prepares for each child, and for a tree without a list."""
    parent = node.parent
    for number, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, number)
        if _IS_NODE[child.__class__] is not None:
            _walk(traverser, processors, kind_of, child, number)
    kind = kind_of[node.__class__]
    if kind is not None:
        node = processors[kind](node)
        node.parent = parent
        if parent:
            parent.children[at] = node
    return node


class _KindOf(dict[Any, Any]):
    """The first of `kinds` that a class is, None if it is none of them; filled as classes are met."""

    def __init__(self, kinds: tuple[Any, ...]) -> None:
        self._kinds = kinds

    def __missing__(self, of: Any) -> Any:
        found = self[of] = next((kind for kind in self._kinds if issubclass(of, kind)), None)
        return found


_kinds = lru_cache(None)(_KindOf)
_IS_NODE = _KindOf((Node,))
_IS_ACTION = _KindOf(ACTIONS)
_HOLDS_CLAUSES = _KindOf(HOLD_CLAUSES)


def _at_the_root(stock: Callable[..., Any]) -> Callable[..., Any]:
    """The root's count holds for all below it; if it fails, moto says where."""

    def traverse(traverser: Any, node: Any) -> Any:
        if traverser.__class__ is ActionCountValidator and node.__dict__.get("is_counted"):
            return node
        try:
            return traverser.process(node)
        except MockValidationException:
            return stock(traverser, node)

    return traverse
