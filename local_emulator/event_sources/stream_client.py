"""Lambda's own calls to DynamoDB Streams, through boto3. All of them block: they belong into worker threads."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MAX_RECORDS = 1_000  # of one GetRecords
STREAM_ERRORS = (BotoCoreError, ClientError)


class StreamsStoppedError(Exception):
    """The emulator is stopping; DynamoDB is no longer there."""


class NoStreamError(Exception):
    """The table is not there, or has no stream."""


class Streams:
    """The streams of the tables of a deployment. Clients are made when they are first needed."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Prevents further calls."""
        self._stopping.set()

    def stream_arn(self, table_name: str) -> str:
        """Returns the ARN of a table's present stream. Raises NoStreamError, StreamsStoppedError, STREAM_ERRORS."""
        try:
            table = self._client("dynamodb").describe_table(TableName=table_name)["Table"]
        except ClientError as refused:
            if refused.response["Error"]["Code"] == "ResourceNotFoundException":
                raise NoStreamError(f"there is no table {table_name}") from None
            raise
        if not table.get("LatestStreamArn") or not table.get("StreamSpecification", {}).get("StreamEnabled"):
            raise NoStreamError(f"table {table_name} has no stream")
        return str(table["LatestStreamArn"])

    def shards(self, stream_arn: str) -> list[str]:
        """Returns the ids of the shards, parents first. Raises StreamsStoppedError, STREAM_ERRORS."""
        answer = self._client("dynamodbstreams").describe_stream(StreamArn=stream_arn)
        return [shard["ShardId"] for shard in answer["StreamDescription"]["Shards"]]

    def iterator(self, stream_arn: str, shard: str, position: str) -> str:
        """Returns an iterator of a shard. Raises StreamsStoppedError, STREAM_ERRORS."""
        wanted = {"StreamArn": stream_arn, "ShardId": shard, "ShardIteratorType": position}
        return str(self._client("dynamodbstreams").get_shard_iterator(**wanted)["ShardIterator"])

    def records(self, iterator: str, most: int) -> tuple[list[dict[str, Any]], str | None]:
        """Returns records and the next iterator, None at the end of a shard. Raises as `iterator` does."""
        wanted = {"ShardIterator": iterator, "Limit": min(most, MAX_RECORDS)}
        answer = self._client("dynamodbstreams").get_records(**wanted)
        return answer["Records"], answer.get("NextShardIterator")

    def _client(self, service: str) -> Any:
        if self._stopping.is_set():
            raise StreamsStoppedError
        with self._lock:
            if service not in self._clients:
                session = boto3.session.Session(region_name=self._region)
                config = Config(retries={"total_max_attempts": 1})
                self._clients[service] = session.client(service, config=config)
        return self._clients[service]
