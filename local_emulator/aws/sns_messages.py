"""The messages of SNS: the event of a function, and the text of a queue's message. Pure.

Sources: Lambda Developer Guide, with-sns; SNS Developer Guide, sns-sqs-as-subscriber and sns-large-payload-raw-message.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Attributes = Mapping[str, Mapping[str, Any]]
# The emulator signs nothing: a text in the place of each field of the signature.
SIGNATURE = {"SignatureVersion": "1", "Signature": "EXAMPLE"}
CERTIFICATE, UNSUBSCRIBE = "EXAMPLE", "EXAMPLE"


@dataclass(frozen=True, slots=True)
class Notification:
    """A message of a topic for one subscription; attributes have a Type and a Value."""

    message_id: str
    topic_arn: str
    subscription_arn: str
    message: str
    subject: str | None
    timestamp: str
    attributes: Attributes

    def function_event(self) -> dict[str, Any]:
        """Returns the event that a function gets."""
        notification = {
            "Type": "Notification",
            "MessageId": self.message_id,
            "TopicArn": self.topic_arn,
            "Subject": self.subject,
            "Message": self.message,
            "Timestamp": self.timestamp,
            **SIGNATURE,
            "SigningCertUrl": CERTIFICATE,
            "UnsubscribeUrl": UNSUBSCRIBE,
            "MessageAttributes": self._shown_attributes(),
        }
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": self.subscription_arn,
            "Sns": notification,
        }
        return {"Records": [record]}

    def envelope(self) -> str:
        """Returns the body of a queue's message, for a subscription without raw delivery."""
        body = {"Type": "Notification", "MessageId": self.message_id, "TopicArn": self.topic_arn}
        if self.subject:
            body["Subject"] = self.subject
        body |= {"Message": self.message, "Timestamp": self.timestamp, **SIGNATURE}
        body |= {"SigningCertURL": CERTIFICATE, "UnsubscribeURL": UNSUBSCRIBE}
        attributes = {"MessageAttributes": self._shown_attributes()} if self.attributes else {}
        return json.dumps({**body, **attributes}, indent=2)

    def message_attributes(self) -> dict[str, dict[str, Any]]:
        """Returns the attributes of a queue's message, for raw delivery."""
        return {name: _queue_attribute(one) for name, one in self.attributes.items()}

    def _shown_attributes(self) -> dict[str, dict[str, str]]:
        return {name: {"Type": one["Type"], "Value": _text(one["Value"])} for name, one in self.attributes.items()}


def _queue_attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    kind, value = attribute["Type"], attribute["Value"]
    return {"DataType": kind, "BinaryValue" if kind.startswith("Binary") else "StringValue": _text(value)}


def _text(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
