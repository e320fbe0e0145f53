"""A drawing board: lines go back to the one who drew them."""

import json

import boto3


def connect(event, context):
    return {"statusCode": 200}


def unknown(event, context):
    _send(event, {"error": f"no such action: {event['body']}"})
    return {"statusCode": 200}


def draw_line(event, context):
    _send(event, {"drawn": json.loads(event["body"])["points"], "by": context.function_name})
    return {"statusCode": 200}


def _send(event, message):
    request = event["requestContext"]
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
    client.post_to_connection(ConnectionId=request["connectionId"], Data=json.dumps(message).encode())
