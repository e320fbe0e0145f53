"""Adds numbers and answers with its return value."""

import json


def add(event, context):
    numbers = json.loads(event["body"]).get("numbers", [])
    return {"statusCode": 200, "body": json.dumps({"sum": sum(numbers)})}
