"""Writes down who asked for it."""

import os

import boto3


def audit(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item={"id": event["requestContext"]["connectionId"], "body": event["body"]})
    return {"statusCode": 200}
