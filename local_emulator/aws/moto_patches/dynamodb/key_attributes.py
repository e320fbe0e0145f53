"""Lets an update read key attributes, as in `SET copy = id`; DynamoDB refuses only to change them (UpdateItem)."""

from __future__ import annotations

from typing import Any


def read_key_attributes() -> None:
    """Patches moto, once per process. Raises ImportError or AttributeError for another moto."""
    from moto.dynamodb.parsing import ast_nodes
    from moto.dynamodb.parsing.validators import UpdateHashRangeKeyValidator as Validator

    nodes: Any = ast_nodes  # moto has no types for them
    check = Validator.check_for_hash_or_range_key
    actions = (
        nodes.UpdateExpressionSetAction,
        nodes.UpdateExpressionRemoveAction,
        nodes.UpdateExpressionAddAction,
        nodes.UpdateExpressionDeleteAction,
    )

    def processing_map(self: Any) -> dict[Any, Any]:
        def check_target(action: Any) -> Any:
            check(self, action.children[0])
            return action

        return dict.fromkeys(actions, check_target)

    Validator._processing_map  # noqa: B018  # raises AttributeError for a moto that has none
    Validator._processing_map = processing_map  # type: ignore[method-assign]
