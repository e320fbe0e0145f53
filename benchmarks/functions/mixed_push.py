"""CPU of push for 100 messages of mixed events of AWS's services, against 100 plain updates measured beside it.

    make benchmark-mixed-push      (or: .venv/bin/python -m benchmarks.functions.mixed_push [--rounds 15])

The whole handler runs against stubs of DynamoDB and of the management API in another process. Each message is an upload
of its own, and the user has three connections. Rounds are interleaved; the median of the ratios counts.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.functions.cold_start import deployment, surroundings
from benchmarks.functions.stub import USER
from benchmarks.functions.surroundings import CONNECTIONS, running_surroundings
from benchmarks.harness.report import Report, benchmark_parser, machine
from benchmarks.harness.steps import steps
from testing.lambda_context import Context
from testing.push_events import golden, message, notification

MESSAGES = 100
GOAL = 1.1
DELIVERED: list[int] = []
GOLDEN = ("s3_notification", "object_created", "malware_scan", "media_convert", "state_machine", "lambda_destination")


def main() -> int:
    parser = benchmark_parser("benchmarks.functions.mixed_push", __doc__)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    conditions = f"{machine()}; CPU of the whole function, medians of {given.rounds} interleaved rounds"
    report = Report(("CPU for 100 messages of SQS", "mixed events", "plain updates", "ratio", "goal"), conditions)
    with tempfile.TemporaryDirectory() as folder, running_surroundings(Path(folder), {"keys": []}) as url:
        os.environ.update({**deployment().functions["PushFunction"].environment, **surroundings(Path(folder), url)})
        logging.getLogger("upload_progress").addFilter(_count)
        os.environ["UPLOAD_KEY_PATTERN"] = "uploads/{userId}/{uploadId}"
        pairs = _measure(given.rounds)
    report.pairs("push", [(1e3 * one, 1e3 * other) for one, other in pairs], "{:.0f} ms", f"<= {GOAL}")
    if given.write:
        report.write("mixed-push")
    return 0


def _measure(rounds: int) -> list[tuple[float, float]]:
    """Returns the seconds of CPU of each round; the first one, which imports, is not counted."""
    return [(_cpu(_batch(_mixed)), _cpu(_batch(_plain))) for _ in steps(range(rounds + 1), "round")][1:]


def _batch(bodies: Callable[[], list[Any]]) -> dict[str, Any]:
    now = int(time.time() * 1000)
    return {"Records": [message(body, now, messageId=f"m{number}") for number, body in enumerate(bodies())]}


def _plain() -> list[Any]:
    return [_of_upload({"userId": "alice", "uploadId": "holiday-1", "status": "completed"}, n) for n in range(MESSAGES)]


def _mixed() -> list[Any]:
    """Each kind of event alone and in a message of SNS, and plain updates, in turn."""
    events = [_undated(golden(name)) for name in GOLDEN]
    plain = {"userId": "alice", "uploadId": "holiday-1", "status": "COMPLETED", "percent": "100"}
    kinds = [*events, *(notification(event) | {"Timestamp": None} for event in events), plain]
    return [_of_upload(kind, number) for number, kind in enumerate(islice(cycle(kinds), MESSAGES))]


def _of_upload(body: Any, number: int) -> Any:
    """The body about another upload of the user who is connected."""
    text = json.dumps(body).replace("auth0|alice", USER).replace("auth0%7Calice", USER).replace("alice", USER)
    for name in ("my holiday+1%", "my+holiday%2B1%25", "holiday-1"):
        text = text.replace(name, f"upload-{number}")
    return json.loads(text)


def _undated(event: Any) -> Any:
    """The event without its times, which are too old for an upload that is not stored."""
    if isinstance(event, dict):
        times = {"time", "timestamp", "eventTime", "startDate", "stopDate"}
        return {name: _undated(value) for name, value in event.items() if name not in times}
    return [_undated(one) for one in event] if isinstance(event, list) else event


def _cpu(event: dict[str, Any]) -> float:
    """Returns the seconds of CPU of this process for one call. Raises RuntimeError if not every message was sent."""
    from handlers import push

    DELIVERED.clear()
    begin = time.process_time()
    answer = push.handler(event, Context())
    took = time.process_time() - begin
    if answer["batchItemFailures"] or sum(DELIVERED) != MESSAGES * len(CONNECTIONS):
        raise RuntimeError(f"{sum(DELIVERED)} messages were sent, and {answer}")
    return took


def _count(record: logging.LogRecord) -> bool:
    """Keeps what push logs as delivered, for an SQS batch gets no counts."""
    DELIVERED.append(getattr(record, "delivered", 0))
    return False


if __name__ == "__main__":
    sys.exit(main())
