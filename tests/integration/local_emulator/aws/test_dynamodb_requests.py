"""Calls of DynamoDB, as moto's own handler answers them."""

import pytest
from moto import mock_aws

from local_emulator.aws.dynamodb_requests import DynamoDbRequest, answer

NAMED = b'{"TableName": "none", "Item": {"id": {"S": "1"}}}'


@pytest.mark.parametrize(
    ("body", "error"),
    [(b'{"TableName": "none\\\'s"}', b"SerializationException"), (NAMED, b"ResourceNotFoundException")],
)
def test_a_body_that_is_no_json_is_an_error_of_the_caller(body, error):
    with mock_aws():
        status, _, said = answer(DynamoDbRequest({"x-amz-target": "DynamoDB_20120810.PutItem"}, body))
    assert status == 400 and error in said
