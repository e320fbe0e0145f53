"""The reporters for Python and Node.js send the same updates for the same calls at the same times."""

import json
import random
import subprocess
from typing import Any

import pytest

from tests.integration.clients.node.test_reporter import REPORTER
from upload_progress_reporter.moment import Moment
from upload_progress_reporter.upload import UploadState

pytestmark = pytest.mark.node

STATUSES = ["uploading", "uploading", "paused", "processing", "completed", "failed"]
TRACES = 300


def test_both_reporters_send_the_same_updates(node: str) -> None:
    traces = [trace(random.Random(seed)) for seed in range(TRACES)]
    done = subprocess.run(
        [node, "--no-warnings", str(REPORTER / "tests" / "replay.mjs")],
        input=json.dumps(traces),
        capture_output=True,
        text=True,
        check=True,
    )
    replayed = json.loads(done.stdout)
    assert len(replayed) == TRACES
    for given, updates in zip(traces, replayed, strict=True):
        expected = replay(given)
        assert [without_speed(update) for update in updates] == [without_speed(update) for update in expected]
        speeds = [update.get("bytesPerSecond") for update in expected]
        assert [update.get("bytesPerSecond") for update in updates] == pytest.approx(
            speeds, abs=1
        )  # they round halves apart


def without_speed(update: dict[str, Any]) -> dict[str, Any]:
    """Returns the update with the presence of its speed and time alone."""
    return {**update, "bytesPerSecond": "bytesPerSecond" in update, "etaSeconds": update.get("etaSeconds") is not None}


def trace(rng: random.Random) -> dict[str, Any]:
    """Returns options of a state, and calls as [seconds, name, argument]: bursts, silences, falls and statuses."""
    total = rng.choice([None, 0, 1_000_000, 100_000_000])  # at low speeds, they would round halves apart
    options = {"bytesTotal": total, "attempt": rng.choice([None, 1]), "hasParts": rng.random() < 0.3}
    step = max(1, (total or 1_000_000) // rng.choice([10, 100, 1000]))
    calls: list[list[Any]] = [[0.0, "change", "uploading"]]
    seconds, pause = 0.0, 0.1
    for _ in range(rng.randint(20, 400)):
        seconds = round(seconds + pause, 3)
        if rng.random() < 0.02:
            pause = rng.choice([0.1, 0.1, 0.5, 2.0, 7.0])
        if rng.random() < 0.7:
            calls.append([seconds, "add", rng.randint(0, step) if rng.random() < 0.97 else -rng.randint(0, 3 * step)])
        if rng.random() < 0.02:
            calls.append([seconds, *rare(rng, total or 1_000_000)])
        how = {"riding": rng.random() < 0.2, "force": rng.random() < 0.03}
        calls.append([seconds, "progress", how])
    return {
        "options": {name: value for name, value in options.items() if value is not None or name == "bytesTotal"},
        "calls": calls,
    }


def rare(rng: random.Random, total: int) -> list[Any]:
    name = rng.choice(["change", "change", "advance", "total", "retry"])
    if name == "change":
        return [name, rng.choice(STATUSES)]
    return [
        name,
        {"advance": rng.randint(0, 104), "total": rng.randint(1, 2 * total), "retry": rng.randint(1, 5)}[name],
    ]


def replay(given: dict[str, Any]) -> list[dict[str, Any]]:
    options = given["options"]
    state = UploadState("alice", "u1", "film.mp4", options["bytesTotal"], options.get("attempt"), "transfer")
    state.has_parts = options["hasParts"]
    updates = [call(state, name, argument, at(seconds)) for seconds, name, argument in given["calls"]]
    return [{**update, "runId": ""} for update in updates if update]


def call(state: UploadState, name: str, argument: Any, moment: Moment) -> Any:
    if name == "add":
        return state.tally.add(argument)
    if name == "change":
        return state.change(moment, argument, phase="scanning" if argument == "processing" else None)
    if name == "advance":
        state.advance("scanning", argument)
        return None
    if name == "total":
        return state.learn_total(argument)
    return state.retry(moment, argument) if name == "retry" else state.progress(moment, **argument)


def at(seconds: float) -> Moment:
    """Returns the moment of clients/node/tests/simulation.js."""
    return Moment(1_700_000_000_000 + int(seconds * 1000 + 0.5), seconds)
