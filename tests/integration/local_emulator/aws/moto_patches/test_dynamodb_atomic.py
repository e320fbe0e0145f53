"""moto's DynamoDB under several threads at once."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from moto import mock_aws

from local_emulator.aws.moto_patches.dynamodb_atomic import make_writes_atomic

CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
KEY = {"user": {"S": "ann"}}


def test_a_counter_that_many_threads_count_loses_no_step_and_answers_each_once() -> None:
    make_writes_atomic()
    with mock_aws():
        dynamodb = boto3.client("dynamodb", **CREDENTIALS)
        dynamodb.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "user", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        answers: list[int] = []
        threads = [threading.Thread(target=_count, args=(dynamodb, answers)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == list(range(1, 101))


def _count(dynamodb: Any, answers: list[int]) -> None:
    one = {":one": {"N": "1"}}
    for _ in range(25):
        answer = dynamodb.update_item(
            TableName="t",
            Key=KEY,
            UpdateExpression="ADD hits :one",
            ExpressionAttributeValues=one,
            ReturnValues="ALL_NEW",
        )
        answers.append(int(answer["Attributes"]["hits"]["N"]))
