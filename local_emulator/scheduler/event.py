"""The payload of a schedule's invocation. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from local_emulator.deployment import Schedule
from local_emulator.timestamps import iso_8601


def schedule_payload(schedule: Schedule, due: datetime, event_id: str, account: str, region: str) -> str:
    """Returns the JSON text of the payload: the template's input, or the service's own event.

    EventBridge User Guide, eb-create-rule-schedule; EventBridge Scheduler User Guide,
    managing-schedule-context-attributes. Reported: Scheduler's own event has a string for its detail.
    """
    time = iso_8601(due.astimezone(UTC), "seconds")
    if schedule.input is not None:
        return _input(schedule, time, event_id)
    scheduler = schedule.source == "scheduler"
    event = {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler" if scheduler else "aws.events",
        "account": account,
        "time": time,
        "region": region,
        "resources": [schedule.arn],
        "detail": "{}" if scheduler else {},
    }
    return json.dumps(event)


def _input(schedule: Schedule, time: str, event_id: str) -> str:
    """Documented: Scheduler replaces these four words; a rule's input is constant."""
    text = schedule.input or ""
    if schedule.source == "scheduler":
        for name, value in (
            ("schedule-arn", schedule.arn),
            ("scheduled-time", time),
            ("execution-id", event_id),
            ("attempt-number", "1"),
        ):
            text = text.replace(f"<aws.scheduler.{name}>", value)
    return text if _is_json(text) else json.dumps(text)


def _is_json(text: str) -> bool:
    """Lambda accepts JSON alone. Inferred: other text, which Scheduler allows, arrives as a string."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
