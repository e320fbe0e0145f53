#!/usr/bin/env bash
# moto 5.2.5: ReceiveMessage counts the whole queue again for each message that it returns. To know how long a message is
# kept, it asks for the attribute MessageRetentionPeriod, and that computes all attributes of the queue three times, among
# them three numbers of messages. A receive of ten from a backlog of 300 asks some 18 000 times whether a message is
# visible; SendMessage looks at each message three times, too. So a backlog drains in quadratic time:
# with 600 messages, ten take 0.36 s of CPU. A test with a small queue does not show it; a load test sees SQS collapse.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[sqs]==5.2.5' boto3==1.44.8
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import boto3
from moto import mock_aws
from moto.sqs.models import Message


def looks_of_a_receive(backlog: int) -> int:
    looks = 0
    visible = Message.visible

    def counted(message: Message) -> bool:
        nonlocal looks
        looks += 1
        return visible.fget(message)

    with mock_aws():
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName=f"jobs-{backlog}")["QueueUrl"]
        for _ in range(backlog // 10):
            sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": "x"} for n in range(10)])
        Message.visible = property(counted)
        assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 10
        Message.visible = visible
    return looks


looks = {backlog: looks_of_a_receive(backlog) for backlog in (30, 300)}
print("moto 5.2.5, looks at messages in one receive of ten, by backlog:", looks)
sys.exit(not all(looks[backlog] > 10 * 3 * backlog for backlog in looks))
PYTHON
