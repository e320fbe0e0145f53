"""Says which language answered."""

import boto3


def handler(event, context):
    request = event["requestContext"]
    client = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{request['domainName']}/{request['stage']}")
    client.post_to_connection(ConnectionId=request["connectionId"], Data=b"python")
    return {"statusCode": 200}
