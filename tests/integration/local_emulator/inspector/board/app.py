"""A small application of somebody else: it keeps its connections in a table, and says what it does."""

import json
import os
import time

import boto3


def table():
    return boto3.client("dynamodb"), os.environ["WATCHERS"]


def authorizer(event, context):
    user = (event.get("queryStringParameters") or {}).get("user", "ann")
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {"principalId": user, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def connect(event, context):
    dynamodb, name = table()
    request = event["requestContext"]
    item = {
        "userId": {"S": request["authorizer"]["principalId"]},
        "connectionId": {"S": request["connectionId"]},
        "dueAt": {"N": str(int(time.time() * 1000) + 90_000)},
        "unansweredPings": {"N": "1"},
        "accessToken": {"S": "opaque-secret"},
    }
    dynamodb.put_item(TableName=name, Item=item)
    return {"statusCode": 200}


def disconnect(event, context):
    return {"statusCode": 200}


def echo(event, context):
    print(f"said {event['body']}")
    if json.loads(event["body"]).get("raise"):
        raise ValueError("as you wish")
    return {"statusCode": 200, "body": event["body"]}


def sweep(event, context):
    print("swept")
    return {"swept": 3}
