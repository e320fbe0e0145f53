"""Hooks of tusd, bare and in CloudEvents, as updates."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from domain.timestamps import rfc3339
from domain.update import parse_update
from handlers.event_items import EventItems
from testing.push_events import BUCKET, golden, updates_of
from testing.updates import NOW, after

SIZE = 46205


def hook(kind: str, **upload: Any) -> dict[str, Any]:
    """A hook with the fields of tusd's documentation."""
    described = {
        "ID": "14b1c4c77771671a8479bc0444bbc5ce",
        "Size": SIZE,
        "SizeIsDeferred": False,
        "Offset": 0,
        "MetaData": {"filename": "transloadit.png", "userId": "alice"},
        "IsPartial": False,
        "IsFinal": False,
        "PartialUploads": None,
        "Storage": {"Type": "filestore", "Path": "/data/14b1c4c77771671a8479bc0444bbc5ce"},
    }
    request = {"Method": "PATCH", "URI": "/files/", "RemoteAddr": "127.0.0.1:47689", "Header": {"Host": ["a"]}}
    return {"Type": kind, "Event": {"Upload": described | upload, "HTTPRequest": request}}


def read(value: Any, bucket: Any = None) -> list[Any]:
    return list(EventItems(bucket).read(value, NOW))


def fields(value: Any, bucket: Any = None) -> dict[str, Any]:
    [item] = read(value, bucket)
    return dict(item.raw)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("post-create", "uploading"),
        ("post-receive", "uploading"),
        ("pre-finish", "uploading"),
        ("post-finish", "completed"),
        ("post-terminate", "canceled"),
    ],
)
def test_a_hook_is_an_update(kind: str, status: str) -> None:
    assert fields(hook(kind, Offset=100)) == {
        "userId": "alice",
        "uploadId": "14b1c4c77771671a8479bc0444bbc5ce",
        "fileName": "transloadit.png",
        "status": status,
        "bytesUploaded": 100,
        "bytesTotal": SIZE,
    }


@pytest.mark.parametrize(
    "ignored",
    [
        hook("pre-create", ID=None),
        hook("pre-terminate"),
        hook("a-new-kind"),
        hook("post-finish", IsPartial=True),
        hook("post-terminate", Offset=SIZE),
    ],
)
def test_a_hook_that_tells_nothing_about_an_upload_is_ignored(ignored: dict[str, Any]) -> None:
    assert read(ignored) == [None]


def test_the_metadata_may_name_the_upload_and_a_size_may_come_later() -> None:
    found = fields(hook("post-create", Size=None, SizeIsDeferred=True, MetaData={"userId": "bob", "uploadId": "u-1"}))
    assert (found["userId"], found["uploadId"], found["bytesTotal"]) == ("bob", "u-1", None)


@pytest.mark.parametrize("size", [0, None])  # what tusd sends, and what its documentation says
def test_an_unknown_size_limits_no_bytes_and_hides_no_cancellation(size: int | None) -> None:
    for kind, offset, status in (("post-receive", 50, "uploading"), ("post-terminate", 0, "canceled")):
        found = fields(hook(kind, Size=size, SizeIsDeferred=True, Offset=offset))
        update = parse_update(found, received_at=NOW)
        assert (update.status, update.facts["bytesUploaded"], update.facts["bytesTotal"]) == (status, offset, None)


def test_a_name_that_a_client_chose_costs_no_progress() -> None:
    assert fields(hook("post-create", MetaData={"userId": "bob", "filename": "x" * 2000}))["fileName"] == "x" * 1024
    assert "fileName" not in fields(hook("post-create", MetaData={"userId": "bob", "filename": None}))


def test_the_last_progress_of_tusd_comes_after_the_object_and_does_not_reopen_the_upload() -> None:
    """tusd sends a last post-receive when the request is over (handler.sendProgressMessages), thus after S3's event."""
    storage = {"Type": "s3store", "Bucket": "b", "Key": "uploads/alice/u-7"}
    [stored] = updates_of(
        golden("object_created")
        | {"detail": {"object": {"key": "uploads/alice/u-7", "size": SIZE, "etag": "e"}}, "time": rfc3339(NOW)}
    )
    late = parse_update(fields(hook("post-receive", Storage=storage, Offset=SIZE), BUCKET), received_at=NOW + 2500)
    early = parse_update(fields(hook("post-receive", Storage=storage, Offset=5), BUCKET), received_at=NOW + 2500)
    deferred = hook("post-receive", Storage=storage, Offset=5, Size=None, SizeIsDeferred=True)
    unsized = parse_update(fields(deferred, BUCKET), received_at=NOW + 2500)

    assert {after(one, stored=after(stored)).status for one in (late, early, unsized)} == {"completed"}


def test_an_object_in_the_bucket_has_the_ids_and_the_status_of_its_event() -> None:
    storage = {"Type": "s3store", "Bucket": "b", "Key": "uploads/alice/u-7"}
    bucket = replace(BUCKET, status="processing")
    found = fields(hook("post-finish", Storage=storage, MetaData={"userId": "mallory"}), bucket)
    assert (found["userId"], found["uploadId"], found["status"]) == ("alice", "u-7", "processing")


@pytest.mark.parametrize("metadata", [None, {}, [], {"userId": 7}])
def test_a_hook_without_a_user_is_an_item_that_push_refuses(metadata: Any) -> None:
    [item] = read(hook("post-create", MetaData=metadata))
    assert not isinstance(item.raw["userId"], str)


def test_a_cloud_event_gives_its_time_to_what_it_holds() -> None:
    event = {"specversion": "1.0", "type": "t", "source": "s", "id": "1", "time": "2026-03-01T11:59:59.123Z"}
    [item] = read(event | {"data": hook("post-receive", Offset=5)})
    assert (item.announced_at, item.raw["bytesUploaded"]) == (NOW - 877, 5)
    for data in ({"data": '{"userId": "a"}'}, {"data_base64": "eyJ1c2VySWQiOiAiYSJ9"}, {"data": {"userId": "a"}}):
        [item] = read(event | data)
        assert item.raw == {"userId": "a"}


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_hooks_in_any_order_and_twice_end_as_completed(order: tuple[int, ...]) -> None:
    kinds = [("post-create", 0), ("post-receive", 100), ("pre-finish", SIZE), ("post-finish", SIZE)]
    hooks = [hook(kind, Offset=offset) for kind, offset in kinds]
    received = [NOW + step for step in range(8)]
    updates = [
        parse_update(fields(hooks[number]), received_at=moment)
        for number, moment in zip([*order, *order], received, strict=True)
    ]
    stored = None
    for update in updates:
        stored = after(update, stored=stored)
    assert stored is not None and (stored.status, stored.attempt) == ("completed", 1)
