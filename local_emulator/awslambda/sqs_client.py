"""Lambda's own calls to SQS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_emulator.awslambda.service_clients import ServiceClients

MAX_AT_ONCE = 10  # SQS takes and gives no more messages in one call


class Sqs(ServiceClients):
    """The queues of a deployment. Methods raise StoppedError, SERVICE_ERRORS."""

    def successor(self) -> Sqs:
        """Returns one with the same client that does not stop with this one."""
        other = Sqs(self._region)
        other._clients = dict(self._clients)
        return other

    def send(self, queue_arn: str, body: str, attributes: Mapping[str, Any] | None = None) -> None:
        url = self.url(queue_arn)
        group = {"MessageGroupId": "lambda"} if queue_arn.endswith(".fifo") else {}
        self.client("sqs").send_message(
            QueueUrl=url, MessageBody=body, MessageAttributes=dict(attributes or {}), **group
        )

    def receive(self, url: str, most: int, wait_seconds: int) -> list[dict[str, Any]]:
        """Waits for messages, and returns up to 10 with all their attributes."""
        answer = self.client("sqs").receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(most, MAX_AT_ONCE),
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def delete(self, url: str, messages: Sequence[Mapping[str, Any]]) -> None:
        for start in range(0, len(messages), MAX_AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + MAX_AT_ONCE])
            ]
            self.client("sqs").delete_message_batch(QueueUrl=url, Entries=entries)

    def url(self, queue_arn: str) -> str:
        account, name = queue_arn.split(":")[-2:]
        url: str = self.client("sqs").get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        return url

    def visibility_seconds(self, url: str) -> int:
        """Returns the seconds for which a received message stays hidden."""
        answer = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        return int(answer["Attributes"]["VisibilityTimeout"])
