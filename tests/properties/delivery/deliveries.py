"""Sources that deliver at least once, in any order, to our push on moto's tables; and the screens at the other end."""

from __future__ import annotations

import json
from typing import Any

from testing.queues import record_of, take, wait
from tests.properties.delivery.screen import Screen
from tests.properties.delivery.story import Message
from tests.properties.life.gateway import Line
from tests.properties.life.simulation import Simulation

MOST_ROUNDS = 20


class Deliveries:
    """`waiting` are messages that a source still holds: never delivered, or reported as failed."""

    def __init__(self, simulation: Simulation, messages: list[Message]) -> None:
        self.messages = messages
        self.waiting = list(messages)
        self._simulation = simulation
        self._screens: dict[str, tuple[int, Screen]] = {}

    def through_sqs(self, *which: int) -> None:
        """Deliver some messages as one batch, whether or not they came before; those that fail are held on to."""
        batch = {str(number % len(self.messages)): self.messages[number % len(self.messages)] for number in which}
        answer = self._simulation.invoke("push", {"Records": [_record(one, id) for id, one in batch.items()]})
        failed = batch.keys() if answer is None else {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        self._settle([message for id, message in batch.items() if id not in failed])

    def through_eventbridge(self, which: int) -> None:
        """Its time has whole seconds, so pipelines that have more to tell give a rev."""
        message = self.messages[which % len(self.messages)]
        event = {"source": "pipeline", "detail-type": "UploadProgress", "detail": {"updates": message.with_revs()}}
        self._deliver(message, event | {"time": "2026-01-01T12:00:00Z"})

    def directly(self, which: int) -> None:
        """Pipelines that repeat an invocation that failed give a rev, too."""
        message = self.messages[which % len(self.messages)]
        self._deliver(message, message.with_revs())

    def to_the_end(self) -> None:
        """Nothing fails any more: what is held is delivered, what waits on ProgressQueue comes, who connects hears."""
        for _ in range(MOST_ROUNDS):
            while self.waiting:
                self.through_sqs(*(self.messages.index(one) for one in self.waiting))
            wait(10_000)
            queued = take()
            if not queued:
                break
            self._simulation.invoke("push", {"Records": queued})
        assert self.waiting == [] and not queued
        for line in self.lines():
            if not any(frame.type == "snapshot" for frame in line.frames):
                self._simulation.say(line, "hello")

    def lines(self) -> list[Line]:
        return [line for line in self._simulation.lines() if line.is_live]

    def screens(self) -> dict[str, Screen]:
        """What every client shows by now, by connection."""
        for line in self.lines():
            heard, screen = self._screens.get(line.connection_id, (0, Screen()))
            for frame in line.frames[heard:]:
                screen.hear(frame.message)
            self._screens[line.connection_id] = len(line.frames), screen
        return {line.connection_id: self._screens[line.connection_id][1] for line in self.lines()}

    def _deliver(self, message: Message, event: Any) -> None:
        if self._simulation.invoke("push", event) is not None:
            self._settle([message])

    def _settle(self, taken: list[Message]) -> None:
        self.waiting = [one for one in self.waiting if one not in taken]


def _record(message: Message, id: str) -> dict[str, Any]:
    """Of a queue of the pipeline's own, so that its redelivery is ours to decide."""
    return record_of(
        {
            "MessageId": id,
            "ReceiptHandle": "",
            "Body": json.dumps(message.updates),
            "Attributes": {"SentTimestamp": str(message.sent_at), "ApproximateReceiveCount": "1"},
        },
        "https://sqs.us-east-1.amazonaws.com/123456789012/of-the-pipeline",
    )
