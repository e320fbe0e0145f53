"""News goes through a queue to everyone who listens."""

import json
import os

import boto3


def publish(event, context):
    headline = json.loads(event["body"])["headline"]
    queue = boto3.client("sqs")
    queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps({"headline": headline}))
    return {"statusCode": 200}


def broadcast(event, context):
    records = event.get("Records", [{"messageId": "scheduled", "body": json.dumps(event)}])
    failed = [record["messageId"] for record in records if not _sent(json.loads(record["body"]))]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _sent(news):
    if news.get("headline") == "unprintable":
        return False
    management = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["ENDPOINT"])
    for row in boto3.resource("dynamodb").Table(os.environ["LISTENERS"]).scan()["Items"]:
        management.post_to_connection(ConnectionId=row["id"], Data=json.dumps(news))
    return True
