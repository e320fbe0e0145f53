"""Lambda's own calls to SQS, through boto3. All of them block: they belong into worker threads."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MAX_AT_ONCE = 10  # SQS takes and gives no more messages in one call


SQS_ERRORS = (BotoCoreError, ClientError)


class StoppedError(Exception):
    """The emulator is stopping; SQS is no longer there."""


class Sqs:
    """One client for all queues of a deployment, made when it is first needed."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._client: Any = None
        self._lock = threading.Lock()
        self.stopping = threading.Event()

    def successor(self) -> Sqs:
        """Returns one with the same client that does not stop with this one."""
        other = Sqs(self._region)
        other._client = self._client
        return other

    def stop(self) -> None:
        """Prevents further calls: without the emulator, they would reach AWS."""
        self.stopping.set()

    def send(self, queue_arn: str, body: str, attributes: Mapping[str, Any] | None = None) -> None:
        """Raises StoppedError, SQS_ERRORS."""
        url = self.url(queue_arn)
        group = {"MessageGroupId": "lambda"} if queue_arn.endswith(".fifo") else {}
        self._open().send_message(QueueUrl=url, MessageBody=body, MessageAttributes=dict(attributes or {}), **group)

    def receive(self, url: str, most: int, wait_seconds: int) -> list[dict[str, Any]]:
        """Waits for messages, and returns up to 10 with all their attributes. Raises StoppedError, SQS_ERRORS."""
        answer = self._open().receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(most, MAX_AT_ONCE),
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def delete(self, url: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Raises StoppedError, SQS_ERRORS."""
        for start in range(0, len(messages), MAX_AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + MAX_AT_ONCE])
            ]
            self._open().delete_message_batch(QueueUrl=url, Entries=entries)

    def url(self, queue_arn: str) -> str:
        """Raises StoppedError, SQS_ERRORS: there may be no such queue."""
        account, name = queue_arn.split(":")[-2:]
        url: str = self._open().get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        return url

    def visibility_seconds(self, url: str) -> int:
        """Returns the seconds for which a received message stays hidden. Raises StoppedError, SQS_ERRORS."""
        answer = self._open().get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        return int(answer["Attributes"]["VisibilityTimeout"])

    def _open(self) -> Any:
        if self.stopping.is_set():
            raise StoppedError
        with self._lock:  # a session must not make two clients at once
            if self._client is None:
                session = boto3.session.Session(region_name=self._region)
                self._client = session.client("sqs", config=Config(retries={"total_max_attempts": 1}))
        return self._client
