"""Says back what was said, in the mode of its environment."""

import json
import os

import boto3


def handler(event, context):
    request = event["requestContext"]
    text = json.loads(event["body"])["text"]
    if os.environ["MODE"] == "loud" or os.environ.get("SHOUT"):
        text = text.upper()
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
    answer = {"text": text, "label": os.environ["LABEL"], "regions": os.environ["REGIONS"].split("|")}
    client.post_to_connection(ConnectionId=request["connectionId"], Data=json.dumps(answer))
    return {"statusCode": 200}
