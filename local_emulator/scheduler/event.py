"""The payload of a schedule's invocation. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from local_emulator.deployment import Schedule
from local_emulator.event_patterns.input_transformer import is_json
from local_emulator.timestamps import iso_8601


def schedule_payload(schedule: Schedule, due: datetime, event_id: str, account: str, region: str) -> str | None:
    """Returns the JSON text of the payload: the service's own event, or the template's input.

    Returns None if an InputTransformer makes bad JSON, or an InputPath leads nowhere: AWS then sends nothing.

    EventBridge User Guide, eb-create-rule-schedule; EventBridge Scheduler User Guide,
    managing-schedule-context-attributes. Reported: Scheduler's own event has a string for its detail.
    """
    time = iso_8601(due.astimezone(UTC), "seconds")
    if schedule.source == "scheduler" and schedule.input.constant is not None:
        return _scheduler_input(schedule, schedule.input.constant, time, event_id)
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
    return schedule.input.payload(event, schedule.name, schedule.arn, time)


def _scheduler_input(schedule: Schedule, text: str, time: str, event_id: str) -> str:
    """Documented: Scheduler replaces these four words.

    Lambda accepts JSON alone. Inferred: other text, which Scheduler allows, arrives as a string.
    """
    for name, value in (
        ("schedule-arn", schedule.arn),
        ("scheduled-time", time),
        ("execution-id", event_id),
        ("attempt-number", "1"),
    ):
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text if is_json(text) else json.dumps(text)
