"""The function behind an integration of type AWS."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Returns what it got, unless there is nothing to say."""
    if not event["text"]:
        raise ValueError("silence has no echo")
    return {"said": f"{event['text']}!", "id": event["id"]}
