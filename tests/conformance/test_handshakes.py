"""Who may connect, and what those hear who may not."""

import base64
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.exceptions import InvalidHandshake
from websockets.typing import Subprotocol

from tests.conformance.stage import Stage, new_name

row = pytest.mark.row


@row("connect-2xx")
@pytest.mark.parametrize("status", [200, 201])
def test_a_success_of_connect_opens_the_connection(stage: Stage, status: int) -> None:
    with stage.connect(stage.url(status=status)) as connection:
        assert connection.response is not None and connection.response.status_code == 101


@row("connect-other-status")
@pytest.mark.parametrize("status", [301, 400, 401, 404, 501])
def test_any_other_status_of_connect_is_that_of_the_handshake(stage: Stage, status: int) -> None:
    assert stage.refusal(stage.url(status=status)).status_code == status


@row("connect-raises")
def test_a_connect_that_raises_makes_a_502(stage: Stage) -> None:
    assert stage.refusal(stage.url(connect="raise")).status_code == 502


@row("connect-malformed")
@pytest.mark.parametrize("result", ["text", "no-status", "another-key"])
def test_a_connect_that_answers_no_proxy_result_makes_a_502(stage: Stage, result: str) -> None:
    assert stage.refusal(stage.url(connect=result)).status_code == 502


@row("connect-no-route")
def test_an_api_without_a_connect_route_lets_everybody_in(stage: Stage, bare: str) -> None:
    with stage.connect(bare) as connection:
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("connect-body-and-headers")
def test_body_and_headers_of_connect_reach_nobody(stage: Stage) -> None:
    with stage.connect() as connection:
        assert connection.response is not None and "X-Own" not in connection.response.headers
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'
    refused = stage.refusal(stage.url(status=400))
    assert "X-Own" not in refused.headers


@row("connect-refused-no-disconnect")
def test_a_refused_handshake_is_no_disconnect(stage: Stage) -> None:
    who = new_name()
    stage.refusal(stage.url(who, status=400))
    stage.nothing_of(who, "disconnect")


@row("handshake-held")
def test_the_upgrade_waits_for_connect(stage: Stage) -> None:
    who = new_name()
    with stage.connect(stage.url(who)):
        assert stage.event(who, "connect")["requestContext"]["eventType"] == "CONNECT"


@row("handshake-pending-gone")
def test_a_connection_in_its_connect_is_gone_to_the_management_api(stage: Stage) -> None:
    who, management = new_name(), stage.management()
    with ThreadPoolExecutor() as pool:
        opening = pool.submit(lambda: stage.connect(stage.url(who, seconds=3)).__enter__())
        connection_id = stage.event(who, "authorizer")["requestContext"]["connectionId"]
        with pytest.raises(management.exceptions.GoneException):
            management.post_to_connection(ConnectionId=connection_id, Data=b"early")
        connection = opening.result()
        management.post_to_connection(ConnectionId=connection_id, Data=b"in time")
        assert stage.hear(connection) == "in time"
        connection.close()


@row("handshake-accept")
def test_the_101_answers_the_key(stage: Stage) -> None:
    with stage.connect() as connection:
        request, response = connection.request, connection.response
        assert request is not None and response is not None
        guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        digest = hashlib.sha1((request.headers["Sec-WebSocket-Key"] + guid).encode()).digest()
        assert response.headers["Sec-WebSocket-Accept"] == base64.b64encode(digest).decode()
        assert response.headers["Upgrade"].lower() == "websocket"


@row("compression")
def test_an_offered_compression_is_agreed_to(stage: Stage) -> None:
    with stage.connect(compression="deflate") as connection:
        response = connection.response
        assert response is not None
        assert response.headers["Sec-WebSocket-Extensions"].startswith("permessage-deflate")
        assert stage.tell(connection, action="echo", text="x" * 30_000) == json.dumps(
            {"action": "echo", "text": "x" * 30_000}
        )


@row("subprotocol-none")
def test_an_offered_subprotocol_is_not_echoed_by_the_gateway_itself(stage: Stage) -> None:
    with stage.connect(subprotocols=[Subprotocol("a"), Subprotocol("b")]) as connection:
        assert connection.subprotocol is None


@row("subprotocol-chosen")
def test_connect_chooses_the_subprotocol(stage: Stage) -> None:
    offered = [Subprotocol("a"), Subprotocol("b")]
    with stage.connect(stage.url(subprotocol="b"), subprotocols=offered) as connection:
        assert connection.subprotocol == "b"


@row("subprotocol-several")
def test_several_subprotocols_at_once_fail_in_the_client(stage: Stage) -> None:
    offered = [Subprotocol("a"), Subprotocol("b")]
    with pytest.raises(InvalidHandshake), stage.connect(stage.url(subprotocol="a, b"), subprotocols=offered):
        pass


@row("handshake-wrong-stage")
def test_another_stage_is_forbidden(stage: Stage) -> None:
    assert stage.refusal(stage.url().replace("/live?", "/nowhere?")).status_code == 403


@row("handshake-path-after-stage")
def test_a_path_after_the_stage_is_forbidden(stage: Stage) -> None:
    assert stage.refusal(stage.url().replace("/live?", "/live/more?")).status_code == 403


@row("handshake-trailing-slash")
def test_a_slash_after_the_stage_is_fine(stage: Stage) -> None:
    with stage.connect(stage.url().replace("/live?", "/live/?")) as connection:
        assert stage.tell(connection, action="echo") == '{"action": "echo"}'


@row("handshake-plain-get")
def test_a_plain_get_is_told_to_upgrade(stage: Stage) -> None:
    assert stage.request("GET", stage.url()).status == 426


@row("api-key")
def test_connect_asks_for_a_known_api_key(stage: Stage, guarded: str) -> None:
    assert stage.refusal(guarded).status_code == 403
    wrong = {"x-api-key": "wrong" * 5}
    assert stage.refusal(guarded, additional_headers=wrong).status_code == 403
    with stage.connect(guarded, additional_headers={"X-Api-Key": stage.api_key}) as connection:
        assert connection.response is not None and connection.response.status_code == 101


@row("iam")
def test_aws_iam_asks_for_a_signature(stage: Stage, signed: str) -> None:
    assert stage.refusal(signed).status_code == 403
    with stage.connect(_signed(signed, stage)) as connection:
        assert connection.response is not None and connection.response.status_code == 101


def _signed(url: str, stage: Stage) -> str:
    """The URL with a signature in its query string, as browsers carry one."""
    local = Credentials("local", "local")
    credentials = boto3.Session().get_credentials() if stage.in_aws else local
    region = os.environ.get("AWS_REGION") or stage.management().meta.region_name
    request = AWSRequest("GET", url.replace("ws", "http", 1))
    SigV4QueryAuth(credentials, "execute-api", region, expires=60).add_auth(request)
    return str(request.url).replace("http", "ws", 1)
