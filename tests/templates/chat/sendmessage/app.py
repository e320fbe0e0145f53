"""Sends what one says to everyone who is connected."""

import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def handler(event, context):
    request = event["requestContext"]
    management = boto3.client(
        "apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}"
    )
    data = json.loads(event["body"])["data"]
    for row in table.scan(ProjectionExpression="connectionId")["Items"]:
        try:
            management.post_to_connection(ConnectionId=row["connectionId"], Data=data.encode())
        except management.exceptions.GoneException:
            table.delete_item(Key=row)
    return {"statusCode": 200, "body": "Data sent."}
