"""Whoever is inside hears an echo."""

import boto3


def handler(event, context):
    request = event["requestContext"]
    if request["eventType"] == "MESSAGE":
        client = boto3.client(
            "apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}"
        )
        client.post_to_connection(ConnectionId=request["connectionId"], Data=event["body"].encode())
    return {"statusCode": 200}
