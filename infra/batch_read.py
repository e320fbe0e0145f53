"""Reads many rows of a table in as few requests as DynamoDB allows."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

MOST_KEYS = 100  # BatchGetItem's own limit
MOST_TRIES = 8
FIRST_WAIT_SECONDS = 0.05


class Unread(Exception):
    """DynamoDB left keys unprocessed again and again: the table is throttled."""


def read_rows(dynamodb: Any, table: str, keys: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of these keys, read consistently; those that are not there are left out.

    Keys that DynamoDB leaves unprocessed are asked for again after a growing, random wait, as its Developer Guide asks
    (BatchGetItem); raises Unread after eight tries.
    """
    for start in range(0, len(keys), MOST_KEYS):
        unread: Any = {table: {"Keys": list(keys[start : start + MOST_KEYS]), "ConsistentRead": True}}
        for attempt in range(MOST_TRIES):
            answer = dynamodb.batch_get_item(RequestItems=unread)
            yield from answer["Responses"].get(table, ())
            unread = answer.get("UnprocessedKeys")
            if not unread:
                break
            time.sleep(random.uniform(0, FIRST_WAIT_SECONDS * 2**attempt))
        else:
            raise Unread(f"{len(unread[table]['Keys'])} keys of {table}")
