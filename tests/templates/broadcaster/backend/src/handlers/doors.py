"""In and out."""

from src.gateway.audience import table


def enter(event, context):
    table.put_item(Item={"id": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}


def leave(event, context):
    table.delete_item(Key={"id": event["requestContext"]["connectionId"]})
    return {"statusCode": 200}
