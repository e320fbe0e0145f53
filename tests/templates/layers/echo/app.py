"""Says back what was said."""

from reply import reply


def handler(event, context):
    return reply(event, {"echo": event["body"]})
