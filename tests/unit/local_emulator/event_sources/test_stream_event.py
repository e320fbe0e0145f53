from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from local_emulator.event_sources.stream_event import stream_events, stream_record

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026"


def test_a_record_has_lambdas_names_times_and_binary_values() -> None:
    nested = {"M": {"b": {"B": b"\x00\xff"}, "l": {"L": [{"N": "1"}, {"BS": [b"a"]}]}, "s": {"SS": ["x"]}}}
    record = {
        "eventID": "e",
        "eventName": "REMOVE",
        "eventVersion": "1.0",
        "eventSource": "aws:dynamodb",
        "awsRegion": "ddblocal",
        "dynamodb": {
            "ApproximateCreationDateTime": datetime(2026, 1, 1, 0, 0, 1, 900_000, UTC),
            "Keys": {"id": {"S": "a"}},
            "OldImage": {"id": {"S": "a"}, "m": nested},
            "SequenceNumber": "1",
            "SizeBytes": 3,
            "StreamViewType": "OLD_IMAGE",
        },
        "userIdentity": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"},
    }

    event = stream_record(record, ARN)

    assert event["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert (event["eventVersion"], event["awsRegion"], event["eventSourceARN"]) == ("1.1", "eu-west-1", ARN)
    content = event["dynamodb"]
    assert content["ApproximateCreationDateTime"] == 1_767_225_601
    assert "NewImage" not in content
    assert content["OldImage"]["m"]["M"] == {
        "b": {"B": "AP8="},
        "l": {"L": [{"N": "1"}, {"BS": ["YQ=="]}]},
        "s": {"SS": ["x"]},
    }


@given(st.lists(st.integers(0, 200), max_size=20), st.integers(100, 1_000))
def test_parts_keep_every_record_in_order(sizes: list[int], most: int) -> None:
    records = [{"n": number, "x": "x" * size} for number, size in enumerate(sizes)]

    parts = list(stream_events(records, most))

    assert [record for part in parts for record in part] == records
    assert all(len(part) == 1 or sum(len(str(record)) for record in part) <= most for part in parts)
