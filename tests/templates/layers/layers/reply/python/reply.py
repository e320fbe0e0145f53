"""Answers whoever sent an event."""

import json

import boto3


def reply(event, message):
    request = event["requestContext"]
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
    client.post_to_connection(ConnectionId=request["connectionId"], Data=json.dumps(message))
    return {"statusCode": 200}
