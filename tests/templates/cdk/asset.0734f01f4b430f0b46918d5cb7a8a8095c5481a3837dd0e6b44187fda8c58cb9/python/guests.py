"""The guests of a room, in one table for all rooms."""

import os

import boto3
from boto3.dynamodb.conditions import Key

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def add(room, connection_id):
    TABLE.put_item(Item={"room": room, "connectionId": connection_id})


def room_of(connection_id):
    wanted = Key("connectionId").eq(connection_id)
    [found] = TABLE.query(IndexName="byConnection", KeyConditionExpression=wanted)["Items"]
    return found["room"]


def remove(connection_id):
    TABLE.delete_item(Key={"room": room_of(connection_id), "connectionId": connection_id})


def of(room):
    return [row["connectionId"] for row in TABLE.query(KeyConditionExpression=Key("room").eq(room))["Items"]]
