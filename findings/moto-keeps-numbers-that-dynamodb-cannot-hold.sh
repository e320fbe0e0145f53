#!/usr/bin/env bash
# moto 5.2.5: DynamoDB's numbers stay the text that was sent. DynamoDB holds at most 38 digits and writes a number without
# the zeros at its end (Developer Guide, "Supported data types": precision of 38 digits, trailing zeroes are trimmed).
# moto stores 39 digits without an error, and reads "1.50" as "1.50". DynamoDB Local 1.25.1 refuses the first with a
# ValidationException and reads the second as "1.5". So a test on moto passes for a write that fails in AWS, and a test
# that compares the text of a number passes on one of them only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[dynamodb]==5.2.5' boto3==1.44.8
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import boto3
from moto import mock_aws

with mock_aws():
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="numbers",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    read = []
    for number in ("1" * 39, "1.50"):
        dynamodb.put_item(TableName="numbers", Item={"id": {"S": "a"}, "n": {"N": number}})
        read.append(dynamodb.get_item(TableName="numbers", Key={"id": {"S": "a"}})["Item"]["n"]["N"])
print("moto 5.2.5, written", ["1" * 39, "1.50"], "read", read)
sys.exit(read != ["1" * 39, "1.50"])
PYTHON
