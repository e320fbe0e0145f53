"""Push without a sense of time: nothing but Lambda's own time-out ends it. `template()` has it in push's place.

Ours stops by itself when its time runs out; a process that is frozen, or starved of CPU, does not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from handlers import push
from testing.lambda_context import Context

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 2
# Lambda Developer Guide, with-sqs: six times the function's time-out, so that a message is not taken twice at once.
CHANGES = {
    "handlers.push.handler": f"{__name__}.handler",
    "Timeout: 60": f"Timeout: {TIMEOUT_SECONDS}",
    "VisibilityTimeout: 420": f"VisibilityTimeout: {6 * TIMEOUT_SECONDS}",
    "CodeUri: .": f"CodeUri: {ROOT}",
}


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Runs push as it is, with a context that always has a minute left."""
    return push.handler(event, Context(60_000))


def template() -> str:
    """Ours, with this function and its time-out. Raises ValueError if ours does not say what is to be changed."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    for ours, here in CHANGES.items():
        if text.count(ours) != 1:
            raise ValueError(f"template.yaml does not say {ours!r} once")
        text = text.replace(ours, here)
    return text
