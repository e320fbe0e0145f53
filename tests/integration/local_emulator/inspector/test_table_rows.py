from typing import Any

import boto3
import pytest

from local_emulator.apigateway.rules.events import ConnectionFacts
from local_emulator.deployment import Resource
from local_emulator.inspector.table_rows import connection_key, plain_row
from tests.integration.local_emulator.faulty import found, switch_on
from tests.integration.local_emulator.inspector.conftest import Inspected


class Known:
    """What a table's key is made of."""

    def __init__(self, authorizer: dict[str, str] | None) -> None:
        self.id = "c1="
        self.authorizer = authorizer
        self.facts = ConnectionFacts("api", "dev", "host", self.id, 0, "127.0.0.1")


def _table(*keys: str, type: str = "S") -> Resource:
    schema = [{"AttributeName": name, "KeyType": "HASH"} for name in keys]
    defined = [{"AttributeName": name, "AttributeType": type} for name in keys]
    return Resource(
        "T", "t", "t", "arn", "AWS::DynamoDB::Table", {"KeySchema": schema, "AttributeDefinitions": defined}
    )


@pytest.mark.parametrize(
    ("table", "authorizer", "key"),
    [
        (_table("connectionId"), None, {"connectionId": "c1="}),
        (_table("connection_id"), None, {"connection_id": "c1="}),
        (_table("ID"), None, {"ID": "c1="}),
        (_table("userId", "connectionId"), {"principalId": "ann"}, {"userId": "ann", "connectionId": "c1="}),
        (
            _table("tenant", "connectionId"),
            {"principalId": "ann", "tenant": "t9"},
            {"tenant": "t9", "connectionId": "c1="},
        ),
        (_table("userId", "connectionId"), None, None),
        (_table("room", "connectionId"), {"principalId": "ann"}, None),
        (_table("userId", "uploadId"), {"principalId": "ann"}, None),
        (_table("connectionId", type="N"), None, None),
    ],
)
def test_a_connections_row_is_found_by_what_the_authorizer_knows(
    table: Resource, authorizer: dict[str, str] | None, key: dict[str, str] | None
) -> None:
    made: Any = connection_key(table, Known(authorizer))  # type: ignore[arg-type]
    assert made == (key and {name: {"S": value} for name, value in key.items()})


def test_a_row_is_shown_as_json_would_have_it() -> None:
    item = {
        "n": {"N": "1795612464135"},
        "f": {"N": "1.5"},
        "b": {"B": b"\x00\xff"},
        "s": {"SS": ["b", "a"]},
        "l": {"L": [{"N": "1"}, {"NULL": True}]},
        "m": {"M": {"sessionToken": {"S": "x"}, "big": {"N": "123456789012345678901234567890"}}},
    }
    assert plain_row(item) == {
        "n": 1795612464135,
        "f": 1.5,
        "b": "AP8=",
        "s": ["a", "b"],
        "l": [1, None],
        "m": {"sessionToken": "(hidden)", "big": 1.2345678901234568e29},
    }


async def test_a_connection_is_listed_with_its_row_and_no_secret_of_it(inspected: Inspected) -> None:
    connection = await inspected.running.connect("/dev?user=ann")
    [shown] = (await inspected.ask("connections"))["connections"]
    [row] = shown["rows"]
    assert (row["table"], row["keys"]) == ("Watchers", ["userId", "connectionId"])
    assert row["row"]["connectionId"] == shown["id"]
    assert row["row"]["unansweredPings"] == 1
    assert row["row"]["dueAt"] > shown["connectedAt"]
    assert row["row"]["accessToken"] == "(hidden)"
    await connection.close()


async def test_tables_are_read_a_page_at_a_time_or_one_partition_alone(inspected: Inspected) -> None:
    dynamodb = boto3.client("dynamodb")
    for number in range(120):
        key = {"userId": {"S": f"u{number % 3}"}, "connectionId": {"S": f"c{number:03}="}}
        dynamodb.put_item(TableName="local-Watchers", Item=key)
    assert await inspected.ask("tables") == {
        "tables": [
            {"logicalId": "Watchers", "name": "local-Watchers", "keys": ["userId", "connectionId"], "items": 120}
        ]
    }
    seen, start = [], ""
    while start is not None:
        page = await inspected.ask("tables/Watchers", params={"start": start})
        assert len(page["rows"]) <= 50
        seen += [row["connectionId"] for row in page["rows"]]
        start = page["next"]
    assert len(seen) == len(set(seen)) == 120
    mine = await inspected.ask("tables/Watchers?partition=u1")
    assert (len(mine["rows"]), {row["userId"] for row in mine["rows"]}) == (40, {"u1"})
    assert (await inspected.ask("tables/Nothing", 404))["tables"] == ["Watchers"]
    await inspected.ask("tables/Watchers?start=nonsense", 400)


async def test_a_look_at_a_table_is_no_occasion_for_a_fault(inspected: Inspected) -> None:
    fault = await switch_on(inspected.running, "dynamodb-throttled", {"table": "Watchers"})
    assert (await inspected.ask("tables/Watchers"))["rows"] == []
    assert (await found(inspected.running, fault))["seen"] == 0
