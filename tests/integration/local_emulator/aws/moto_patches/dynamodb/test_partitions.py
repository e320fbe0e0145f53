"""A query answers as stock moto does whatever was written before, and costs what one partition costs."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.dynamodb.models.table import Table

from local_emulator.aws.moto_patches.dynamodb.install import FastDynamoDb
from tests.integration.local_emulator.aws.moto_patches.conftest import CREDENTIALS, EXAMPLES, outcome

NUMBERS = ["-1", "1", "1.0", "10"]
TEAMS = ["x", "y"]

users = st.sampled_from(["ann", "bob"])
numbers = st.sampled_from(NUMBERS)
names = st.sampled_from(["a", "ab"])
keys = st.fixed_dictionaries({"user": users.map(lambda v: {"S": v}), "name": names.map(lambda v: {"S": v})})
# An item in no index, in one or in both; and values that an index cannot hold.
attributes = st.fixed_dictionaries(
    {},
    optional={
        "team": st.sampled_from([*({"S": team} for team in TEAMS), {"S": "x"}, {"L": []}]),
        "due": numbers.map(lambda v: {"N": v}),
        "note": names.map(lambda v: {"S": v}),
    },
)


@st.composite
def updates(draw: st.DrawFn) -> dict[str, Any]:
    expression = draw(
        st.sampled_from(
            [
                "SET team = :team",
                "SET due = :due",
                "REMOVE team",
                "REMOVE due",
                "SET team = :team, due = :due",
                "ADD due :due",
                "SET team = :team, note = nothing",
            ]
        )
    )
    values = {":team": {"S": draw(st.sampled_from(TEAMS))}, ":due": {"N": draw(numbers)}}
    used = {name: value for name, value in values.items() if name in expression}
    asked = {"Key": draw(keys), "UpdateExpression": expression}
    return asked | ({"ExpressionAttributeValues": used} if used else {})


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    index, hash_name, hash_value, range_name, range_value = draw(
        st.sampled_from(
            [
                (None, "user", users, "name", names.map(lambda v: {"S": v})),
                ("due", "team", st.sampled_from(TEAMS), "due", numbers.map(lambda v: {"N": v})),
                ("team", "team", st.sampled_from(TEAMS), None, None),
                ("local", "user", users, "due", numbers.map(lambda v: {"N": v})),
            ]
        )
    )
    values = {":h": {"S": draw(hash_value)}}
    condition = "#h = :h"
    more: dict[str, Any] = {"ExpressionAttributeNames": {"#h": hash_name}}
    if range_name is not None and (
        kind := draw(st.sampled_from(["", "", "=", "<", "<=", ">", ">=", "between", "begins"]))
    ):
        more["ExpressionAttributeNames"]["#r"] = range_name
        values[":r"] = draw(range_value)
        if kind == "between":
            values[":s"] = draw(range_value)
            condition += " AND #r BETWEEN :r AND :s"
        elif kind == "begins":
            condition += " AND begins_with(#r, :r)"
        else:
            condition += f" AND #r {kind} :r"
    if draw(st.integers(0, 3)) == 0:
        values[":note"] = {"S": draw(names)}
        more["FilterExpression"] = "note >= :note"
    if index is not None:
        more["IndexName"] = index
    if draw(st.booleans()):
        more["Limit"] = draw(st.integers(1, 3))
    if draw(st.integers(0, 9)) == 0:
        more["ConsistentRead"] = True
    forward = draw(st.booleans())
    return more | {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": forward,
    }


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put_item"), st.builds(lambda key, more: {"Item": key | more}, keys, attributes)),
        st.tuples(st.just("put_item"), st.builds(lambda key, more: {"Item": key | more}, keys, attributes)),
        st.tuples(st.just("update_item"), updates()),
        st.tuples(st.just("delete_item"), keys.map(lambda key: {"Key": key})),
        st.tuples(st.just("transact"), st.lists(updates(), min_size=1, max_size=2)),
        st.tuples(st.just("query"), queries()),
        st.tuples(st.just("query"), queries()),
    ),
    min_size=10,
    max_size=30,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_every_query_answers_as_stock_moto_whatever_was_written_before(
    fast: FastDynamoDb, steps: list[tuple[str, Any]]
) -> None:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", **CREDENTIALS)
        _create(dynamodb)
        for action, asked in steps:
            if action == "query":
                _compare_pages(fast, dynamodb, asked)
            elif action == "transact":
                writes = [{"Update": {"TableName": "t"} | one} for one in asked]
                outcome(dynamodb.transact_write_items, {"TransactItems": writes})
            else:
                outcome(getattr(dynamodb, action), {"TableName": "t"} | asked)


def test_a_hash_only_table_is_queried_as_stock_moto_does(fast: FastDynamoDb, dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("user", "team")],
        GlobalSecondaryIndexes=[_index("team", "team", None)],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(6):
        dynamodb.put_item(TableName="t", Item={"user": {"S": f"u{number}"}, "team": {"S": "xy"[number % 2]}})
    dynamodb.delete_item(TableName="t", Key={"user": {"S": "u2"}})
    by_team = {"IndexName": "team", "KeyConditionExpression": "team = :x"}
    _compare_pages(fast, dynamodb, by_team | {"ExpressionAttributeValues": {":x": {"S": "x"}}})


def test_a_query_looks_at_the_items_of_its_own_partition_alone(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _create(dynamodb)
    for number in range(50):
        item = {"user": {"S": f"u{number}"}, "name": {"S": "a"}, "team": {"S": f"s{number}"}, "due": {"N": "1"}}
        dynamodb.put_item(TableName="t", Item=item)

    def whole_table(table: Table) -> Any:
        raise AssertionError("the whole table was copied")

    monkeypatch.setattr(Table, "all_items", whole_table)
    for index, name, value in ((None, "user", "u7"), ("due", "team", "s7"), ("team", "team", "s7")):
        answer = dynamodb.query(
            TableName="t",
            KeyConditionExpression="#h = :h",
            ExpressionAttributeNames={"#h": name},
            ExpressionAttributeValues={":h": {"S": value}},
            **({"IndexName": index} if index else {}),
        )
        assert [item["user"]["S"] for item in answer["Items"]] == ["u7"]


def _create(dynamodb: Any) -> None:
    types = {"user": "S", "name": "S", "team": "S", "due": "N"}
    dynamodb.create_table(
        TableName="t",
        KeySchema=_schema("user", "name"),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        GlobalSecondaryIndexes=[_index("due", "team", "due"), _index("team", "team", None)],
        LocalSecondaryIndexes=[_index("local", "user", "due")],
        BillingMode="PAY_PER_REQUEST",
    )


def _index(name: str, hash_name: str, range_name: str | None) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": _schema(hash_name, range_name), "Projection": {"ProjectionType": "ALL"}}


def _schema(hash_name: str, range_name: str | None) -> list[dict[str, str]]:
    named = [(hash_name, "HASH"), (range_name, "RANGE")]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in named if name is not None]


def _compare_pages(fast: FastDynamoDb, dynamodb: Any, asked: dict[str, Any]) -> None:
    """Page by page, as far as there are any."""
    asked = {"TableName": "t"} | asked
    for _ in range(10):
        ours = outcome(dynamodb.query, asked)
        fast.remove()
        assert ours == outcome(dynamodb.query, asked)
        fast.install()
        if not isinstance(ours, dict) or "LastEvaluatedKey" not in ours:
            return
        asked |= {"ExclusiveStartKey": ours["LastEvaluatedKey"]}
