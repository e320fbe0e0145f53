"""What happens behind the page: time that passes for a connection, sweeps, pushes, faults."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import boto3
from boto3.dynamodb.conditions import Key

from tests.e2e.product import Product

SWEEP = "SweepFunctionEveryMinute"
SECOND = 1000
Row = dict[str, Any]


class Backstage:
    """The emulator's own interfaces and tables, as `product` serves them."""

    def __init__(self, product: Product, http: aiohttp.ClientSession) -> None:
        self._url, self._http = f"http://localhost:{product.port}", http
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
        dynamodb = boto3.resource("dynamodb", endpoint_url=f"http://localhost:{product.aws_port}", **keys)
        self._table = dynamodb.Table("local-ConnectionsTable")

    async def sweep(self) -> None:
        """Run the sweep now, as its schedule does once a minute."""
        assert not (await self._post(f"/_emulator/schedules/{SWEEP}"))["failed"]

    async def push(self, user: str, upload_id: str, **fields: Any) -> None:
        """Report an upload, as a pipeline does."""
        update = {"userId": user, "uploadId": upload_id, "status": "uploading", "bytesTotal": 100, **fields}
        assert not (await self._post("/2015-03-31/functions/PushFunction/invocations", update))["invalid"]

    async def disconnect(self, user: str) -> None:
        """Close all connections of this user, as the operator of a pipeline does."""
        await self._post("/2015-03-31/functions/PushFunction/invocations", {"disconnect": {"userId": user}})

    async def lose(self, user: str) -> None:
        """Let nothing through any more, on the connections that this user has now."""
        await self._post("/_emulator/faults", {"kind": "black-hole", "target": {"user": user}, "times": 1})

    async def rows(self, user: str) -> list[Row]:
        found = await asyncio.to_thread(
            self._table.query, KeyConditionExpression=Key("userId").eq(user), ConsistentRead=True
        )
        return list(found["Items"])

    async def row(self, user: str) -> Row:
        """The row of the one connection that this user has."""
        [row] = await self.rows(user)
        return row

    async def pass_time(self, row: Row, seconds: int, *moments: str) -> Row:
        """Put moments of a row that far into the past, and make it due; `warnedAt.idle` names one inside."""
        names = {f"#{part}": part for moment in moments for part in moment.split(".")} | {"#due": "dueAt"}
        paths = ["#" + moment.replace(".", ".#") for moment in moments]
        return await self._set([f"{path} = {path} - :ms" for path in paths], row, names, {":ms": seconds * SECOND})

    async def expire(self, row: Row, in_seconds: int) -> Row:
        """Let the token of a connection expire so soon."""
        moment = int(time.time() + in_seconds) * SECOND
        names = {"#token": "tokenExpiresAt", "#due": "dueAt"}
        return await self._set(["#token = :moment"], row, names, {":moment": moment})

    async def _set(self, changes: list[str], row: Row, names: dict[str, str], values: dict[str, int]) -> Row:
        done = await asyncio.to_thread(
            self._table.update_item,
            Key={"userId": row["userId"], "connectionId": row["connectionId"]},
            UpdateExpression="SET " + ", ".join([*changes, "#due = :now"]),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values | {":now": 1},
            ReturnValues="ALL_NEW",
        )
        return dict(done["Attributes"])

    async def _post(self, path: str, body: Any = None) -> Any:
        async with self._http.post(self._url + path, data=json.dumps(body) if body else None) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()
