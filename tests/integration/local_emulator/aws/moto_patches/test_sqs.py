"""moto's queues with many messages, and with messages that are too old."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.sqs.models import Message, sqs_backends

from local_emulator.aws.moto_patches.sqs import make_queues_safe
from tests.integration.local_emulator.aws.moto_patches.conftest import CREDENTIALS

BACKLOG = 50


def test_a_receive_looks_at_each_message_of_a_backlog_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    make_queues_safe()
    looks: list[Message] = []
    visible: Any = Message.visible

    def counted(message: Message) -> bool:
        looks.append(message)
        seen: bool = visible.fget(message)
        return seen

    with mock_aws():
        sqs, url = _queue_with_messages()
        monkeypatch.setattr(Message, "visible", property(counted))
        assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 10

    assert len(looks) <= 3 * BACKLOG


def test_a_message_older_than_the_queue_keeps_messages_is_not_received() -> None:
    make_queues_safe()
    with mock_aws():
        sqs, url = _queue_with_messages(MessageRetentionPeriod="60")
        account = url.split("/")[-2]
        for message in sqs_backends[account]["us-east-1"].get_queue("backlog")._messages:
            message.sent_timestamp -= 61_000
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        sqs.send_message(QueueUrl=url, MessageBody="new")
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "3600"})
        assert len(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 10


def _queue_with_messages(**attributes: str) -> tuple[Any, str]:
    sqs = boto3.client("sqs", **CREDENTIALS)
    url = sqs.create_queue(QueueName="backlog", Attributes=attributes)["QueueUrl"]
    for _ in range(BACKLOG // 10):
        entries = [{"Id": str(number), "MessageBody": "x"} for number in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    return sqs, url
