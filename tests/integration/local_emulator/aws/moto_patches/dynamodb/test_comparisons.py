"""Comparisons with absent attributes and with attributes of other types are false, as in DynamoDB."""

import re

import boto3
import pytest
from moto import mock_aws

from local_emulator.aws.moto_patches.dynamodb.comparisons import compare_as_dynamodb

ITEM = {
    "id": {"S": "a"},
    "text": {"S": "m"},
    "number": {"N": "5"},
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"N": "1"}, {"N": "2"}]},
    "names": {"SS": ["x", "y"]},
    "map": {"M": {"inner": {"N": "1"}}},
}


@pytest.fixture(scope="module")
def table():
    compare_as_dynamodb()
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="t",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName="t", Item=ITEM)
        yield client


def _holds(table, expression, **values):
    """Whether the item passes, as a filter and as a condition."""
    given = {"ExpressionAttributeNames": {name: name[1:] for name in re.findall(r"#\w+", expression)}}
    if values:
        given["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    found = table.scan(TableName="t", FilterExpression=expression, **given)["Count"] == 1
    try:
        table.put_item(TableName="t", Item=ITEM, ConditionExpression=expression, **given)
        met = True
    except table.exceptions.ConditionalCheckFailedException:
        met = False
    assert found == met
    return found


FIVE = {"N": "5"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("size(#absent) < :v", FIVE),
        ("size(#absent) = :v", FIVE),
        ("size(#number) < :v", FIVE),
        ("size(#flag) < :v", FIVE),
        ("size(#map.#absent) < :v", FIVE),
        ("size(#text) < :v", {"S": "zzz"}),
        ("#absent < :v", FIVE),
        ("#text < :v", FIVE),
        ("#text >= :v", FIVE),
        ("#number > :v", {"S": "1"}),
        ("#list > :v", FIVE),
        ("#flag > :v", FIVE),
        ("#text = :v", FIVE),
        ("#absent = :v", {"NULL": True}),
        ("#number BETWEEN :v AND :v", {"S": "5"}),
        ("#text BETWEEN :v AND :v", FIVE),
        ("#absent IN (:v)", {"NULL": True}),
        ("#text IN (:v)", FIVE),
        ("#number < #text AND #number < :v", FIVE),
        ("begins_with(#number, :v)", {"S": "5"}),
        ("contains(#number, :v)", FIVE),
        ("contains(#text, :v)", FIVE),
    ],
)
def test_a_comparison_with_nothing_or_with_another_type_is_false(table, expression, value):
    assert not _holds(table, expression, v=value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("size(#absent) < :v OR attribute_not_exists(#absent)", FIVE),
        ("size(#list) < :v", FIVE),
        ("size(#list) BETWEEN :v AND :v", {"N": "2"}),
        ("size(#list) IN (:v)", {"N": "2"}),
        ("size(#text) < size(#list) OR size(#names) = :v", FIVE),
        ("#absent <> :v", FIVE),
        ("#text <> :v", FIVE),
        ("#number <= :v", FIVE),
        ("#number = :v", {"N": "5.0"}),
        ("#nothing = :v", {"NULL": True}),
        ("#names = :v", {"SS": ["y", "x"]}),
        ("#number BETWEEN :v AND :v", FIVE),
        ("NOT #absent < :v", FIVE),
        ("#map.#inner < :v", FIVE),
    ],
)
def test_other_comparisons_are_as_they_were(table, expression, value):
    assert _holds(table, expression, v=value)


def test_an_expiry_that_is_text_is_not_later_than_a_number(table):
    """The old form of conditions, which some clients still send."""
    for operator in ("GT", "LT", "BEGINS_WITH", "CONTAINS"):
        wanted = {"text": {"ComparisonOperator": operator, "AttributeValueList": [FIVE]}}
        assert table.scan(TableName="t", ScanFilter=wanted)["Count"] == 0
    wanted = {"number": {"ComparisonOperator": "GE", "AttributeValueList": [FIVE]}}
    assert table.scan(TableName="t", ScanFilter=wanted)["Count"] == 1
