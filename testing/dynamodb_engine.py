"""The engine under the tables of tests: moto, or AWS's DynamoDB Local with the variable DYNAMODB_ENGINE=local."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto.dynamodb.models import dynamodb_backends

from local_emulator.aws.dynamodb_local import dynamodb_local
from local_emulator.deployment import Deployment

IS_LOCAL = os.environ.get("DYNAMODB_ENGINE", "moto") == "local"
ACCOUNT = "123456789012"  # moto's

_running = ExitStack()


@contextmanager
def dynamodb_engine() -> Iterator[None]:
    """Directs clients to DynamoDB Local, if it is chosen, and deletes its tables at the end."""
    if not IS_LOCAL:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", _engine_url())
        yield
        dynamodb = boto3.client("dynamodb")
        for name in dynamodb.list_tables()["TableNames"]:
            dynamodb.delete_table(TableName=name)


def clear_tables(deployment: Deployment) -> None:
    """Deletes all items."""
    if not IS_LOCAL:
        for table in dynamodb_backends[ACCOUNT][deployment.region].tables.values():
            table.items.clear()
        return
    resource = boto3.resource("dynamodb")
    for table in resource.tables.all():
        keys = [key["AttributeName"] for key in table.key_schema]
        with table.batch_writer() as batch:
            for item in table.scan()["Items"]:
                batch.delete_item(Key={key: item[key] for key in keys})


def stored_items(deployment: Deployment, table: str) -> list[Mapping[str, Any]]:
    """Returns all items; each attribute has its `value`, a number as text."""
    if not IS_LOCAL:
        items = dynamodb_backends[ACCOUNT][deployment.region].tables[table].all_items()
        return [item.attrs for item in items]
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [
        {name: SimpleNamespace(value=next(iter(typed.values()))) for name, typed in item.items()}
        for page in pages
        for item in page["Items"]
    ]


def keep_expired_items(deployment: Deployment) -> None:
    """Switches the expiry of items off, for tests whose clock is not the engine's. moto has no expiry."""
    if IS_LOCAL:
        dynamodb = boto3.client("dynamodb")
        for table in deployment.tables.values():
            expiry = {"AttributeName": "expiresAt", "Enabled": False}
            dynamodb.update_time_to_live(TableName=table.name, TimeToLiveSpecification=expiry)


@cache
def _engine_url() -> str:
    """Returns the URL of the one engine of this process, which ends with it."""
    return _running.enter_context(dynamodb_local())
