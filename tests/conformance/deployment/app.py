"""Functions that do what the client asks for, and keep every event they saw so that the client can ask for it back.

`who`, in the query string of a handshake, names the connection's drawer in the table; it becomes the principal, so
that every later event of the connection finds the same drawer.
"""

import json
import os
import time

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["EVENTS_TABLE"])


def authorizer(event, context):
    query = event.get("queryStringParameters") or {}
    who, wish = query["who"], query.get("authorizer", "allow")
    _keep(who, "authorizer", event)
    if wish == "unauthorized":
        raise Exception("Unauthorized")
    if wish == "raise":
        raise ValueError("no key")
    if wish == "simple":
        return {"isAuthorized": True}
    if wish == "nested":
        return _answer(who, event["methodArn"], "Allow", {"nested": {"a": 1}})
    if wish == "large":
        return _answer(who, event["methodArn"], "Allow", {"large": "x" * 9000})
    if wish == "elsewhere":
        return _answer(who, event["methodArn"].replace("$connect", "other"), "Allow", {})
    if wish == "wildcard":
        return _answer(who, event["methodArn"].rsplit("/", 2)[0] + "/*", "Allow", {})
    if wish == "both":
        both = _answer(who, event["methodArn"], "Allow", {})
        denied = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": "*"}
        both["policyDocument"]["Statement"].append(denied)
        return both
    effect = "Deny" if wish == "deny" else "Allow"
    return _answer(who, event["methodArn"], effect, {"number": 7, "flag": True, "text": "as it is"})


def connect(event, context):
    query = event.get("queryStringParameters") or {}
    _keep(query["who"], "connect", event)
    time.sleep(float(query.get("seconds", 0)))
    wish = query.get("connect")
    if wish == "raise":
        raise ValueError("as you wish")
    if wish == "text":
        return "no proxy result"
    if wish == "no-status":
        return {"body": "no status"}
    if wish == "another-key":
        return {"statusCode": 200, "ConnectionId": "x"}
    headers = {"X-Own": "never seen"}
    if "subprotocol" in query:
        headers["Sec-WebSocket-Protocol"] = query["subprotocol"]
    return {"statusCode": int(query.get("status", 200)), "headers": headers, "body": "never seen"}


def admit(event, context):
    return {"statusCode": 200}


def disconnect(event, context):
    _keep(event["requestContext"]["authorizer"]["principalId"], "disconnect", event)
    raise ValueError("nobody hears of it")


def answer(event, context):
    """What `$default` returns is the event itself, so that the client sees it."""
    return {"statusCode": 200, "body": json.dumps(event)}


def echo(event, context):
    message = json.loads(event["body"])
    time.sleep(message.get("seconds", 0))
    if message.get("raise"):
        raise ValueError("as you wish")
    if "result" in message:
        return message["result"]
    return {"statusCode": message.get("status", 200), "body": event["body"]}


def keep(event, context):
    _keep(event["requestContext"]["authorizer"]["principalId"], "message", event)
    return {"statusCode": 200}


def recall(event, context):
    """The event of `kind` that is kept for `who`, null if there is none yet."""
    message = json.loads(event["body"])
    found = TABLE.get_item(Key={"who": message["who"], "kind": message["kind"]}, ConsistentRead=True).get("Item")
    return {"statusCode": 200, "body": found["event"] if found else "null"}


def _answer(who, resource, effect, context):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": who, "policyDocument": policy, "context": context}


def _keep(who, kind, event):
    row = {"who": who, "kind": kind, "event": json.dumps(event), "expiresAt": int(time.time()) + 86_400}
    TABLE.put_item(Item=row)
