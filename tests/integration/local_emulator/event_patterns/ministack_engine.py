"""Event patterns beside ministack, another implementation of EventBridge: `make pattern-oracle`, outside of CI."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import boto3
import pytest

from local_emulator.event_patterns.invalid_pattern import InvalidPatternError
from local_emulator.event_patterns.json_text import read_event
from local_emulator.event_patterns.pattern import parse_pattern

Decision = bool | Literal["refused"]

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "event_patterns.json").read_text(encoding="utf-8"))
# The vectors in which ministack 1.5.33 differs from AWS's Event Ruler, with the number of events.
LONG_NUMBERS = {5: 1, 7: 3}
ABSENCE_IN_ANOTHER_ELEMENT = {16: 1, 40: 1}
DOTS_IN_THE_NAME_OF_A_FIELD = {66: 1, 67: 1}
OBJECTS_UNDER_A_REPEATED_NAME = {75: 1}
EXCEPTIONS = LONG_NUMBERS | ABSENCE_IN_ANOTHER_ELEMENT | DOTS_IN_THE_NAME_OF_A_FIELD | OBJECTS_UNDER_A_REPEATED_NAME

RANDOM_DECISIONS = 4000
MIN_MATCHES = 300
ENVELOPE = {"id": "1", "account": "1", "source": "s", "time": "2026-01-01T00:00:00Z", "region": "us-east-1"}
FIELDS = ["a", "b"]
TEXTS = ["x", "xy", "X", "a*b", "", "10.0.0.7"]
NUMBERS = [0, 1, 5, -1, 2.5, 1e3]
# Operands by matcher, most of them valid.
OPERANDS: dict[str, list[Any]] = {
    "prefix": ["x", "X", "", "a", {"equals-ignore-case": "X"}, ["x"]],
    "suffix": ["y", "b", "", {"equals-ignore-case": "Y"}, 5],
    "equals-ignore-case": ["xY", "x", "", "A*B", ["x"]],
    "wildcard": ["*", "x*", "*y", "a\\*b", "a*b*", "**"],
    "anything-but": [
        "x",
        5,
        ["x", "xy"],
        [1, 5],
        {"prefix": "x"},
        {"suffix": ["y", "b"]},
        {"wildcard": "x*"},
        ["x", 5],
    ],
    "exists": [True, True, False, False, "true"],
    "numeric": [["=", 5], [">", 0], ["<=", 1], [">", -1, "<=", 2.5], [">=", 1, "<", 1e3], ["<", 5, ">", 0]],
    "cidr": ["10.0.0.0/24", "10.0.0.9/29", "10.0.1.0/24", "10.0.0.7"],
}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Yields a client of ministack's EventBridge."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    variables = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "ERROR"}
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    with subprocess.Popen([os.environ["MINISTACK"]], env=os.environ | variables, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield boto3.client("events", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)
        finally:
            process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError(f"ministack ended with {process.returncode}")


def their_decision(client: Any, pattern: str, event: str) -> Decision:
    whole = json.dumps(ENVELOPE | {"resources": [], "detail-type": "t", "detail": "DETAIL"})
    try:
        answer = client.test_event_pattern(
            EventPattern=f'{{"detail":{pattern}}}', Event=whole.replace('"DETAIL"', event)
        )
    except client.exceptions.InvalidEventPatternException:
        return "refused"
    return bool(answer["Result"])


def our_decision(pattern: str, event: str) -> Decision:
    try:
        return parse_pattern(f'{{"detail":{pattern}}}').matches(read_event(f'{{"detail":{event}}}'))
    except InvalidPatternError:
        return "refused"


def test_the_vectors_are_decided_alike_with_known_exceptions(client: Any) -> None:
    decisions = [
        (vector["id"], their_decision(client, vector["pattern"], event), expected)
        for vector in VECTORS
        for key, expected in (("matches", True), ("differs", False), ("reason", "refused"))
        for event in (["{}"] if key in vector and key == "reason" else vector.get(key, []))
    ]

    assert len(decisions) == 194
    assert Counter(number for number, theirs, expected in decisions if theirs != expected) == EXCEPTIONS


def test_random_patterns_and_events_are_decided_alike(client: Any) -> None:
    chance = random.Random(1)
    decided: Counter[Decision] = Counter()
    for _ in range(RANDOM_DECISIONS):
        pattern, event = json.dumps(random_pattern(chance)), json.dumps(random_object(chance))
        ours = our_decision(pattern, event)
        if not is_about_absence_in_lists(pattern, event):
            assert their_decision(client, pattern, event) == ours, (pattern, event)
            decided[ours] += 1
    print(dict(decided))
    assert decided[True] >= MIN_MATCHES


def is_about_absence_in_lists(pattern: str, event: str) -> bool:
    """Returns True if the known exception about elements may decide."""
    return '{"exists": false}' in pattern and "[" in event


def random_object(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    return {field: random_value(chance, depth + 1) for field in FIELDS if chance.random() < 0.9}


def random_value(chance: random.Random, depth: int) -> Any:
    kind = chance.random() if depth < 3 else 1.0
    if kind < 0.25:
        return random_object(chance, depth)
    if kind < 0.5:
        return [random_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return random_scalar(chance)


def random_scalar(chance: random.Random) -> Any:
    return chance.choice([None, True, False, *NUMBERS, *TEXTS, *TEXTS])


def random_pattern(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    fields = chance.sample(FIELDS, chance.choice([1, 1, 2]))
    pattern = {field: random_field(chance, depth) for field in fields}
    if chance.random() < 0.15 and depth < 2:
        pattern["$or"] = [random_pattern(chance, depth + 1) for _ in range(chance.randint(1, 3))]
    return pattern


def random_field(chance: random.Random, depth: int) -> Any:
    if depth < 2 and chance.random() < 0.2:
        return random_pattern(chance, depth + 1)
    return [random_alternative(chance) for _ in range(chance.randint(1, 3))]


def random_alternative(chance: random.Random) -> Any:
    if chance.random() < 0.4:
        return random_scalar(chance)
    matcher = chance.choice(list(OPERANDS))
    return {matcher: chance.choice(OPERANDS[matcher])}
