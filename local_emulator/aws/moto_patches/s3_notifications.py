"""Puts the emulator's events of S3 in the place of moto's: one event for each change, with AWS's fields."""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import flask
from moto.s3 import notifications
from moto.s3.models import S3Backend

from local_emulator.aws.deliveries import Deliveries
from local_emulator.aws.event_router import EventRouter
from local_emulator.aws.moto_patches.patching import Patches
from local_emulator.aws.s3_events import SUBJECT, ObjectEvent, check_event

DELETE, MARKER = "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated"
# moto tells of these whenever an object is written; they are events only where the request is about them.
ASKED_FOR = {"ObjectTagging:Put": "tagging", "ObjectTagging:Delete": "tagging", "ObjectAcl:Put": "acl"}


@dataclass(frozen=True, slots=True)
class DeletedObject:
    """Stands for an object that is gone; `version_id` is the version deleted, or that of its delete marker."""

    name: str
    version_id: str | None


class S3Notifications:
    """Sends the events of buckets to where their configurations say."""

    def __init__(self, deliveries: Deliveries, router: EventRouter) -> None:
        self._deliveries = deliveries
        self._router = router
        self._sequence = itertools.count(time.time_ns())
        self._counting = threading.Lock()

    def send_event(self, account_id: str, event_name: str, bucket: Any, key: Any) -> None:
        """Takes the place of moto's function: `event_name` is S3's, such as `s3:ObjectCreated:Put`."""
        name = str(getattr(event_name, "value", event_name)).removeprefix("s3:")
        if name != DELETE and not is_superseded(name):
            self.send(account_id, name, bucket, key)

    def send(self, account_id: str, name: str, bucket: Any, key: Any) -> None:
        configuration = bucket.notification_configuration
        if configuration is None:
            return
        event = self._event(account_id, name, bucket, key)
        for one in wanting(configuration.cloud_function, event):
            self._deliveries.to_function(one.arn, json.dumps(event.notification(one.id)), "bucket")
        for one in wanting(configuration.queue, event):
            self._deliveries.to_queue(one.arn, json.dumps(event.notification(one.id)), "bucket")
        for one in wanting(configuration.topic, event):
            self._deliveries.to_topic(one.arn, json.dumps(event.notification(one.id)), "bucket", SUBJECT)
        if configuration.event_bridge is not None:
            from moto.events.models import events_backends

            backend = events_backends[account_id][bucket.region_name]
            self._router.put(backend, "default", event.event(str(uuid.uuid4())))

    def send_test_event(self, account_id: str, bucket: Any) -> None:
        """Tries the queues and topics of a new configuration, as S3 does."""
        configuration = bucket.notification_configuration
        body = json.dumps(check_event(bucket.name, datetime.now(UTC), request_id()))
        for arn in {one.arn for one in configuration.queue}:
            self._deliveries.to_queue(arn, body, "bucket")
        for arn in {one.arn for one in configuration.topic}:
            self._deliveries.to_topic(arn, body, "bucket", SUBJECT)

    def _event(self, account_id: str, name: str, bucket: Any, key: Any) -> ObjectEvent:
        there = not name.startswith("ObjectRemoved")
        with self._counting:
            sequencer = f"{next(self._sequence):018X}"
        return ObjectEvent(
            name=name,
            bucket=bucket.name,
            region=bucket.region_name,
            account=account_id,
            key=key.name,
            size=key.size if there else None,
            etag=key.etag.strip('"') if there else None,
            version_id=key.version_id if bucket.is_versioned else None,
            sequencer=sequencer,
            time=datetime.now(UTC),
            request_id=request_id(),
            source_ip=flask.request.remote_addr or "127.0.0.1" if flask.has_request_context() else "127.0.0.1",
        )


def install_s3(patches: Patches, sender: S3Notifications) -> None:
    """Changes moto's notifications and the deletion of objects."""
    patches.replace(notifications, "send_event", sender.send_event)
    patches.replace(notifications, "send_test_event", sender.send_test_event)
    patches.wrap(S3Backend, "delete_object", _delete_object(sender))


def is_superseded(name: str) -> bool:
    """Returns True for an event of moto that S3 does not send for this request.

    Recorded: an upload in parts is one event, and its tags are none of their own.
    """
    if not flask.has_request_context():
        return False
    asked = flask.request.args
    completes = flask.request.method == "POST" and "uploadId" in asked
    return (name in ("ObjectCreated:Put", "ObjectCreated:Post") and completes) or (
        name in ASKED_FOR and ASKED_FOR[name] not in asked
    )


def wanting(configurations: list[Any], event: ObjectEvent) -> Iterator[Any]:
    """Yields the configurations that want an event."""
    for one in configurations:
        rules = one.filters.get("S3Key", {}).get("FilterRule", []) if one.filters else []
        rules = rules if isinstance(rules, list) else [rules]
        if event.is_wanted(one.events, [(rule["Name"], rule["Value"] or "") for rule in rules]):
            yield one


def request_id() -> str:
    """Returns an id in the form of S3's."""
    return uuid.uuid4().hex[:16].upper()


def _delete_object(sender: S3Notifications) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Recorded: each key of a deletion is an event, also one that was never there."""

    def wrap(stock: Callable[..., Any]) -> Callable[..., Any]:
        def delete_object(
            backend: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
        ) -> Any:
            result = stock(backend, bucket_name, key_name, version_id=version_id, bypass=bypass)
            bucket = backend.get_bucket(bucket_name)
            name = MARKER if bucket.is_versioned and version_id is None else DELETE
            deleted = DeletedObject(key_name, version_id or result[1].get("version-id"))
            sender.send(backend.account_id, name, bucket, deleted)
            return result

        return delete_object

    return wrap
