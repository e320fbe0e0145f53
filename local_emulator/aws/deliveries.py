"""Sends what AWS's services deliver to a target: a function, a queue, a topic or an event bus."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Invoke = Callable[[str, str, str], None]
"""Invokes a function asynchronously: its ARN, the JSON text of the event, and the kind of source for the console."""


class Deliveries:
    """Delivers to ARNs. A target that fails never fails its sender, as in AWS; the console says so."""

    def __init__(self, invoke: Invoke, tell: Callable[[str], None]) -> None:
        self._invoke = invoke
        self.tell = tell

    def to_function(self, arn: str, payload: str, source: str) -> None:
        """Functions take JSON alone."""
        try:
            json.loads(payload)
        except ValueError:
            self.tell(f"{source}: {arn} is not invoked: its input is no JSON")
        else:
            self._invoke(arn, payload, source)

    def to_queue(self, arn: str, body: str, source: str, **more: Any) -> None:
        from moto.sqs.models import sqs_backends

        region, account, name = arn.split(":")[3:6]
        backend = sqs_backends[account][region]
        self._attempt(arn, source, lambda: backend.send_message(name, body, **more))

    def to_topic(self, arn: str, message: str, source: str, subject: str | None = None) -> None:
        from moto.sns.models import sns_backends

        region, account = arn.split(":")[3:5]
        backend = sns_backends[account][region]
        self._attempt(arn, source, lambda: backend.publish(message, arn, subject=subject))

    def _attempt(self, arn: str, source: str, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as problem:  # moto has many errors for a target that is not there
            self.tell(f"{source}: {arn} could not be reached: {problem}")


def service_of_arn(arn: str) -> str:
    """Returns the service of an ARN, "" for a text that is none."""
    parts = arn.split(":")
    return parts[2] if len(parts) >= 6 else ""
