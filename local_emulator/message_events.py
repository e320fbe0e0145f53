"""The MESSAGE events of one connection as JSON text, of which only what differs is written anew for each.

Most of an event is the same for the life of a connection. Building all of it costs more than anything else that the
gateway does for a message.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from local_emulator import events
from local_emulator.events import ConnectionFacts

# Nobody can put these into an event by chance or on purpose.
_MARK = secrets.token_hex(16)
_PLACES = ("routeKey", "messageId", "requestId", "requestTime", "requestTimeEpoch", "body")


class MessageEvents:
    """What `events.message_event` says of each message, as the text that `json.dumps` would make of it."""

    __slots__ = ("_names", "_pieces")

    def __init__(self, facts: ConnectionFacts, authorizer: Mapping[str, str] | None) -> None:
        texts = json.dumps(_marked_event(facts, authorizer)).split(f'"{_MARK}')
        # What follows a mark begins with the name of its place.
        named = [text.partition('"') for text in texts[1:]]
        self._names = tuple(name for name, _, _ in named)
        self._pieces = (texts[0], *(rest for _, _, rest in named))

    def text(self, route_key: str, body: str, *, message_id: str, request_id: str, now: int) -> str:
        """The event of one message, for a function to read."""
        values = {
            "routeKey": json.dumps(route_key),
            "messageId": f'"{message_id}"',
            "requestId": f'"{request_id}"',
            "requestTime": f'"{events.request_time(now)}"',
            "requestTimeEpoch": str(now),
            "body": json.dumps(body),
        }
        text = [self._pieces[0]]
        for name, piece in zip(self._names, self._pieces[1:], strict=True):
            text.append(values[name])
            text.append(piece)
        return "".join(text)


def _marked_event(facts: ConnectionFacts, authorizer: Mapping[str, str] | None) -> events.Event:
    """An event with a mark and its name at every place that differs from message to message."""
    marks = {name: _MARK + name for name in _PLACES}
    event = events.message_event(
        facts,
        marks["routeKey"],
        marks["body"],
        authorizer,
        message_id=marks["messageId"],
        request_id=marks["requestId"],
        now=0,
    )
    event["requestContext"] |= {name: marks[name] for name in ("requestTime", "requestTimeEpoch")}
    return event
