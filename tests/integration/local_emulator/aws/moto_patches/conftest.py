"""moto with what makes it fast, and what came of a call."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local_emulator.aws.moto_patches.dynamodb.install import FastDynamoDb

EXAMPLES = int(os.environ.get("DYNAMODB_EXAMPLES", "20"))  # `make nightly` tries many more
CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}


@pytest.fixture
def fast() -> Iterator[FastDynamoDb]:
    fast = FastDynamoDb()
    fast.install()
    yield fast
    fast.remove()


@pytest.fixture
def dynamodb(fast: FastDynamoDb) -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("dynamodb", **CREDENTIALS)


def outcome(call: Any, asked: dict[str, Any]) -> Any:
    """What was answered, or how it failed; moto has failures of its own on odd requests, and they count too."""
    try:
        answer = call(**asked)
    except ClientError as refused:
        return refused.response["Error"]
    except Exception as broken:
        return f"{type(broken).__name__}: {broken}"
    answer.pop("ResponseMetadata")
    return answer
