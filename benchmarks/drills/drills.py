"""The drills: what breaks, and how it is mended."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.crowd.pipeline import Invoke
from benchmarks.drills import unaware
from benchmarks.drills.scene import Scene

HANDLERS = Path(__file__).parents[2] / "handlers"
SKEW_SECONDS = 300
POISON = ("not JSON", "[]", "{}", '{"userId": "user-1"}', json.dumps({"updates": [{"userId": "../*"}] * 3}), "null")


@dataclass(frozen=True)
class Drill:
    """`trouble` lasts as long as its block; `pushing` is how pipelines push; `skew` sets their clocks wrong.

    `recovery` says how things come right again, for people who read the table. `template` is another one than ours.
    """

    name: str
    trouble: Callable[[Scene], AbstractContextManager[Any]]
    recovery: str
    pushing: Callable[[Scene], Invoke] = Scene.queueing
    skew: float = 0.0
    template: Callable[[], str] | None = None


def fault(kind: str, **asked: Any) -> Callable[[Scene], AbstractContextManager[None]]:
    """A fault of the emulator, cleared at the end."""

    @contextmanager
    def trouble(scene: Scene) -> Iterator[None]:
        switched_on = scene.switch_on(kind, **asked)
        yield
        scene.switch_off(switched_on)

    return trouble


@contextmanager
def failing_key_server(scene: Scene) -> Iterator[None]:
    scene.keys.status = 503
    yield
    scene.keys.status = 200


@contextmanager
def failing_key_server_at_a_start(scene: Scene) -> Iterator[None]:
    """Functions that start anew know no keys yet."""
    with failing_key_server(scene), deployment(scene):
        yield


@contextmanager
def poison(scene: Scene) -> Iterator[None]:
    """Messages that no push could ever take, among the others."""
    sqs, url = scene.system.client("sqs"), scene.queue_url("ProgressQueue")
    for body in POISON:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    yield


@contextmanager
def deployment(scene: Scene) -> Iterator[None]:
    """The emulator loads the handlers anew; what is under way ends under the old ones."""
    for path in HANDLERS.glob("*.py"):
        os.utime(path)
    yield


@contextmanager
def nothing(scene: Scene) -> Iterator[None]:
    yield


DRILLS = (
    Drill("none, for comparison", nothing, "-"),
    Drill(
        "DynamoDB is down",
        fault("dynamodb-down"),
        "the queue keeps updates that could not be stored and delivers them again",
    ),
    Drill(
        "DynamoDB throttles every other call",
        fault("dynamodb-throttled", probability=0.5, seed=1),
        "each call is tried up to three times; the queue retries the rest",
    ),
    Drill(
        "the gateway answers 429 to every post",
        fault("management-error", status=429),
        "progress is skipped; the queue retries a status that could not be sent",
    ),
    Drill(
        "the gateway takes 5 s for every other post",
        fault("management-latency", delayMs=5000, probability=0.5, seed=1),
        "a post is abandoned after 2 s and sent again on another connection; clients ignore duplicates",
    ),
    Drill("the key server is down", failing_key_server, "known keys are used for an hour"),
    Drill(
        "the key server is down while functions start anew",
        failing_key_server_at_a_start,
        "open connections stay; new ones get 500 and retry with back-off, and the alarm goes off",
    ),
    Drill("invalid messages in the queue", poison, "they go to the dead-letter queue at once"),
    Drill("a deployment during uploads", deployment, "calls end with the code that they began with"),
    Drill(
        "clocks of pipelines 5 min slow",
        nothing,
        "`rev` orders the updates of one upload, not of all",
        skew=-SKEW_SECONDS,
    ),
    Drill(
        "clocks of pipelines 5 min fast",
        nothing,
        "the same; the lifetime of rows follows the server's clock",
        skew=SKEW_SECONDS,
    ),
    Drill(
        "push dies after its work, ten times",
        fault("function-error", target={"function": "PushFunction"}, when="after", times=10),
        "Lambda invokes again; states are sent again, and clients ignore duplicates",
        pushing=Scene.invoking_later,
    ),
    Drill(
        "Lambda's time-out kills push midway",
        fault("management-latency", delayMs=5000, probability=0.2, seed=1),
        "remaining users are notified when SQS redelivers the message: here after 12 s, as deployed after 7 min",
        template=unaware.template,
    ),
)
