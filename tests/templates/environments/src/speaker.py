"""Greets in the language of its environment, read once when the module is imported."""

import os

import boto3

GREETING = os.environ.get("GREETING", "…")


def handler(event, context):
    request = event["requestContext"]
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
    client.post_to_connection(ConnectionId=request["connectionId"], Data=GREETING.encode())
    return {"statusCode": 200}
