"""Handlers that do what the client asks for in its query string or message, and remember every event."""

import json
import os
import time

from shared_state import SharedList

EVENTS = SharedList("events")
PROCESSES = SharedList("processes")


def authorizer(event, context):
    EVENTS.append(event)
    wish = (event.get("queryStringParameters") or {}).get("authorizer", "Allow")
    if wish == "unauthorized":
        raise Exception("Unauthorized")
    if wish == "wait":
        time.sleep(1)
    if wish == "broken":
        raise ValueError("no key")
    if wish == "nonsense":
        return {"isAuthorized": True}
    statement = {"Action": "execute-api:Invoke", "Effect": wish, "Resource": event["methodArn"]}
    return {
        "principalId": "someone",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"userId": "someone", "level": 7, "admin": True},
    }


def connect(event, context):
    EVENTS.append(event)
    query = event.get("queryStringParameters") or {}
    if query.get("connect") == "raise":
        raise ValueError("no")
    if query.get("connect") == "none":
        return None
    if query.get("connect") == "wait":
        time.sleep(1)
    headers = {"Sec-WebSocket-Protocol": query.get("subprotocol"), "X-Secret": "x"}
    return {"statusCode": int(query.get("status", 200)), "headers": headers, "body": "never seen"}


def disconnect(event, context):
    EVENTS.append(event)
    return {"statusCode": 200}


def echo(event, context):
    EVENTS.append(event)
    PROCESSES.append(os.getpid())
    message = json.loads(event["body"])
    if message.get("raise"):
        raise ValueError("as you wish")
    if "custom" in message:
        return context.client_context and context.client_context.custom
    if "large" in message:
        return {"statusCode": 200, "body": "x" * message["large"]}
    if "result" in message:
        return message["result"]
    return {"statusCode": 200, "body": event["body"]}


def slow(event, context):
    time.sleep(1.5)
    return {"statusCode": 200, "body": "late"}
