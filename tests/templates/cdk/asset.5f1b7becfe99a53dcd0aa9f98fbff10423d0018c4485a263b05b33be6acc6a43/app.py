"""Rooms whose guests hear each other."""

import json
import os

import boto3
import guests


def enter(event, context):
    guests.add(event["queryStringParameters"].get("room", "lobby"), event["requestContext"]["connectionId"])
    return {"statusCode": 200}


def leave(event, context):
    guests.remove(event["requestContext"]["connectionId"])
    return {"statusCode": 200}


def say(event, context):
    api = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CALLBACK"])
    said = {"said": json.loads(event["body"])["text"], "greeting": os.environ["GREETING"]}
    heard = guests.of(guests.room_of(event["requestContext"]["connectionId"]))
    for guest in heard:
        api.post_to_connection(ConnectionId=guest, Data=json.dumps(said).encode())
    return {"statusCode": 200, "body": json.dumps({"heardBy": len(heard)})}
