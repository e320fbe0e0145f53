"""A room that repeats what is said in it."""

import json
import os

import boto3


def enter(event, context):
    return {"statusCode": 200, "body": os.environ["GREETING"]}


def say(event, context):
    said = json.loads(event["body"])["text"]
    room = event["requestContext"]["authorizer"]["room"]
    _send(event, {"room": room, "text": said, "greeting": os.environ["GREETING"]})
    return {"statusCode": 200}


def pong(event, context):
    _send(event, {"type": "pong"})
    return {"statusCode": 200}


def _send(event, message):
    request = event["requestContext"]
    endpoint = f"https://{request['domainName']}/{request['stage']}"
    client = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
    client.post_to_connection(ConnectionId=request["connectionId"], Data=json.dumps(message))
