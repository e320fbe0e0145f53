import json
import os

import boto3

rows = boto3.resource("dynamodb").Table(os.environ["ROWS"])


def connect(event, context):
    return {"statusCode": 200}


def store(event, context):
    rows.put_item(Item={"id": event["requestContext"]["connectionId"], "text": event["body"]})
    return {"statusCode": 200}


def push(event, context):
    """Sends each new row to the connection that it is named after."""
    client = boto3.client("apigatewaymanagementapi")
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        client.post_to_connection(ConnectionId=image["id"]["S"], Data=json.dumps(image["text"]["S"]).encode())


def note(event, context):
    print(json.dumps(event))
