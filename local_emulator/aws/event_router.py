"""Sends events to the targets of the rules that match them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from local_emulator.aws.deliveries import Deliveries, service_of_arn
from local_emulator.event_patterns.input_transformer import read_target_input
from local_emulator.event_patterns.json_text import read_event
from local_emulator.event_patterns.leaves import Leaves, leaves_of
from local_emulator.event_patterns.pattern import EventPattern, parse_pattern
from local_emulator.timestamps import iso_8601

if TYPE_CHECKING:
    from moto.events.models import EventsBackend, Rule

MAX_PATTERNS = 4_096
DISABLED = "DISABLED"


class EventRouter:
    """The rules of moto's buses, with the emulator's matching and delivery.

    A rule that is disabled, or has a schedule alone, gets no event. A target that fails affects no other.
    """

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def put(self, backend: EventsBackend, bus_name: str, event: Mapping[str, Any], forwarded: bool = False) -> None:
        """Delivers an event of one bus. A bus that does not exist takes it without an error, as recorded."""
        bus = backend.event_buses.get(bus_name)
        leaves = event_leaves(event)
        for rule in list(bus.rules.values()) if bus is not None else ():
            try:
                if matches_rule(rule, leaves):
                    self._send(backend, rule, event, forwarded)
            except Exception as problem:  # a broken rule stops neither the others nor the sender
                self._deliveries.tell(f"{rule.name} got no event: {problem}")

    def put_to_rule(self, backend: EventsBackend, rule: Rule, event: Mapping[str, Any]) -> None:
        """Delivers an event to one rule, if that matches."""
        if matches_rule(rule, event_leaves(event)):
            self._send(backend, rule, event, forwarded=False)

    def _send(self, backend: EventsBackend, rule: Rule, event: Mapping[str, Any], forwarded: bool) -> None:
        for target in list(rule.targets):
            given = read_target_input(target["Id"], target)
            payload = given.payload(event, rule.name, rule.arn, iso_8601(datetime.now(UTC), "seconds"))
            if payload is None:
                self._deliveries.tell(f"{rule.name}: target {target['Id']} gets nothing: its input gives no JSON")
            else:
                self._deliver(backend, rule, target, event, payload, forwarded)

    def _deliver(
        self,
        backend: EventsBackend,
        rule: Rule,
        target: Mapping[str, Any],
        event: Mapping[str, Any],
        payload: str,
        forwarded: bool,
    ) -> None:
        arn: str = target["Arn"]
        match service_of_arn(arn):
            case "lambda":
                self._deliveries.to_function(arn, payload, "event")
            case "sqs":
                group = (target.get("SqsParameters") or {}).get("MessageGroupId")
                self._deliveries.to_queue(arn, payload, "event", group_id=group)
            case "sns":
                self._deliveries.to_topic(arn, payload, "event")
            case "events" if arn.endswith(":::"):
                self._archive(rule, payload, event)
            case "events" if not forwarded:  # documented: an event is not sent on to a third bus
                self.put(backend, arn.rpartition("/")[2], event, forwarded=True)
            case "events":
                self._deliveries.tell(f"{rule.name}: {arn} gets nothing: no event goes to a third bus")
            case _:
                self._deliveries.tell(f"{rule.name}: {arn} is not emulated as a target of rules")

    def _archive(self, rule: Rule, payload: str, event: Mapping[str, Any]) -> None:
        name = json.loads(payload)["archive-arn"].rpartition("/")[2]
        rule._send_to_events_archive(name, dict(event))  # type: ignore[arg-type]


def event_leaves(event: Mapping[str, Any]) -> Leaves:
    """Returns the leaves of an event as it is in JSON."""
    return leaves_of(read_event(json.dumps(event)))


def matches_rule(rule: Rule, leaves: Leaves) -> bool:
    """Returns True for an enabled rule with a pattern that matches."""
    text = rule.event_pattern.dump()
    return bool(text) and rule.state != DISABLED and _compiled(str(text)).matches_leaves(leaves)


@lru_cache(MAX_PATTERNS)
def _compiled(text: str) -> EventPattern:
    """PutRule has refused wrong patterns."""
    return parse_pattern(text)
