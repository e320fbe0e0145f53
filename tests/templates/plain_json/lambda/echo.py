"""Echoes, counts its echoes, and tells the count."""

import json
import os

import boto3

counts = boto3.resource("dynamodb").Table(os.environ["COUNTS_TABLE"])


def authorize(event, context):
    name = event["queryStringParameters"]["name"]
    effect = "Deny" if name == "nobody" else "Allow"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": name, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def connect(event, context):
    return {"statusCode": 200}


def echo(event, context):
    request = event["requestContext"]
    _add(request["authorizer"]["principalId"], 1)
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
    client.post_to_connection(ConnectionId=request["connectionId"], Data=event["body"].encode())
    return {"statusCode": 200}


def count(event, context):
    total = _add(event["requestContext"]["authorizer"]["principalId"], 0)
    return {"statusCode": 200, "body": json.dumps({"count": int(total), "limit": int(os.environ["LIMIT"])})}


def _add(name, amount):
    answer = counts.update_item(
        Key={"name": name},
        UpdateExpression="ADD echoes :amount",
        ExpressionAttributeValues={":amount": amount},
        ReturnValues="ALL_NEW",
    )
    return answer["Attributes"]["echoes"]
