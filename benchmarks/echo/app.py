"""Handlers that store nothing."""

from functools import cache
from typing import Any


def accept(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"statusCode": 200}


def echo(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": event["body"]}


def whoami(event: dict[str, Any], context: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": event["requestContext"]["connectionId"]}


def reply(event: dict[str, Any], context: object) -> dict[str, Any]:
    about = event["requestContext"]
    client = management(f"https://{about['domainName']}/{about['stage']}")
    client.post_to_connection(ConnectionId=about["connectionId"], Data=event["body"].encode())
    return {"statusCode": 200}


@cache
def management(url: str) -> Any:
    import boto3

    return boto3.client("apigatewaymanagementapi", endpoint_url=url)
