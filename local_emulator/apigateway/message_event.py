"""The MESSAGE events of one connection, of which only what differs is made anew for each message.

Most of an event is the same for the life of a connection. Building all of it, as text and back, costs more than
anything else that the gateway does for a message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from local_emulator.apigateway.rules import events
from local_emulator.apigateway.rules.events import ConnectionFacts, Event

CONTEXT_CHARS = 700  # what an event has beside its body, as a rule


class MessageEvents:
    """Makes what `events.message_event` makes, of a copy of what never changes."""

    __slots__ = ("_context", "_event", "_nested")

    def __init__(self, facts: ConnectionFacts, authorizer: Mapping[str, str] | None) -> None:
        self._event = events.message_event(facts, "", "", authorizer, message_id="", request_id="", now=0)
        self._context: Event = self._event["requestContext"]
        self._nested = [
            (holder is self._event, name)
            for holder in (self._event, self._context)
            for name, value in holder.items()
            if isinstance(value, dict) and value is not self._context
        ]

    def event(self, message: MessageEvent) -> Event:
        """The event of one message; nothing of it is shared with another's."""
        event, context = self._event.copy(), self._context.copy()
        for outermost, name in self._nested:
            holder = event if outermost else context
            holder[name] = holder[name].copy()
        context["routeKey"] = message.route_key
        context["messageId"] = message.message_id
        context["extendedRequestId"] = context["requestId"] = message.request_id
        context["requestTime"] = events.request_time(message.now)
        context["requestTimeEpoch"] = message.now
        event["requestContext"] = context
        event["body"] = message.body
        return event


@dataclass(slots=True, eq=False)
class MessageEvent:
    """The event of one message as the payload of a function."""

    events: MessageEvents
    route_key: str
    body: str
    message_id: str
    request_id: str
    now: int

    @property
    def chars(self) -> int:
        return len(self.body) + CONTEXT_CHARS

    @property
    def text(self) -> str:
        return json.dumps(self.value())

    def value(self) -> Event:
        return self.events.event(self)
