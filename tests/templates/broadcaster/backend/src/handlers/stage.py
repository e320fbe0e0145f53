"""What happens on stage."""

import json

from emphasis import emphasis

from ..gateway.audience import Gateway

gateway = Gateway("live")


def shout(event, context):
    gateway.broadcast(emphasis(json.loads(event["body"])["text"]))
    return {"statusCode": 200}


def show_out(event, context):
    gateway.close(event["requestContext"]["connectionId"])
    return {"statusCode": 200}
