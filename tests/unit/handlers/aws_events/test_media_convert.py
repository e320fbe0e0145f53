"""Jobs of MediaConvert: `userMetadata` names the upload."""

from __future__ import annotations

from typing import Any

import pytest

from testing.push_events import golden, ignored, items_of, message, refused, updates_of
from testing.updates import NOW

PATHS = ["s3://bucket/out/file_1.mp4", "s3://bucket/out/file_2.mp4"]


def job(status: str, **detail: Any) -> Any:
    event = golden("media_convert")
    del event["detail"]["jobProgress"]
    event["detail"] |= {"status": status, **detail}
    return event


def test_the_progress_of_a_job_is_that_of_the_phase() -> None:
    [update] = updates_of(golden("media_convert"))

    assert (update.user_id, update.upload_id, update.status) == ("alice", "holiday-1", "processing")
    assert update.facts == {"phase": "transcoding", "phasePercent": 7.0}
    assert (update.rev, update.updated_at, update.whole_second) == (NOW - 263, NOW - 263, False)
    assert update.run_id == "1671477617078-2886ye"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("INPUT_INFORMATION", "processing"),
        ("PROGRESSING", "processing"),
        ("STATUS_UPDATE", "processing"),
        ("COMPLETE", "completed"),
        ("ERROR", "failed"),
        ("CANCELED", "canceled"),
    ],
)
def test_each_status_of_a_job_is_one_of_the_upload(status: str, expected: str) -> None:
    assert updates_of(job(status))[0].status == expected


@pytest.mark.parametrize("status", ["NEW_WARNING", "QUEUE_HOP", "SUBMITTED", None])
def test_other_news_of_a_job_is_ignored(status: Any) -> None:
    assert ignored(job(status))
    assert ignored(golden("media_convert") | {"detail-type": "MediaConvert Queue Hop"})


def test_an_error_has_the_code_and_the_message_of_mediaconvert() -> None:
    [update] = updates_of(job("ERROR", errorCode=1040, errorMessage="Example error message"))
    [bare] = updates_of(job("ERROR"))
    [long] = updates_of(job("ERROR", errorCode="x" * 99, errorMessage="y" * 2000))

    assert update.facts == {"error": {"code": "1040", "message": "Example error message"}}
    assert bare.facts == {"error": {"code": "processing_failed", "message": "The processing failed."}}
    assert [len(text) for text in long.facts["error"].values()] == [64, 1000]


def test_a_result_has_the_paths_of_the_outputs_if_they_fit() -> None:
    files = {"outputDetails": [{"outputFilePaths": PATHS, "durationInMs": 30041}], "type": "FILE_GROUP"}
    playlist = {"outputDetails": [{"outputFilePaths": PATHS}], "playlistFilePaths": ["s3://bucket/a.m3u8"]}

    [update] = updates_of(job("COMPLETE", outputGroupDetails=[files, playlist]))
    [large] = updates_of(job("COMPLETE", outputGroupDetails=[{"outputDetails": [{"outputFilePaths": PATHS * 99}]}]))
    [strange] = updates_of(job("COMPLETE", outputGroupDetails=[7, {"outputDetails": [7, {"outputFilePaths": 7}]}]))

    assert update.facts == {"result": {"outputs": [*PATHS, "s3://bucket/a.m3u8"]}}
    assert large.facts == strange.facts == {}


@pytest.mark.parametrize("metadata", [{}, None, {"uploadId": "u1"}, {"application": "x"}])
def test_a_job_that_names_no_user_is_parked_whole_with_the_reason(metadata: Any) -> None:
    event = job("PROGRESSING", userMetadata=metadata)

    assert refused(event) == [("userId", "is missing", event)]


def test_the_metadata_may_name_file_and_attempt() -> None:
    names = {"userId": "alice", "uploadId": "u1", "fileName": "a.mov", "customer": "7"}

    [update] = updates_of(job("PROGRESSING", userMetadata=names))

    assert update.facts == {"fileName": "a.mov"}


@pytest.mark.parametrize("timestamp", [None, "soon", -1, True, 10**20])
def test_without_a_timestamp_the_time_of_the_event_counts(timestamp: Any) -> None:
    [update] = updates_of(job("PROGRESSING", timestamp=timestamp))

    assert (update.rev, update.whole_second) == (1772366399000, True)


def test_a_job_comes_again_as_an_update_with_its_times() -> None:
    [item] = items_of({"Records": [message(golden("media_convert"))]})

    assert item.is_dated
    assert updates_of(item.again)[0].rev == NOW - 263
