"""Who is listening."""

import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["LISTENERS"])


def subscribe(event, context):
    table.put_item(Item={"id": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def unsubscribe(event, context):
    if "requestContext" in event:
        table.delete_item(Key={"id": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}
