"""An update may read key attributes and not change them, as in DynamoDB."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local_emulator.aws.moto_patches.dynamodb.key_attributes import read_key_attributes


@pytest.fixture(scope="module")
def update():
    """Changes the one item by an expression, and returns the item."""
    read_key_attributes()
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="t",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName="t", Item={"id": {"S": "a"}})
        given = {"TableName": "t", "Key": {"id": {"S": "a"}}, "ReturnValues": "ALL_NEW"}
        yield lambda expression, **more: client.update_item(**given, UpdateExpression=expression, **more)["Attributes"]


@pytest.mark.parametrize("value", ["id", "#id", "if_not_exists(copied, id)"])
def test_a_key_attribute_is_copied(update, value):
    names = {"ExpressionAttributeNames": {"#id": "id"}} if "#" in value else {}
    assert update(f"SET copied = {value}", **names)["copied"] == {"S": "a"}


@pytest.mark.parametrize("expression", ["SET #id = :v", "SET other = :v, #id = :v", "REMOVE #id", "ADD #id :n"])
def test_a_key_attribute_is_not_changed(update, expression):
    values = {":v": {"S": "b"}, ":n": {"N": "1"}}
    used = {name: value for name, value in values.items() if name in expression}
    more = {"ExpressionAttributeValues": used} if used else {}
    with pytest.raises(ClientError, match="part of the key"):
        update(expression, ExpressionAttributeNames={"#id": "id"}, **more)
