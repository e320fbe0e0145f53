"""Tells when the connection was made."""

from clockface import clockface
from reply import reply


def handler(event, context):
    return reply(event, {"connectedAt": clockface(event["requestContext"]["connectedAt"])})
