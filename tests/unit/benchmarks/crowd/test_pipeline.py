"""What a pipeline says it pushed is what it pushed."""

import random
from typing import Any

from benchmarks.crowd.pipeline import ENDS, Pipeline


def test_every_upload_ends_and_the_truth_is_its_newest_update() -> None:
    pushed: list[dict[str, Any]] = []

    def invoke(update: dict[str, Any]) -> dict[str, Any]:
        pushed.append(update)
        return {}

    pipeline = Pipeline(["alice", "bob"], invoke, random.Random(7))
    pipeline.run(400, 0.25, lambda elapsed: None)

    for user, uploads in pipeline.truth.items():
        assert uploads
        for upload, (attempt, rev, status) in uploads.items():
            theirs = [one for one in pushed if (one["userId"], one["uploadId"]) == (user, upload)]
            newest = max(theirs, key=lambda one: one["rev"])
            assert (newest["attempt"], newest["rev"], newest["status"]) == (attempt, rev, status)
            assert status in ENDS
            assert len({one["rev"] for one in theirs}) == len(theirs)
