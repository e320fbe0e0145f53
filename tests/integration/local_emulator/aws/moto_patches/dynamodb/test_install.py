"""Whatever is asked of a table and written to it, the same is answered as stock moto answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import boto3
import moto
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.responses import DynamoResult

from local_emulator.aws.moto_patches.dynamodb.install import FastDynamoDb, lacking
from tests.integration.local_emulator.aws.moto_patches.conftest import CREDENTIALS, EXAMPLES, outcome

texts = st.sampled_from(["", "a", "naïve 😀", 'quo"ted\\'])
numbers = st.sampled_from(["0", "-1", "1.50", "1E+3", "123456789012345678901234567890"])
some_bytes = st.binary(max_size=3)
leaves = st.one_of(
    texts.map(lambda v: {"S": v}),
    numbers.map(lambda v: {"N": v}),
    some_bytes.map(lambda v: {"B": v}),
    st.booleans().map(lambda v: {"BOOL": v}),
    st.just({"NULL": True}),
    st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True).map(lambda v: {"SS": v}),
    st.lists(st.sampled_from(["1", "2"]), min_size=1, unique=True).map(lambda v: {"NS": v}),
    st.lists(some_bytes, min_size=1, max_size=2, unique=True).map(lambda v: {"BS": v}),
)
values: st.SearchStrategy[dict[str, Any]] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: {"L": v}),
        st.dictionaries(st.sampled_from(["p", "q", "S"]), inner, max_size=2).map(lambda v: {"M": v}),
    ),
    max_leaves=6,
)
keys = st.sampled_from(["k", "l"]).map(lambda v: {"id": {"S": v}})
items = st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3)
expressions = st.lists(
    st.sampled_from(
        [
            "SET a = :v",
            "SET #b = :v, c = if_not_exists(c, :n)",
            "SET a = :n, b = a + :n, c = :v",
            "SET a.p = :v",
            "SET a[0] = :v",
            "SET a = list_append(a, :l)",
            "SET a = :v, a = :n",
            "SET id = :v",
            "SET a = nothing",
            "SET name = :v",
            "REMOVE a, b[1], b[0]",
            "REMOVE #b.p",
            "ADD a :n",
            "ADD a :s",
            "DELETE a :s",
            "SET a = :missing",
            "SET #missing = :v",
            "SET a = ",
        ]
    ),
    min_size=1,
    max_size=2,
).map(" ".join)
returned = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])


@st.composite
def updates(draw: st.DrawFn) -> dict[str, Any]:
    expression = draw(expressions)
    known = {":v": draw(values), ":n": {"N": draw(numbers)}, ":s": {"SS": ["b", "z"]}, ":l": {"L": [draw(leaves)]}}
    given_values = {name: value for name, value in known.items() if name in expression}
    asked: dict[str, Any] = {"Key": draw(keys), "UpdateExpression": expression, "ReturnValues": draw(returned)}
    if draw(st.booleans()):
        asked |= {"ConditionExpression": "attribute_exists(id)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if "#b" in expression:
        asked["ExpressionAttributeNames"] = {"#b": "b"}
    return asked | ({"ExpressionAttributeValues": given_values} if given_values else {})


def of(name: str, **more: Any) -> Any:
    return st.tuples(st.just(name), st.fixed_dictionaries(more))


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("put_item"),
            st.builds(lambda key, more, told: {"Item": key | more, "ReturnValues": told}, keys, items, returned),
        ),
        st.tuples(st.just("update_item"), updates()),
        of("delete_item", Key=keys, ReturnValues=returned),
        of("get_item", Key=keys, ReturnConsumedCapacity=st.sampled_from(["TOTAL", "NONE"])),
        of("get_item", Key=keys, ProjectionExpression=st.sampled_from(["a", "a.p", "a[0], b", "id"])),
        of("scan", Limit=st.integers(1, 2)),
        of(
            "query",
            KeyConditionExpression=st.just("id = :k"),
            ExpressionAttributeValues=st.just({":k": {"S": "k"}}),
            Select=st.sampled_from(["ALL_ATTRIBUTES", "COUNT"]),
        ),
        st.tuples(st.just("batch_get_item"), st.lists(keys, min_size=1, max_size=2)),
        st.tuples(st.just("transact_get_items"), st.lists(keys, min_size=1, max_size=2)),
    ),
    min_size=8,
    max_size=24,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
@example([("update_item", {"Key": {"id": {"S": "k"}}, "UpdateExpression": "SET a = b SET c = d"})])
def test_all_is_answered_as_stock_moto_does(steps: list[tuple[str, Any]]) -> None:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", **CREDENTIALS)
        ours, theirs = _table(dynamodb), _table(dynamodb)
        fast = FastDynamoDb()
        for action, asked in steps:
            call = getattr(dynamodb, action)
            expected = outcome(call, _about(theirs, action, asked))
            fast.install()
            answered = outcome(call, _about(ours, action, asked))
            fast.remove()
            assert str(answered).replace(ours, theirs) == str(expected)


@pytest.fixture
def unknown_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A moto to be changed inside; what is known of the real one is forgotten before and after."""
    lacking.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    lacking.cache_clear()


def _without_a_method(patch: pytest.MonkeyPatch) -> None:
    patch.delattr(UpdateExpressionParser, "make")


def _without_a_module(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sys.modules, "moto.dynamodb.parsing.validators", None)
    patch.delitem(sys.modules, "local_emulator.aws.moto_patches.dynamodb.expressions", raising=False)


def _with_other_arguments(patch: pytest.MonkeyPatch) -> None:
    stock = Table.query
    patch.setattr(Table, "query", lambda table, *, hash_key, **named: stock(table, hash_key, **named))


@pytest.mark.parametrize("change", [_without_a_method, _without_a_module, _with_other_arguments])
def test_a_moto_that_has_changed_inside_stays_as_it_is_and_one_line_says_so(
    unknown_moto: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None]
) -> None:
    change(unknown_moto)
    before = _changed_parts()
    fast = FastDynamoDb()
    fast.install()
    assert _changed_parts() == before
    fast.remove()
    assert fast.notice is not None
    assert fast.notice.startswith(f"moto {moto.__version__}: queries read whole tables, because")
    assert "\n" not in fast.notice


def test_another_version_number_alone_changes_nothing(unknown_moto: pytest.MonkeyPatch) -> None:
    unknown_moto.setattr(moto, "__version__", "5.2.99")
    fast = FastDynamoDb()
    fast.install()
    fast.remove()
    assert fast.notice is None


def test_removing_it_leaves_stock_moto_behind() -> None:
    before = _changed_parts()
    fast = FastDynamoDb()
    fast.install()
    fast.install()
    assert all(now != then for now, then in zip(_changed_parts(), before, strict=True))
    fast.remove()
    assert _changed_parts() == before


def _changed_parts() -> list[Any]:
    parser = getattr(UpdateExpressionParser, "make", None)
    return [Table.query, DynamoResult.execute_result, parser, Item.__new__]


_numbers = count()


def _table(dynamodb: Any) -> str:
    name = f"table-{next(_numbers):06}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def _about(table: str, action: str, asked: Any) -> dict[str, Any]:
    if action == "batch_get_item":
        return {"RequestItems": {table: {"Keys": asked}}}
    if action == "transact_get_items":
        return {"TransactItems": [{"Get": {"TableName": table, "Key": key}} for key in asked]}
    return {"TableName": table} | asked
