"""@connections, as boto3's own client sees it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError

from tests.conformance.stage import Stage, new_name

row = pytest.mark.row
KB = 1024
NEVER = "AAAAAAAAAAAAAAA="


@row("post")
def test_a_post_is_one_text_message(stage: Stage) -> None:
    with stage.connect() as connection:
        answer = stage.management().post_to_connection(
            ConnectionId=stage.connection_id(connection), Data="ä😀".encode()
        )
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert stage.hear(connection) == "ä😀"


@row("post-request-id")
def test_an_answer_has_a_request_id(stage: Stage) -> None:
    with stage.connect() as connection:
        answer = stage.management().post_to_connection(ConnectionId=stage.connection_id(connection), Data=b"x")
        assert uuid.UUID(answer["ResponseMetadata"]["RequestId"])


@row("post-large")
def test_128_kb_arrive_as_one_message(stage: Stage) -> None:
    with stage.connect() as connection:
        data = b"x" * 128 * KB
        stage.management().post_to_connection(ConnectionId=stage.connection_id(connection), Data=data)
        assert stage.hear(connection) == data.decode()


@row("post-too-large")
def test_more_is_413(stage: Stage) -> None:
    management = stage.management()
    with stage.connect() as connection:
        connection_id = stage.connection_id(connection)
        with pytest.raises(management.exceptions.PayloadTooLargeException) as refused:
            management.post_to_connection(ConnectionId=connection_id, Data=b"x" * (128 * KB + 1))
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("post-order")
def test_posts_one_after_the_other_arrive_in_order(stage: Stage) -> None:
    management = stage.management()
    with stage.connect() as connection:
        connection_id = stage.connection_id(connection)
        for n in range(5):
            management.post_to_connection(ConnectionId=connection_id, Data=str(n).encode())
        assert [stage.hear(connection) for _ in range(5)] == ["0", "1", "2", "3", "4"]


@row("gone")
@pytest.mark.parametrize("operation", ["post", "get", "delete"])
def test_an_unknown_connection_is_gone(stage: Stage, operation: str) -> None:
    management = stage.management()
    with pytest.raises(management.exceptions.GoneException) as gone:
        _call(management, operation, NEVER)
    assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


@row("gone-closed")
def test_a_closed_connection_is_gone(stage: Stage) -> None:
    who, management = new_name(), stage.management()
    with stage.connect(stage.url(who)) as connection:
        connection_id = stage.connection_id(connection)
    stage.event(who, "disconnect")
    with pytest.raises(management.exceptions.GoneException):
        management.post_to_connection(ConnectionId=connection_id, Data=b"late")


@row("malformed-id")
@pytest.mark.parametrize("connection_id", [str(uuid.UUID(int=7)), "cjld2cjxh0000qzrmn831i7rn"])
def test_an_id_of_another_shape_is_a_bad_request(stage: Stage, connection_id: str) -> None:
    with pytest.raises(ClientError) as refused:
        _call(stage.management(), "post", connection_id)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


@row("get")
def test_get_tells_of_the_connection(stage: Stage) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    with stage.connect(user_agent_header="Own/1.0") as connection:
        answer = stage.management().get_connection(ConnectionId=stage.connection_id(connection))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert before < answer["ConnectedAt"] <= answer["LastActiveAt"]
    assert answer["Identity"]["UserAgent"] == "Own/1.0" and answer["Identity"]["SourceIp"]


@row("delete")
def test_delete_closes_with_1000_and_disconnect_follows(stage: Stage) -> None:
    who, management = new_name(), stage.management()
    with stage.connect(stage.url(who)) as connection:
        connection_id = stage.connection_id(connection)
        answer = management.delete_connection(ConnectionId=connection_id)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert stage.end(connection) == (1000, "Connection Closed Normally")
    told = stage.event(who, "disconnect")["requestContext"]
    assert (told["disconnectStatusCode"], told["disconnectReason"]) == (1000, "Connection Closed Normally")
    with pytest.raises(management.exceptions.GoneException):
        management.post_to_connection(ConnectionId=connection_id, Data=b"late")


@row("unsigned")
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_call_that_nobody_signed_is_forbidden(stage: Stage, method: str) -> None:
    answer = stage.request(method, f"{stage.endpoint}/@connections/{quote(NEVER)}", {"Content-Length": "0"})
    assert answer.status == 403
    assert answer.headers["x-amzn-ErrorType"]


@row("at-encoded")
def test_the_at_sign_may_be_encoded(stage: Stage) -> None:
    answers = [stage.request("GET", f"{stage.endpoint}/{at}connections/{quote(NEVER)}").status for at in ("@", "%40")]
    assert answers == [403, 403]  # both are known paths that ask for a signature


@row("management-wrong-stage")
def test_another_stage_is_forbidden(stage: Stage) -> None:
    elsewhere = Stage(**{**vars(stage), "endpoint": stage.endpoint.replace("/live", "/nowhere")})
    management = elsewhere.management()
    with pytest.raises(management.exceptions.ForbiddenException):
        management.post_to_connection(ConnectionId=NEVER, Data=b"x")


@row("post-while-handling")
def test_a_post_overtakes_the_answer_that_is_still_being_made(stage: Stage) -> None:
    with stage.connect() as connection:
        connection_id = stage.connection_id(connection)
        connection.send('{"action": "echo", "seconds": 2}')
        stage.management().post_to_connection(ConnectionId=connection_id, Data=b"in between")
        assert stage.hear(connection) == "in between"
        assert "seconds" in stage.hear(connection)


@row("post-parallel")
def test_posts_side_by_side_all_arrive_whole(stage: Stage) -> None:
    management = stage.management()
    with stage.connect() as connection, ThreadPoolExecutor(5) as pool:
        connection_id = stage.connection_id(connection)
        sent = {chr(ord("a") + n) * 40 * KB for n in range(5)}
        list(pool.map(lambda text: management.post_to_connection(ConnectionId=connection_id, Data=text.encode()), sent))
        assert {stage.hear(connection) for _ in sent} == sent


def _call(management: object, operation: str, connection_id: str) -> None:
    if operation == "post":
        management.post_to_connection(ConnectionId=connection_id, Data=b"x")  # type: ignore[attr-defined]
    else:
        getattr(management, f"{operation}_connection")(ConnectionId=connection_id)
