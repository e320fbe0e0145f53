"""The pipelines of a crowd's uploads: what they push, and how every upload truly stands."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

STEPS = 5  # updates of an upload until it ends
SENDERS = 8
ENDS = ("completed", "completed", "completed", "failed", "canceled")

Update = dict[str, Any]
Invoke = Callable[[Update], dict[str, Any]]

# What ought to be seen: for each user the (attempt, rev, status) of each upload.
Truth = dict[str, dict[str, tuple[int, int, str]]]


class Pipeline:
    """Pushes so many updates a second to users chosen at random, each upload from its begin to an end."""

    def __init__(self, users: list[str], invoke: Invoke, chance: random.Random, skew: float = 0.0) -> None:
        """`skew` is by how many seconds the clock of all pipelines is wrong."""
        self._users = users
        self._invoke = invoke
        self._chance = chance
        self._skew = skew
        self._running: dict[str, int] = {}
        self.truth: Truth = {user: {} for user in users}
        self.answers: list[dict[str, Any]] = []

    def run(self, rate: float, seconds: float, every_second: Callable[[float], None]) -> None:
        """Push for so long, then end what still runs, no faster; senders may overtake each other, as pipelines do."""
        began = time.monotonic()
        with ThreadPoolExecutor(SENDERS, "pipeline") as senders:
            pending = []
            for number, make in enumerate(self._updates(int(rate * seconds))):
                time.sleep(max(0.0, began + number / rate - time.monotonic()))
                pending.append(senders.submit(self._invoke, make()))
                if number % max(1, int(rate)) == 0:
                    every_second(time.monotonic() - began)
            self.answers = [one.result() for one in pending]

    def _updates(self, number: int) -> Iterator[Callable[[], Update]]:
        """So many of users chosen at random, then the ends of all uploads that run by then; each is made when due."""
        for _ in range(number):
            yield lambda: self._next(self._chance.choice(self._users))
        for user in list(self._running):
            yield partial(self._end, user)

    def _next(self, user: str) -> Update:
        step = self._running.get(user, 0) + 1
        if step == STEPS:
            return self._end(user)
        self._running[user] = step
        return self._update(user, "uploading", step)

    def _end(self, user: str) -> Update:
        step = self._running.pop(user) + 1
        return self._update(user, self._chance.choice(ENDS), step)

    def _update(self, user: str, status: str, step: int) -> Update:
        now, theirs = time.time() + self._skew, self.truth[user]
        upload = f"upload-{len(theirs) + (step == 1)}"
        rev = max(int(now * 1000), theirs[upload][1] + 1 if upload in theirs else 0)
        theirs[upload] = (1, rev, status)
        update: Update = {"userId": user, "uploadId": upload, "fileName": "holiday.mp4", "status": status, "rev": rev}
        update |= {"bytesUploaded": step * 1000, "bytesTotal": STEPS * 1000, "attempt": 1}
        update["updatedAt"] = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        if status == "failed":
            update["error"] = {"code": "Oops", "message": "It did not work."}
        return update


def invoking(client: Any, function: str) -> Invoke:
    """Push by invoking the function, with a boto3 Lambda client."""

    def invoke(update: Update) -> dict[str, Any]:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(update).encode())
        told: dict[str, Any] = json.load(answer["Payload"])
        return told

    return invoke
