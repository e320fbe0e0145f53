"""What players do on one API, watchers see on the other."""

import os

import boto3


def _watchers():
    return boto3.resource("dynamodb").Table(os.environ["WATCHERS"])


def play(event, context):
    management = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["WATCH_ENDPOINT"])
    for row in _watchers().scan()["Items"]:
        management.post_to_connection(ConnectionId=row["id"], Data=event["body"].encode())
    return {"statusCode": 200}


def watch(event, context):
    request = event["requestContext"]
    if request["eventType"] == "CONNECT":
        _watchers().put_item(Item={"id": request["connectionId"]})
    else:
        _watchers().delete_item(Key={"id": request["connectionId"]})
    return {"statusCode": 200}
