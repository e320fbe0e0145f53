"""An API that keeps a row for each connection and job, and a function that writes for as long as it is allowed to."""

import json
import os
import time

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def authorize(event, context):
    token = event["headers"].get("Authorization", "").removeprefix("Bearer ") or event["queryStringParameters"]["token"]
    statement = {"Action": "execute-api:Invoke", "Effect": "Deny" if token == "wrong" else "Allow", "Resource": "*"}
    return {"principalId": token, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def lifecycle(event, context):
    request = event["requestContext"]
    row = {"id": f"{request['routeKey']} {request['connectionId']}", "user": request["authorizer"]["principalId"]}
    table.put_item(Item=row)
    offered = event.get("headers", {}).get("Sec-WebSocket-Protocol")
    return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": offered} if offered else {}}


def reply(event, context):
    request = event["requestContext"]
    endpoint = f"https://{request['domainName']}/{request['stage']}"
    management = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
    text = json.dumps({"greeting": os.environ["GREETING"], "body": event["body"]})
    management.post_to_connection(ConnectionId=request["connectionId"], Data=text)
    return {"statusCode": 200}


def write(event, context):
    body = json.loads(event["body"])
    while True:
        table.put_item(Item={"id": "written"})
        with open(body["file"], "a") as file:
            file.write(f"{time.time()}\n")
        time.sleep(0.005)


def fail(event, context):
    print("about to fail")
    raise ValueError("no such room")


def nightly(event, context):
    return {"night": True}


def work(event, context):
    for record in event["Records"]:
        table.put_item(Item={"id": f"job {record['body']}"})
