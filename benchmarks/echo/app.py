"""Handlers that store nothing."""

from typing import Any


def accept(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"statusCode": 200}


def echo(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": event["body"]}


def whoami(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": event["requestContext"]["connectionId"]}
