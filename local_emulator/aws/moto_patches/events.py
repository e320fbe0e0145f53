"""Puts the emulator's matching and delivery into moto's EventBridge.

moto sends to disabled rules, takes wrong patterns, and lets one broken rule stop the others.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend, Rule
from moto.events.responses import EventsHandler

from local_emulator.aws.event_entries import InvalidEntryError, event_of_entry
from local_emulator.aws.event_router import EventRouter
from local_emulator.aws.moto_patches.patching import Patches
from local_emulator.event_patterns.input_transformer import InvalidTargetError, read_target_input
from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import read_event
from local_emulator.event_patterns.pattern import EventPattern, parse_pattern

MAX_ENTRIES = 10


def install_events(patches: Patches, router: EventRouter) -> None:
    """Changes PutRule, PutTargets, PutEvents, TestEventPattern and replays."""
    patches.wrap(EventsBackend, "put_rule", _put_rule)
    patches.wrap(EventsBackend, "put_targets", _put_targets)
    patches.replace(EventsBackend, "put_events", _put_events(router))
    patches.replace(EventsHandler, "test_event_pattern", _test_event_pattern)
    patches.replace(Rule, "send_to_targets", _send_to_targets(router))


def _parsed(text: str) -> EventPattern:
    try:
        return parse_pattern(text)
    except InvalidPatternError as refused:
        raise InvalidEventPatternException(refused.reason) from None


def _put_rule(stock: Callable[..., Rule]) -> Callable[..., Rule]:
    def put_rule(backend: EventsBackend, name: str, *arguments: Any, **named: Any) -> Rule:
        if pattern := named.get("event_pattern"):
            _parsed(pattern)
        return stock(backend, name, *arguments, **named)

    return put_rule


def _put_targets(stock: Callable[..., None]) -> Callable[..., None]:
    def put_targets(
        backend: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        for target in targets:
            try:
                read_target_input(target["Id"], target)
            except InvalidTargetError as refused:
                raise ValidationException(str(refused)) from None
        stock(backend, name, event_bus_arn, targets)

    return put_targets


def _put_events(router: EventRouter) -> Callable[..., list[dict[str, Any]]]:
    def put_events(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not 1 <= len(events) <= MAX_ENTRIES:
            problem = f"Member must have length less than or equal to {MAX_ENTRIES}"
            problem = problem if events else "Member must have length greater than or equal to 1"
            value = "Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint"
            raise ValidationException(f"1 validation error detected: {value}: {problem}")
        return [_put_entry(backend, router, entry) for entry in events]

    return put_events


def _put_entry(backend: EventsBackend, router: EventRouter, entry: dict[str, Any]) -> dict[str, Any]:
    event_id = str(uuid.uuid4())
    try:
        event = event_of_entry(entry, event_id, backend.account_id, backend.region_name, datetime.now(UTC))
    except InvalidEntryError as refused:
        return {"ErrorCode": refused.code, "ErrorMessage": str(refused)}
    router.put(backend, str(entry.get("EventBusName") or "default").rpartition("/")[2], event)
    return {"EventId": event_id}


def _test_event_pattern(handler: EventsHandler) -> str:
    pattern = _parsed(handler._get_param("EventPattern"))
    try:
        event = read_event(handler._get_param("Event"))
    except ValueError:
        raise ValidationException("Parameter Event is not valid.") from None
    return json.dumps({"Result": pattern.matches(event)})


def _send_to_targets(router: EventRouter) -> Callable[..., None]:
    """A replay sends its events to each rule by this method, with the name of the replay."""

    def send_to_targets(rule: Rule, event: dict[str, Any], transform_input: bool = True) -> None:
        from moto.events.models import events_backends

        router.put_to_rule(events_backends[rule.account_id][rule.region_name], rule, event)

    return send_to_targets
