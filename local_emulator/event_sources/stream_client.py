"""Lambda's own calls to DynamoDB Streams."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from local_emulator.awslambda.service_clients import ServiceClients

MAX_RECORDS = 1_000  # of one GetRecords


class NoStreamError(Exception):
    """The table is not there, or has no stream."""


class Streams(ServiceClients):
    """The streams of the tables of a deployment. Methods raise StoppedError, SERVICE_ERRORS."""

    def stream_arn(self, table_name: str) -> str:
        """Returns the ARN of a table's present stream. Raises NoStreamError."""
        try:
            table = self.client("dynamodb").describe_table(TableName=table_name)["Table"]
        except ClientError as refused:
            if refused.response["Error"]["Code"] == "ResourceNotFoundException":
                raise NoStreamError(f"there is no table {table_name}") from None
            raise
        if not table.get("LatestStreamArn") or not table.get("StreamSpecification", {}).get("StreamEnabled"):
            raise NoStreamError(f"table {table_name} has no stream")
        return str(table["LatestStreamArn"])

    def shards(self, stream_arn: str) -> list[str]:
        """Returns the ids of the shards, parents first."""
        answer = self.client("dynamodbstreams").describe_stream(StreamArn=stream_arn)
        return [shard["ShardId"] for shard in answer["StreamDescription"]["Shards"]]

    def iterator(self, stream_arn: str, shard: str, position: str) -> str:
        """Returns an iterator of a shard."""
        wanted = {"StreamArn": stream_arn, "ShardId": shard, "ShardIteratorType": position}
        return str(self.client("dynamodbstreams").get_shard_iterator(**wanted)["ShardIterator"])

    def records(self, iterator: str, most: int) -> tuple[list[dict[str, Any]], str | None]:
        """Returns records and the next iterator, None at the end of a shard."""
        wanted = {"ShardIterator": iterator, "Limit": min(most, MAX_RECORDS)}
        answer = self.client("dynamodbstreams").get_records(**wanted)
        return answer["Records"], answer.get("NextShardIterator")
