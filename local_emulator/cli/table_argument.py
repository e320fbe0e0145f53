"""Parses `--table NAME=KEY[:S|N|B][,RANGE[:S|N|B]]`, a table that no template has."""

from __future__ import annotations

import argparse
import re

from local_emulator.deployment import Resource

TABLE_HELP = "a table that is made elsewhere, with its keys and their types (default: S)"
# Documented (DynamoDB, "Naming rules"): 3 to 255 characters for tables, 1 to 255 for attributes.
TABLE = re.compile(r"(?P<name>[A-Za-z0-9_.-]{3,255})=(?P<keys>.+)")
KEY = re.compile(r"(?P<name>[^,:=]{1,255})(?::(?P<type>[SNB]))?")


def table(text: str) -> Resource:
    """Returns the table of one `--table`. Raises ArgumentTypeError."""
    match = TABLE.fullmatch(text)
    keys = [KEY.fullmatch(key) for key in match["keys"].split(",")] if match else []
    found = [(key["name"], key["type"] or "S") for key in keys if key is not None]
    if match is None or len(found) < len(keys) or len(dict(found)) != len(keys) or len(keys) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=KEY[:S|N|B][,RANGE[:S|N|B]], with 3 letters or more")
    name, kinds = match["name"], ("HASH", "RANGE")
    return Resource(
        logical_id=name,
        physical_id=name,
        name=name,
        arn=f"arn:aws:dynamodb:us-east-1:123456789012:table/{name}",
        type="AWS::DynamoDB::Table",
        properties={
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in found],
            "KeySchema": [{"AttributeName": key, "KeyType": kinds[at]} for at, (key, _) in enumerate(found)],
        },
    )
